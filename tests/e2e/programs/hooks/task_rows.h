/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts by processes that come to belong to the agent in every way there is. Each ends in opening
 * the object, which is denied if the process is known to be the agent's.
 */
#pragma once

#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "row.h"

static int act_read_in_fork(const struct scene *scene, const char *object)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(-read_file(object));
	return wait_for(pid);
}

static int act_read_in_vfork(const struct scene *scene, const char *object)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(-read_file(object));
	return wait_for(pid);
}

static void *read_in_thread(void *object)
{
	return (void *)(intptr_t)read_file(object);
}

static int act_read_in_thread(const struct scene *scene, const char *object)
{
	pthread_t thread;
	void *err;

	if (pthread_create(&thread, NULL, read_in_thread, (void *)object))
		return -EAGAIN;
	pthread_join(thread, &err);
	return (int)(intptr_t)err;
}

static int act_read_in_orphan(const struct scene *scene, const char *object)
{
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		_exit(-act_read_in_fork(scene, object));
	}
	return wait_for(pid);
}

static int enter(const char *cgroup)
{
	char path[OBJECT_MAX];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, "0", 1) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* The policy lets it write there: the label has to stay without that. */
static int act_read_after_leaving(const struct scene *scene, const char *object)
{
	pid_t pid = fork();
	int err;

	if (pid == 0) {
		err = enter("/sys/fs/cgroup");
		_exit(err ? STATUS_LOST : -read_file(object));
	}
	return wait_for(pid);
}

static int act_read_after_leaving_twice(const struct scene *scene, const char *object)
{
	pid_t pid = fork();
	int err;

	if (pid == 0) {
		err = enter("/sys/fs/cgroup");
		_exit(err ? STATUS_LOST : -act_read_in_fork(scene, object));
	}
	return wait_for(pid);
}

/* From here on the caller is outside. What enters gives up root then, where the scene says so. */
static void become(const struct scene *scene)
{
	if (scene->uid && (setresgid(scene->uid, scene->uid, scene->uid) < 0 ||
			   setresuid(scene->uid, scene->uid, scene->uid) < 0))
		_exit(STATUS_LOST);
}

static int act_enter(const struct scene *scene, const char *object)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (enter(scene->cgroup))
			_exit(STATUS_LOST);
		become(scene);
		_exit(-read_file(object));
	}
	return wait_for(pid);
}

struct late_thread {
	pthread_barrier_t entered;
	const char *object;
};

static void *read_once_entered(void *argument)
{
	struct late_thread *late = argument;

	pthread_barrier_wait(&late->entered);
	return (void *)(intptr_t)read_file(late->object);
}

static int enter_with_thread(const struct scene *scene, const char *object)
{
	struct late_thread late = {.object = object};
	pthread_t thread;
	void *err;

	pthread_barrier_init(&late.entered, NULL, 2);
	if (pthread_create(&thread, NULL, read_once_entered, &late) || enter(scene->cgroup))
		return -STATUS_LOST;
	become(scene);
	pthread_barrier_wait(&late.entered);
	pthread_join(thread, &err);
	return (int)(intptr_t)err;
}

static int act_enter_with_thread(const struct scene *scene, const char *object)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(-enter_with_thread(scene, object));
	return wait_for(pid);
}

/* The descriptor is older than the label: it is the act on it that is judged. */
static int act_truncate_open(const struct scene *scene, const char *object)
{
	pid_t pid = fork();
	int fd;

	if (pid == 0) {
		fd = open(object, O_RDWR | O_CLOEXEC);
		if (fd < 0 || enter(scene->cgroup))
			_exit(STATUS_LOST);
		become(scene);
		_exit(ftruncate(fd, 1) < 0 ? errno : 0);
	}
	return wait_for(pid);
}

static int clone_into(const struct scene *scene, const char *cgroup, const char *object)
{
	struct clone_args arguments = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
	int fd = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid;

	if (fd < 0)
		return -errno;
	arguments.cgroup = (uint64_t)fd;
	pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (pid == 0) {
		become(scene);
		_exit(-read_file(object));
	}
	close(fd);
	return wait_for(pid);
}

static int act_clone_into(const struct scene *scene, const char *object)
{
	return clone_into(scene, scene->cgroup, object);
}

static int act_clone_below(const struct scene *scene, const char *object)
{
	char below[OBJECT_MAX];
	int err;

	snprintf(below, sizeof(below), "%s/below-%d", scene->cgroup, getpid());
	if (mkdir(below, 0755) < 0)
		return -errno;
	err = clone_into(scene, below, object);
	rmdir(below);
	return err;
}

/* Who does it has long been inside. */
static int act_read_before(const struct scene *scene, const char *object)
{
	return read_file(object);
}

#define READ	 "file_open", "read", "only"
#define NEWTASK	 "aw_task_newtask", READ
#define ATTACHED "aw_cgroup_attach_task", READ
#define TRUNCATE "aw_file_truncate/aw_path_truncate", "file_truncate/path_truncate", "write", "only"

static const struct row task_rows[] = {
	{"reading in a child", NEWTASK, "in-fork", NEEDS_FILE, act_read_in_fork},
	{"reading in a child that shares memory", NEWTASK, "in-vfork", NEEDS_FILE,
	 act_read_in_vfork},
	{"reading in a thread", NEWTASK, "in-thread", NEEDS_FILE, act_read_in_thread},
	{"reading in a session of its own", NEWTASK, "in-session", NEEDS_FILE, act_read_in_orphan},
	{"reading after leaving the cgroup", NEWTASK, "left", NEEDS_FILE, act_read_after_leaving,
	 NULL, INSIDE_ROOT},
	{"reading in a child born after leaving the cgroup", NEWTASK, "born-left", NEEDS_FILE,
	 act_read_after_leaving_twice, NULL, INSIDE_ROOT},
	{"reading after entering the cgroup", ATTACHED, "entered", NEEDS_FILE, act_enter, NULL,
	 OUTSIDE},
	{"reading in another thread than the one that entered", ATTACHED, "entered-thread",
	 NEEDS_FILE, act_enter_with_thread, NULL, OUTSIDE},
	{"truncating what was opened before entering", TRUNCATE, "truncated-open", NEEDS_FILE,
	 act_truncate_open, NULL, OUTSIDE},
	{"reading in a child that is born in the cgroup", NEWTASK, "cloned-into", NEEDS_FILE,
	 act_clone_into, NULL, OUTSIDE},
	{"reading in a cgroup below", "aw_cgroup_mkdir", READ, "below", NEEDS_FILE, act_clone_below,
	 NULL, OUTSIDE},
	{"reading in a process that was inside before", "aw_label_inside", READ, "before",
	 NEEDS_FILE, act_read_before, NULL, BEFORE},
	{"reading in a thread that was inside before", "aw_label_inside", READ, "before-thread",
	 NEEDS_FILE, act_read_before, NULL, BEFORE_THREAD},
};
