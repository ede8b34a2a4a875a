/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one attack is: a technique of docs/THREATS.md as an act, who can do it, and how it must fail
 * inside an enforced agent. Owns the row of the tables and what lies about for each; the acts are
 * in the other headers of this folder, who compares is tests/e2e/tests/attacks.sh.
 *
 * Each row has a folder WORK/ID with:
 *
 *   attack       the program that does it: a link of this one, so that events tell rows by `exe`
 *   ok/          the policy allows everything here; ok/file is there
 *   secret/      rule `secret` denies everything below; secret/key is there and says SECRET
 *   no-exec/     rule `no.exec` denies exec and map alone; no-exec/program and no-exec/file are
 * there
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_BYTES 512
#define SECRET	   "secret"
/* What attacks serve listens on; net.denied denies them, the rest of loopback is allowed. */
#define PORT_DENIED 7400
#define PORT_WIDE   7401 /* the policy allows it at every address, as a range */

/* The child's exit statuses carry an errno; one of its own for "killed, or not to be known". */
#define STATUS_LOST   250
#define STATUS_FAILED 251 /* a shell line's status was not 0 */

/* Who can do it outside of every agent. */
enum who {
	ROOT = 1,
	USER = 2,
	BOTH = ROOT | USER,
};

struct scene {
	const char *folder; /* WORK/ID of this row */
	const char *work;
	uid_t uid;    /* as whom the act is done */
	pid_t victim; /* a process of the same user outside of every agent: attacks serve */
};

struct attack {
	const char *id; /* number of the row in docs/THREATS.md, "-", and a name */
	const char *technique;
	int (*act)(const struct scene *scene); /* 0 where it came through, else −errno */
	/* Or a line for `sh -c` in the row's folder: $WORK, $VICTIM; it came through if the status
	 * is 0. */
	const char *shell;
	enum who who;
	int error; /* what must come of it inside; STATUS_FAILED of a shell line */
	/* The one event. An object that begins "./" is below the row's folder; a pattern of bash.
	 */
	const char *op;
	const char *object;
	const char *rule; /* its id, "none" (no rule allows it), or "reason:" and the reason */
	int (*prepare)(const struct scene *scene); /* what else has to be there; by root, outside */
};

/* A path below the row's folder. */
static inline const char *at(const struct scene *scene, const char *name, char ret[PATH_BYTES])
{
	snprintf(ret, PATH_BYTES, "%s/%s", scene->folder, name);
	return ret;
}

static inline int done(long result)
{
	return result < 0 ? -errno : 0;
}

static inline int made(int fd)
{
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static inline int open_path(const char *path, int flags)
{
	return made(open(path, flags | O_CLOEXEC, 0600));
}

static inline int open_in(const struct scene *scene, const char *name, int flags)
{
	char path[PATH_BYTES];

	return open_path(at(scene, name, path), flags);
}

static inline int write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static inline int copy_file(const char *from_path, const char *to_path)
{
	int from = open(from_path, O_RDONLY | O_CLOEXEC);
	int to = open(to_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	struct stat st;
	int err = 0;

	if (from < 0 || to < 0 || fstat(from, &st) < 0 ||
	    sendfile(to, from, NULL, (size_t)st.st_size) != st.st_size)
		err = -EIO;
	close(from);
	close(to);
	return err;
}

/* What a child that exits with an errno met. */
static inline int wait_for(pid_t pid)
{
	int status;

	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -STATUS_LOST;
}

/* execve() in a child: 0 if the program ran and ended well. */
static inline int run_program(const char *const argv[])
{
	pid_t pid = fork();

	if (pid == 0) {
		execv(argv[0], (char *const *)argv);
		_exit(errno);
	}
	return wait_for(pid);
}

#define RUN(...) run_program((const char *const[]){__VA_ARGS__, NULL})
