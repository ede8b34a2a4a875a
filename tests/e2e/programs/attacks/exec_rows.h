/* SPDX-License-Identifier: Apache-2.0 */
/* Rows 6 to 8: code from where none may run. */
#pragma once

#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/syscall.h>

#include "attack.h"

/* A memfd with a copy of /bin/true, or what `text` says. */
static int memory_file(const char *text)
{
	int fd = memfd_create("attack", 0), from;
	char buffer[65536];
	ssize_t n;

	if (fd < 0)
		return -errno;
	if (text)
		return write(fd, text, strlen(text)) < 0 ? -errno : fd;
	from = open("/bin/true", O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return -errno;
	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(fd, buffer, (size_t)n) != n)
			return -EIO;
	close(from);
	return fd;
}

static int run_descriptor(int fd)
{
	const char *const argv[] = {"attack", NULL};
	pid_t pid;

	if (fd < 0)
		return fd;
	pid = fork();
	if (pid == 0) {
		syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
		_exit(errno);
	}
	return wait_for(pid);
}

static int act_memfd(const struct scene *s)
{
	return run_descriptor(memory_file(NULL));
}

static int act_memfd_script(const struct scene *s)
{
	return run_descriptor(memory_file("#!/bin/sh\nexit 0\n"));
}

static int act_memfd_proc(const struct scene *s)
{
	char path[64];
	int fd = memory_file(NULL);

	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return RUN(path);
}

static int map_descriptor(int fd, int prot, int later)
{
	void *memory = mmap(NULL, 1, prot, MAP_PRIVATE, fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	return later ? done(mprotect(memory, 1, later)) : 0;
}

static int act_memfd_map(const struct scene *s)
{
	int fd = memory_file(NULL);

	return fd < 0 ? fd : map_descriptor(fd, PROT_READ | PROT_EXEC, 0);
}

static int act_exec_denied(const struct scene *s)
{
	char path[PATH_BYTES];

	return RUN(at(s, "no-exec/program", path));
}

static int act_exec_descriptor(const struct scene *s)
{
	char path[PATH_BYTES];
	int fd = open(at(s, "no-exec/program", path), O_RDONLY);

	return fd < 0 ? -errno : run_descriptor(fd);
}

static int act_exec_path_descriptor(const struct scene *s)
{
	char path[PATH_BYTES];
	int fd = open(at(s, "no-exec/program", path), O_PATH);

	return fd < 0 ? -errno : run_descriptor(fd);
}

static int map_in(const struct scene *s, int prot, int later)
{
	char path[PATH_BYTES];
	int fd = open(at(s, "no-exec/file", path), O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : map_descriptor(fd, prot, later);
}

static int act_map(const struct scene *s)
{
	return map_in(s, PROT_READ | PROT_EXEC, 0);
}

static int act_mprotect(const struct scene *s)
{
	return map_in(s, PROT_READ, PROT_READ | PROT_EXEC);
}

static int act_pkey_mprotect(const struct scene *s)
{
	char path[PATH_BYTES];
	int fd = open(at(s, "no-exec/file", path), O_RDONLY | O_CLOEXEC);
	void *memory = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	return done(pkey_mprotect(memory, 1, PROT_READ | PROT_EXEC, -1));
}

static int act_implied(const struct scene *s)
{
	if (personality(READ_IMPLIES_EXEC) < 0)
		return -errno;
	return map_in(s, PROT_READ, 0);
}

/* READ_IMPLIES_EXEC after the mapping was made: mprotect adds what is implied. */
static int act_mprotect_implied(const struct scene *s)
{
	char path[PATH_BYTES];
	int fd = open(at(s, "no-exec/file", path), O_RDONLY | O_CLOEXEC);
	void *memory = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_NONE, MAP_PRIVATE, fd, 0);

	if (memory == MAP_FAILED || personality(READ_IMPLIES_EXEC) < 0)
		return -errno;
	return done(mprotect(memory, 1, PROT_READ));
}

static int write_script(const struct scene *s, const char *name, const char *interpreter)
{
	char path[PATH_BYTES], text[2 * PATH_BYTES];

	snprintf(text, sizeof(text), "#!%s\n", interpreter);
	return write_file(at(s, name, path), text, 0755);
}

static int act_shebang(const struct scene *s)
{
	char path[PATH_BYTES];
	int err = write_script(s, "ok/script", at(s, "no-exec/program", path));

	return err ? err : RUN(at(s, "ok/script", path));
}

/* The kernel follows four interpreters that are scripts themselves. */
static int act_shebang_chain(const struct scene *s)
{
	char path[PATH_BYTES];
	int err = write_script(s, "ok/third", at(s, "no-exec/program", path));

	err = err ?: write_script(s, "ok/second", at(s, "ok/third", path));
	err = err ?: write_script(s, "ok/first", at(s, "ok/second", path));
	return err ? err : RUN(at(s, "ok/first", path));
}

#define NO_EXEC "exec", "./no-exec/program", "no.exec"
#define NO_MAP	"map", "./no-exec/file", "no.exec"

static const struct attack exec_attacks[] = {
	{"6-memfd", "a program in a memfd", act_memfd, NULL, BOTH, EACCES, "exec", "memfd:attack",
	 "none"},
	{"6-memfd-script", "a script in a memfd", act_memfd_script, NULL, BOTH, EACCES, "exec",
	 "memfd:attack", "none"},
	{"6-memfd-proc", "a memfd by its name in /proc", act_memfd_proc, NULL, BOTH, EACCES, "exec",
	 "memfd:attack", "none"},
	{"6-memfd-map", "a memfd mapped as code", act_memfd_map, NULL, BOTH, EACCES, "map",
	 "memfd:attack", "none"},
	{"6-exec", "a program that may be read", act_exec_denied, NULL, BOTH, EACCES, NO_EXEC},
	{"6-fexecve", "the same by descriptor", act_exec_descriptor, NULL, BOTH, EACCES, NO_EXEC},
	{"6-path-descriptor", "the same by path descriptor", act_exec_path_descriptor, NULL, BOTH,
	 EACCES, NO_EXEC},
	{"7-map", "a file mapped as code", act_map, NULL, BOTH, EACCES, NO_MAP},
	{"7-mprotect", "a mapping of a file made code", act_mprotect, NULL, BOTH, EACCES, NO_MAP},
	{"7-pkey-mprotect", "the same by pkey_mprotect", act_pkey_mprotect, NULL, BOTH, EACCES,
	 NO_MAP},
	{"7-implied", "READ_IMPLIES_EXEC", act_implied, NULL, BOTH, EACCES, NO_MAP},
	{"7-mprotect-implied", "READ_IMPLIES_EXEC at mprotect", act_mprotect_implied, NULL, BOTH,
	 EACCES, NO_MAP},
	{"8-shebang", "a script of a denied interpreter", act_shebang, NULL, BOTH, EACCES, NO_EXEC},
	{"8-shebang-chain", "the same behind scripts", act_shebang_chain, NULL, BOTH, EACCES,
	 NO_EXEC},
};
