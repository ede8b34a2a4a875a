/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy and modes of an agent that another command runs: found in the registry, checked against
 * what the agent was started with, changed in the kernel at once, and written down.
 */
#pragma once

#include "base/diag.h"
#include "policy/policy.h"

/* Borrowed for the call. */
struct aw_apply_config {
	const char *agent;	      /* its name, or the id of its run */
	const char *policy_file;      /* NULL: the policy stays */
	const char *const *variables; /* "NAME=VALUE", NULL-terminated; of the policy */
	int modes[AW_OP_CLASSES];     /* enum aw_mode; −1: stays */
};

struct aw_apply_result {
	char policy_name[AW_ID_MAX + 1]; /* "" without a policy */
	char policy_hash[65];
	enum aw_mode modes[AW_OP_CLASSES];
};

/*
 * −ESRCH: there is no such agent, or it ends; −ENOTUNIQ: several have the name; −EINVAL: the policy
 * cannot be the agent's, a mode needs one; −EOPNOTSUPP: this host cannot enforce a class; and what
 * reading, compiling and loading a policy gives. reterr says what; nothing was changed then.
 */
int aw_apply(const struct aw_apply_config *config, struct aw_apply_result *ret,
	     struct aw_diag *reterr);
