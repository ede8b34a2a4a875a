/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one guard act is: what it does, which program has to see it, what it is called, and what it
 * gives where it is denied. The acts are in the other headers of this folder; who compares the
 * outcome is tests/e2e/tests/guards.sh.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_LOST 250 /* killed, or not to be known; below are errno */
#define PATH_BYTES  512

enum who {
	ANYBODY,
	ROOT_ONLY,
};

/* Which policy denies it: others come before some acts, and have to be lifted first. */
enum pass {
	FIRST,	/* nothing is lifted */
	BEHIND, /* guard.capability and guard.namespace are */
};

struct scene {
	const char *work; /* a folder of its own, with a tmpfs at mnt */
	pid_t victim;	  /* a process outside, of the same user */
	uid_t uid;
};

struct row {
	const char *id; /* number of its kind in docs/THREATS.md, and a name */
	const char *behaviour;
	const char *program;		       /* of bpf/ */
	const char *hook;		       /* as events call it */
	const char *act;		       /* "guard:mount" */
	int error;			       /* where it is denied; 0: as where it is not */
	int (*run)(const struct scene *scene); /* 0 or −errno */
	enum who who;
	enum pass pass;
	bool is_for_ever; /* nothing lifts it */
	bool is_own;	  /* done by the main process, whose parent is outside */
};

static inline int done(long result)
{
	return result < 0 ? -errno : 0;
}

static inline int opened(int fd)
{
	int err = done(fd);

	if (fd >= 0)
		close(fd);
	return err;
}

static inline const char *at(const struct scene *scene, const char *name, char path[PATH_BYTES])
{
	snprintf(path, PATH_BYTES, "%s/%s", scene->work, name);
	return path;
}
