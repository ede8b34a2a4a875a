/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts on programs: running, mapping, and what a program may do because of who it is. The programs
 * are copies of this one, whose first argument says what to do.
 */
#pragma once

#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/syscall.h>

#include "row.h"

/* execve() in a child: 0 if the program ran and ended well. */
static int run_program(const char *path, const char *verb, const char *operand)
{
	char *const argv[] = {(char *)path, (char *)verb, (char *)operand, NULL};
	pid_t pid = fork();

	if (pid == 0) {
		execv(path, argv);
		_exit(errno);
	}
	return wait_for(pid);
}

static int act_exec(const struct scene *scene, const char *object)
{
	return run_program(object, "nothing", NULL);
}

static int act_exec_descriptor(const struct scene *scene, const char *object)
{
	char *const argv[] = {(char *)object, (char *)"nothing", NULL};
	int fd = open(object, O_RDONLY), err;
	pid_t pid;

	if (fd < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
		_exit(errno);
	}
	err = wait_for(pid);
	close(fd);
	return err;
}

static int write_script(const char *path, const char *interpreter, const char *verb)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	int n;

	if (fd < 0)
		return -errno;
	n = dprintf(fd, "#!%s %s\n", interpreter, verb);
	close(fd);
	return n < 0 ? -EIO : 0;
}

/* A script that may run, of an interpreter that may not. */
static int act_exec_interpreter(const struct scene *scene, const char *object)
{
	char script[OBJECT_MAX];
	int err;

	other_of(scene, object, "script", script);
	err = write_script(script, object, "nothing");
	return err ? err : run_program(script, NULL, NULL);
}

/* The other way round. The policy lets the object be written. */
static int act_exec_script(const struct scene *scene, const char *object)
{
	char interpreter[OBJECT_MAX];
	int fd, err = 0;

	snprintf(interpreter, sizeof(interpreter), "%s/bin/other", scene->work);
	fd = open(object, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (dprintf(fd, "#!%s nothing\n", interpreter) < 0)
		err = -EIO;
	close(fd);
	return err ? err : run_program(object, NULL, NULL);
}

/* By a program of a class that the policy narrows. */
static int act_read_as_class(const struct scene *scene, const char *object)
{
	char program[OBJECT_MAX];

	snprintf(program, sizeof(program), "%s/bin/narrowed", scene->work);
	return run_program(program, "read", object);
}

static int act_read_as_script(const struct scene *scene, const char *object)
{
	char program[OBJECT_MAX];

	snprintf(program, sizeof(program), "%s/bin/narrowed.script", scene->work);
	return run_program(program, object, NULL);
}

/* A descendant of the class, by now another program. */
static int act_read_under(const struct scene *scene, const char *object)
{
	char program[OBJECT_MAX];

	snprintf(program, sizeof(program), "%s/bin/narrowed", scene->work);
	return run_program(program, "read-by-other", object);
}

static int map_file(const char *object, int prot, int later)
{
	int fd = open(object, O_RDONLY | O_CLOEXEC), err = 0;
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

static int act_map(const struct scene *scene, const char *object)
{
	return map_file(object, PROT_READ | PROT_EXEC, 0);
}

static int act_map_implied(const struct scene *scene, const char *object)
{
	int before = personality(0xffffffff), err;

	if (before < 0 || personality((unsigned long)before | READ_IMPLIES_EXEC) < 0)
		return -errno;
	err = map_file(object, PROT_READ, 0);
	personality((unsigned long)before);
	return err;
}

static int act_mprotect(const struct scene *scene, const char *object)
{
	return map_file(object, PROT_READ, PROT_READ | PROT_EXEC);
}

#define BPRM	"aw_bprm_check_security", "bprm_check", "exec", "only"
#define SUBJECT "aw_bprm_creds_from_file", "file_open", "read", "only"
#define MMAP	"aw_mmap_file/aw_mmap_file_fmod", "mmap_file", "map", "only"

static const struct row exec_rows[] = {
	{"running a program", BPRM, "run", NEEDS_PROGRAM, act_exec},
	{"running a program by its descriptor", BPRM, "run-open", NEEDS_PROGRAM,
	 act_exec_descriptor},
	{"running a script", BPRM, "script", NEEDS_PROGRAM, act_exec_script},
	{"running a script's interpreter", BPRM, "interpreter", NEEDS_PROGRAM,
	 act_exec_interpreter},
	{"reading as a program of a class", SUBJECT, "by-class", NEEDS_FILE, act_read_as_class,
	 "no-narrowed"},
	{"reading as a script of a class", SUBJECT, "by-script", NEEDS_FILE, act_read_as_script,
	 "no-script"},
	{"reading below a program of a class", SUBJECT, "under", NEEDS_FILE, act_read_under,
	 "no-under"},
	{"mapping a file as code", MMAP, "mapped", NEEDS_FILE, act_map},
	{"mapping a file where reading implies executing", MMAP, "implied", NEEDS_FILE,
	 act_map_implied},
	{"making a mapping code", "aw_file_mprotect", "file_mprotect", "map", "only", "protected",
	 NEEDS_FILE, act_mprotect},
};
