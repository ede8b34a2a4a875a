/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which folders stand for which anchors: what the command line says, and the defaults WORKSPACE
 * (the current folder) and HOME (of the agent's user).
 */
#pragma once

#include "base/cleanup.h"
#include "base/diag.h"
#include "cli/options.h"
#include "policy/policy.h"

#define AW_ANCHOR_WORKSPACE "WORKSPACE"
#define AW_ANCHOR_HOME	    "HOME"

struct aw_anchor_set {
	struct {
		char *name;
		char *path;	 /* absolute, links followed */
	} items[AW_ANCHORS_MAX]; /* of a policy: in the policy's order */
	size_t n;
};

void aw_anchor_set_done(struct aw_anchor_set *set);
#define _cleanup_anchors_ _cleanup_(aw_anchor_set_done)

/*
 * For a policy: each anchor that it declares, given as NAME=DIR in pairs or by default. −EINVAL for
 * an anchor that it does not declare, one that is bound to nothing, or what policy/check.h refuses.
 */
int aw_anchor_set_for_policy(struct aw_anchor_set *ret, const struct aw_policy *policy,
			     const struct aw_option_list *pairs, const char *home,
			     struct aw_diag *reterr);

/*
 * For learning: the defaults, where they are folders other than "/" and each other, then pairs.
 * −EINVAL for a pair that is no anchor.
 */
int aw_anchor_set_for_learning(struct aw_anchor_set *ret, const struct aw_option_list *pairs,
			       const char *home, struct aw_diag *reterr);
