/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts on files whose origin matters, for tests/e2e/tests/provenance.sh. Each prints the name of
 * its error, or 0, and what it ran ends with status 0 at once.
 *
 *   provenance write|empty|truncate|ftruncate FILE   ways to come to be agent-written
 *   provenance link|rename FILE NAME                 that change nothing
 *   provenance run FILE                              execute it
 *   provenance deleted FILE                          execute it when its name is gone
 *   provenance memfd FILE                            execute a copy in anonymous memory
 *   provenance map|mprotect FILE                     map it executable, at once or later
 *   provenance read FILE                             who does it is of a class
 *   provenance threaded|forked|child FILE CODE       read it when a thread, the process
 *                                                    before it forked, or a child has mapped CODE
 *   provenance traceme|seized|altered FILE           read it in a child that its parent traces,
 *                                                    or writes to the memory of
 *   provenance traced-exec FILE                      read it in a program that a traced child
 * executed provenance nothing                               end at once provenance fill MAP no room
 * is left in that pinned map
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/counters.h"

#define BATCH 4096

static int done(int result)
{
	return result < 0 ? -errno : 0;
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int act_write(const char *path, const char *name)
{
	return opened(path, O_WRONLY | O_APPEND);
}

/* To the length that it has: all that changes is who wrote it. */
static int act_truncate(const char *path, const char *name)
{
	struct stat st;

	return stat(path, &st) < 0 ? -errno : done(truncate(path, st.st_size));
}

static int act_empty(const char *path, const char *name)
{
	return opened(path, O_RDONLY | O_TRUNC);
}

static int act_link(const char *path, const char *name)
{
	return done(link(path, name));
}

static int act_rename(const char *path, const char *name)
{
	return done(rename(path, name));
}

/* Executes what fd is open on in a child. */
static int run(int fd)
{
	char *const argv[] = {(char *)"provenance", (char *)"nothing", NULL};
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -EIO;
	return -WEXITSTATUS(status);
}

static int act_run(const char *path, const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = run(fd);
	close(fd);
	return err;
}

static int act_deleted(const char *path, const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = unlink(path) < 0 ? -errno : run(fd);
	close(fd);
	return err;
}

static int act_memfd(const char *path, const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), memory = memfd_create("x", MFD_CLOEXEC);
	struct stat st;
	int err;

	if (fd < 0 || memory < 0 || fstat(fd, &st) < 0 ||
	    sendfile(memory, fd, NULL, (size_t)st.st_size) != st.st_size)
		return -errno;
	err = run(memory);
	close(fd);
	close(memory);
	return err;
}

static int map(const char *path, int prot, int later)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	void *memory;

	if (fd < 0)
		return -errno;
	memory = mmap(NULL, 1, prot, MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED)
		err = -errno;
	else if (later)
		err = done(mprotect(memory, 1, later));
	if (memory != MAP_FAILED)
		munmap(memory, 1);
	close(fd);
	return err;
}

static int act_map(const char *path, const char *name)
{
	return map(path, PROT_READ | PROT_EXEC, 0);
}

static int act_mprotect(const char *path, const char *name)
{
	return map(path, PROT_READ, PROT_READ | PROT_EXEC);
}

static int act_read(const char *path, const char *name)
{
	return opened(path, O_RDONLY);
}

static void *map_in_thread(void *code)
{
	return (void *)(intptr_t)map(code, PROT_READ | PROT_EXEC, 0);
}

static int act_threaded(const char *path, const char *code)
{
	pthread_t thread;
	void *err;

	if (pthread_create(&thread, NULL, map_in_thread, (void *)code))
		return -EIO;
	pthread_join(thread, &err);
	return (int)(intptr_t)err ?: act_read(path, NULL);
}

static int in_child(int (*act)(const char *path, const char *name), const char *path)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(-act(path, NULL));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -EIO;
	return -WEXITSTATUS(status);
}

static int act_forked(const char *path, const char *code)
{
	return map(code, PROT_READ | PROT_EXEC, 0) ?: in_child(act_read, path);
}

