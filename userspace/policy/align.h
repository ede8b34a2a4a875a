/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy for an agent that runs: its anchors were bound, in an order, when it was registered, and
 * the numbers of that order are in what the kernel programs read of a name.
 */
#pragma once

#include "base/diag.h"
#include "policy/policy.h"

/*
 * Makes the policy's anchors these, in this order; one that it does not declare is added, and no
 * rule speaks of it. −EINVAL, with reterr, where it declares one that is not among them; −E2BIG.
 */
int aw_policy_align_anchors(struct aw_policy *policy, const char *const *names, size_t n,
			    struct aw_diag *reterr);
