/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command of an agent: finds its executable, starts it inside the agent's cgroup as the agent's
 * user, and holds it until the caller has seen that it is the agent's.
 */
#pragma once

#include <sys/types.h>

#include "agent/user.h"
#include "base/diag.h"

struct aw_command {
	char *const *argv;	    /* NULL-terminated, borrowed */
	const char *path;	    /* what aw_command_find gave, borrowed */
	const char *cgroup;	    /* absolute, borrowed */
	const struct aw_user *user; /* borrowed */
	pid_t pid;		    /* 0 before the start */
	int pidfd;
	int go_fd; /* the child waits for one byte from here */
};

/* Nothing started yet; done kills a child that still waits. */
#define AW_COMMAND_NONE ((struct aw_command){.pidfd = -1, .go_fd = -1})
void aw_command_done(struct aw_command *command);

/*
 * The executable that a name stands for, newly allocated: the name itself where it has a slash,
 * else the first in search (PATH; NULL: the system's default) that the user may execute (asked with
 * the caller's rights where the caller cannot become the user). −ENOENT; −EACCES: there is a file,
 * and the user may not execute it.
 */
int aw_command_find(const char *name, const char *search, const struct aw_user *user, char **ret);

/*
 * Forks into the cgroup. The child waits; released, it gives up privileges for good (no new ones
 * can be gained, ids are the user's, no descriptor but the standard ones), and runs the command. It
 * exits 127 or 126 with a message where that fails, 125 where it was never released.
 */
int aw_command_start(struct aw_command *command, struct aw_diag *reterr);
int aw_command_release(struct aw_command *command);