/* The child's memory is its own, so the parent has lost nothing. */
static int act_child(const char *path, const char *code)
{
	return in_child(act_map, code) ?: act_read(path, NULL);
}

/* A child that has its parent do something to it before it acts. */
static int after(int (*interfere)(pid_t pid), const char *path)
{
	int status, ready[2];
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		char byte;

		_exit(read(ready[0], &byte, 1) == 1 ? -act_read(path, NULL) : EIO);
	}
	if (pid < 0 || interfere(pid) < 0 || write(ready[1], "", 1) != 1)
		return -EIO;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -EIO;
	return -WEXITSTATUS(status);
}

static int seize(pid_t pid)
{
	return (int)ptrace(PTRACE_SEIZE, pid, NULL, NULL);
}

static int act_seized(const char *path, const char *name)
{
	return after(seize, path);
}

static int alter(pid_t pid)
{
	static char byte; /* where the child's is */
	struct iovec one = {&byte, 1};

	return process_vm_writev(pid, &one, 1, &one, 1, 0) == 1 ? 0 : -1;
}

static int act_altered(const char *path, const char *name)
{
	return after(alter, path);
}

static int traced_read(const char *path, const char *name)
{
	return done((int)ptrace(PTRACE_TRACEME, 0, NULL, NULL)) ?: act_read(path, NULL);
}

static int act_traceme(const char *path, const char *name)
{
	return in_child(traced_read, path);
}

/* It stops when it has executed the program, which then says its result. */
static int act_traced_exec(const char *path, const char *name)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
			execl("/proc/self/exe", "provenance", "read", path, NULL);
		_exit(1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return -EIO;
	if (ptrace(PTRACE_CONT, pid, NULL, NULL) < 0 || waitpid(pid, &status, 0) != pid)
		return -EIO;
	return status ? -EIO : 0;
}

/* Puts keys of no file into the map until it takes no more. */
static int act_fill(const char *path, const char *name)
{
	static struct aw_written_key keys[BATCH];
	static uint32_t values[BATCH];
	union bpf_attr get = {.pathname = (uint64_t)(uintptr_t)path};
	int fd = (int)syscall(SYS_bpf, BPF_OBJ_GET, &get, sizeof(get));

	if (fd < 0)
		return -errno;
	for (uint64_t at = 0; at < 2ull * AW_WRITTEN_MAX; at += BATCH) {
		union bpf_attr attr = {.batch = {.map_fd = (uint32_t)fd,
						 .keys = (uint64_t)(uintptr_t)keys,
						 .values = (uint64_t)(uintptr_t)values,
						 .count = BATCH}};

		for (uint64_t i = 0; i < BATCH; i++)
			keys[i] = (struct aw_written_key){.ino = at + i, .dev = UINT32_MAX};
		if (syscall(SYS_bpf, BPF_MAP_UPDATE_BATCH, &attr, sizeof(attr)) < 0)
			return errno == E2BIG ? 0 : -errno;
	}
	return -ENOSPC;
}

static const struct {
	const char *name;
	int (*act)(const char *path, const char *name);
} acts[] = {
	{"write", act_write},
	{"empty", act_empty},
	{"truncate", act_truncate},
	{"link", act_link},
	{"rename", act_rename},
	{"run", act_run},
	{"deleted", act_deleted},
	{"memfd", act_memfd},
	{"map", act_map},
	{"read", act_read},
	{"threaded", act_threaded},
	{"forked", act_forked},
	{"child", act_child},
	{"mprotect", act_mprotect},
	{"fill", act_fill},
	{"traceme", act_traceme},
	{"seized", act_seized},
	{"altered", act_altered},
	{"traced-exec", act_traced_exec},
};

int main(int argc, char **argv)
{
	if (argc >= 2 && !strcmp(argv[1], "nothing"))
		return 0;
	for (size_t i = 0; argc >= 3 && i < sizeof(acts) / sizeof(*acts); i++) {
		int err;

		if (strcmp(argv[1], acts[i].name) != 0)
			continue;
		err = acts[i].act(argv[2], argv[3]);
		puts(err ? strerrorname_np(-err) : "0");
		return 0;
	}
	fputs("provenance: see its source\n", stderr);
	return 2;
}
