/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one pair of acts is: the same act on an object that the policy lets it have and on one that
 * it does not. Owns the row of the table and where its objects lie; acts are in the other headers
 * of this folder, who compares the outcome is tests/e2e/suite.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define OBJECT_MAX   512
#define PORT_ALLOWED 7000 /* and the number of the row */
#define PORT_DENIED  7200

/* The child's exit statuses carry an errno; one of its own for "killed, or not to be known". */
#define STATUS_LOST 250

enum side { ALLOWED, DENIED, SIDES };

/* What has to lie at the object before the act. */
enum needs {
	NEEDS_NOTHING,
	NEEDS_FILE,
	NEEDS_FOLDER,
	NEEDS_PROGRAM, /* a copy of this program */
	NEEDS_STREAM,  /* a listening unix socket */
	NEEDS_SEQPACKET,
	NEEDS_DATAGRAM,
	NEEDS_TCP,
};

/* From where the act is done. */
enum from {
	INSIDE,	       /* by a process that runs in the agent */
	INSIDE_ROOT,   /* the same, and only root may */
	OUTSIDE,       /* begins outside and enters */
	BEFORE,	       /* was inside before the cgroup was an agent's */
	BEFORE_THREAD, /* the same, by a thread other than the leader */
};

struct scene {
	const char *work;   /* folder with the objects */
	const char *cgroup; /* of the agent; NULL inside */
	uid_t uid;	    /* as whom the acts are done */
};

struct row {
	const char *behaviour;
	const char *program; /* of bpf/, that must see the act; with "/" between those of kernels */
	const char *hook;    /* as events call it; the same */
	const char *op;
	const char *role;   /* of the object: "only", "source", "target" */
	const char *object; /* name below the side's folder, "@" abstract, or an address */
	enum needs needs;
	int (*act)(const struct scene *scene, const char *object); /* 0 or −errno */
	const char *folder; /* of the denied side; NULL: "no-" and the operation */
	enum from from;
};

static inline bool is_address(const struct row *row)
{
	return strchr(row->object, ':') != NULL;
}

/* The object of one side, as events name it. */
static inline void object_of(const struct scene *scene, const struct row *row, size_t number,
			     enum side side, char ret[OBJECT_MAX])
{
	const char *base = strrchr(scene->work, '/') + 1;

	if (is_address(row))
		snprintf(ret, OBJECT_MAX, "%s%zu", row->object,
			 number + (side == ALLOWED ? PORT_ALLOWED : PORT_DENIED));
	else if (row->object[0] == '@')
		snprintf(ret, OBJECT_MAX, "@e2e-%s-%s-%s", side == ALLOWED ? "yes" : "no", base,
			 row->object + 1);
	else if (side == ALLOWED)
		snprintf(ret, OBJECT_MAX, "%s/yes/%s", scene->work, row->object);
	else if (row->folder)
		snprintf(ret, OBJECT_MAX, "%s/%s/%s", scene->work, row->folder, row->object);
	else
		snprintf(ret, OBJECT_MAX, "%s/no-%s/%s", scene->work, row->op, row->object);
}

/* A second object of the act, always one that it may have; `kind` tells those of a row apart. */
static inline void other_of(const struct scene *scene, const char *object, const char *kind,
			    char ret[OBJECT_MAX])
{
	const char *below = object + strlen(scene->work) + 1;
	const char *name = strchr(below, '/');

	snprintf(ret, OBJECT_MAX, "%s/yes/%.*s-%s.%s", scene->work, (int)(name - below), below,
		 name + 1, kind);
}

static inline int made(int fd)
{
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static inline int done(int result)
{
	return result < 0 ? -errno : 0;
}

static inline int make_file(const char *path)
{
	return made(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755));
}

static inline int read_file(const char *path)
{
	return made(open(path, O_RDONLY | O_CLOEXEC));
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
