/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy can only be checked for once its anchors are bound to folders. Names below an
 * anchor are matched by the rules of that anchor and by floating ones alone; a restriction that is
 * written in another way and would silently not apply there is an error here.
 */
#pragma once

#include "base/diag.h"
#include "policy/policy.h"

/* Both borrowed for the call. */
struct aw_anchor_binding {
	const char *name;   /* "WORKSPACE" */
	const char *folder; /* absolute; symbolic links are followed */
};

/*
 * −EINVAL where an anchor of the policy is bound to nothing, twice, to `/`, to a relative path, to
 * what is not a directory, to the folder of another anchor, or to a folder where an absolute rule
 * or one of another anchor restricts something (deny, forbid, ask, flag); reterr names the anchor
 * and the rule. Anchors below anchors are fine. Bindings of names that the policy does not declare
 * are ignored.
 */
int aw_policy_check_anchors(const struct aw_policy *policy,
			    const struct aw_anchor_binding *bindings, size_t n_bindings,
			    struct aw_diag *reterr);
