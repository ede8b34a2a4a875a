/* SPDX-License-Identifier: Apache-2.0 */
/* Rows 12 and 25: whose a process is stays, whatever it and its parents do. */
#pragma once

#include <linux/capability.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "attack.h"

#define OTHER_UID    1234
#define SHARED_STACK 65536
#define WAIT_US	     10000
#define WAITS_MAX    2000

static int read_key(const struct scene *s)
{
	return open_in(s, "secret/key", O_RDONLY);
}

/* The way back from who is no child any more: a file that is made with what came of it. */
static int report_of(const struct scene *s)
{
	char path[PATH_BYTES];
	struct stat st;

	at(s, "ok/report", path);
	for (int i = 0; i < WAITS_MAX; i++) {
		if (stat(path, &st) == 0 && st.st_size > 0)
			return -(int)st.st_size + 1;
		usleep(WAIT_US);
	}
	return -STATUS_LOST;
}

static void report(const struct scene *s, int err)
{
	char path[PATH_BYTES], final[PATH_BYTES];
	int fd = open(at(s, "ok/report.new", path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	char text[256] = "";

	if (fd < 0 || write(fd, text, (size_t)(1 - err)) < 0)
		_exit(STATUS_LOST);
	close(fd);
	_exit(link(path, at(s, "ok/report", final)) < 0);
}

/* Its parent is gone before it acts: it is a child of whoever takes orphans. */
static int act_orphan(const struct scene *s)
{
	pid_t first = fork(), parent;

	if (first == 0) {
		setsid();
		parent = getpid();
		if (fork() != 0)
			_exit(0);
		while (getppid() == parent)
			usleep(WAIT_US);
		report(s, read_key(s));
	}
	wait_for(first);
	return report_of(s);
}

/* A sister instead of a child. */
static int act_clone_parent(const struct scene *s)
{
	struct clone_args arguments = {.flags = CLONE_PARENT};

	if (syscall(SYS_clone3, &arguments, sizeof(arguments)) == 0)
		report(s, read_key(s));
	return report_of(s);
}

static void *exec_in_thread(void *argument)
{
	const struct scene *s = argument;
	char program[PATH_BYTES], key[PATH_BYTES];

	execl("/bin/cat", at(s, "cat", program), at(s, "secret/key", key), NULL);
	_exit(STATUS_LOST);
}

/* Who is not the leader execs and takes the leader's number. */
static int act_thread_exec(const struct scene *s)
{
	pid_t pid = fork();
	pthread_t thread;

	if (pid == 0) {
		if (freopen("/dev/null", "w", stdout) == NULL ||
		    freopen("/dev/null", "w", stderr) == NULL ||
		    pthread_create(&thread, NULL, exec_in_thread, (void *)s))
			_exit(STATUS_LOST);
		pause();
	}
	return wait_for(pid) == 0 ? 0 : -EACCES;
}

static int read_shared(void *scene)
{
	return -read_key(scene);
}

static int act_shared(const struct scene *s)
{
	static char stack[SHARED_STACK];

	return wait_for(clone(read_shared, stack + sizeof(stack),
			      CLONE_VM | CLONE_FILES | CLONE_FS | SIGCHLD, (void *)s));
}

/* Another user, other groups, no capabilities. */
static int act_setuid(const struct scene *s)
{
	if (setresgid(OTHER_UID, OTHER_UID, OTHER_UID) < 0 ||
	    setresuid(OTHER_UID, OTHER_UID, OTHER_UID) < 0)
		return -errno;
	return read_key(s);
}

static int copy_own(const struct scene *s, const char *name, char ret[PATH_BYTES])
{
	char own[PATH_BYTES];

	return copy_file(at(s, "attack", own), at(s, name, ret));
}

static int prepare_set_uid(const struct scene *s)
{
	char path[PATH_BYTES];
	int err = copy_own(s, "set-uid", path);

	return err ? err : done(chmod(path, 06755));
}

static int prepare_capable(const struct scene *s)
{
	struct vfs_cap_data data = {.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
				    .data = {{.permitted = 1u << CAP_DAC_OVERRIDE}}};
	char path[PATH_BYTES];
	int err = copy_own(s, "capable", path);

	return err ? err : done(setxattr(path, "security.capability", &data, sizeof(data), 0));
}

static int run_own(const struct scene *s, const char *name)
{
	char program[PATH_BYTES], uid[16];

	snprintf(uid, sizeof(uid), "%u", s->uid);
	return RUN(at(s, name, program), "read", s->folder);
}

/* A program with the set-uid bit of root; one with a capability. */
static int act_set_uid_program(const struct scene *s)
{
	return run_own(s, "set-uid");
}

static int act_capable_program(const struct scene *s)
{
	return run_own(s, "capable");
}

static int act_no_new_privileges(const struct scene *s)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return run_own(s, "attack");
}

#define KEPT BOTH, EACCES, "read", "./secret/key", "secret"

static const struct attack label_attacks[] = {
	{"12-orphan", "a process whose parents are gone", act_orphan, NULL, KEPT},
	{"12-clone-parent", "CLONE_PARENT", act_clone_parent, NULL, KEPT},
	{"12-thread-exec", "exec by a thread that is not the leader", act_thread_exec, NULL, KEPT},
	{"12-shared", "a process that shares memory, files and folder", act_shared, NULL, KEPT},
	{"25-setuid", "another user's credentials", act_setuid, NULL, ROOT, EACCES, "read",
	 "./secret/key", "secret"},
	{"25-set-uid-program", "a set-uid program", act_set_uid_program, NULL, KEPT,
	 prepare_set_uid},
	{"25-file-capability", "a program with a capability", act_capable_program, NULL, KEPT,
	 prepare_capable},
	{"25-no-new-privileges", "no_new_privs before an exec", act_no_new_privileges, NULL, KEPT},
};
