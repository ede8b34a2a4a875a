/* SPDX-License-Identifier: Apache-2.0 */
/* The policies that an agent was put under while it ran, by the ids that its events have. */
#pragma once

#include "base/cleanup.h"
#include "event/event.h"
#include "policy/policy.h"

#define AW_RUN_POLICIES_MAX 8 /* kept at once; one that comes again is read again */

struct aw_run_policies;

/* base: the agent as it began; dir: of the archive. Both borrowed. */
int aw_run_policies_new(struct aw_run_policies **ret, const struct aw_event_context *base,
			const char *dir);
struct aw_run_policies *aw_run_policies_free(struct aw_run_policies *policies);
AW_DEFINE_CLEANUP(struct aw_run_policies *, aw_run_policies_free);

/*
 * The policy with this id (not 0), NULL where it is not known, and what events under it say of the
 * agent. Both are borrowed until the next call.
 */
const struct aw_policy *aw_run_policy(struct aw_run_policies *policies, uint64_t id,
				      const struct aw_event_context **retcontext);
