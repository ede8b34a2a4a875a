/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As whom the command of an agent runs. Agents are not to be root by accident: that has to be asked
 * for by name.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"

#define AW_USER_GROUPS_MAX 65536 /* NGROUPS_MAX of Linux */

/* What the user of the command line asked for, and who called. Borrowed. */
struct aw_user_request {
	const char *name;     /* --user: a name or a number; NULL: not given */
	bool as_root;	      /* --as-root */
	uid_t real_uid;	      /* of the caller */
	const char *sudo_uid; /* SUDO_UID; NULL where sudo was not used */
	const char *sudo_gid;
};

struct aw_user {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* supplementary, gid included */
	size_t n_groups;
	char *name; /* the number where the user has no name */
	char *home; /* "/" where it has none */
	char *shell;
};

/* −EINVAL (contradicting or missing wishes, root unasked), −ENOENT (no such user): reterr says. */
int aw_user_resolve(struct aw_user **ret, const struct aw_user_request *request,
		    struct aw_diag *reterr);
struct aw_user *aw_user_free(struct aw_user *user);
AW_DEFINE_CLEANUP(struct aw_user *, aw_user_free);

/*
 * For the child before exec: takes on groups and ids for good, and proves it. Changes nothing where
 * the caller is this very user. −errno.
 */
int aw_user_become(const struct aw_user *user);
/* HOME, USER, LOGNAME and SHELL of this process. −errno. */
int aw_user_set_environment(const struct aw_user *user);
