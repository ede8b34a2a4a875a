/* SPDX-License-Identifier: Apache-2.0 */
/* From an event to the rule that decided it: asks the policy that the event was decided under. */
#pragma once

#include "event/event.h"
#include "policy/explain.h"

/*
 * Explains an operation. -EINVAL where the event is none that a policy decides: another type of
 * record, an object without a name, a reason other than the policy's.
 */
int aw_event_explain(const struct aw_policy *policy, const struct aw_event *event,
		     struct aw_explanation *ret);

/* First 8 bytes, big-endian, of a policy's hash given as 64 hex digits. -EINVAL. */
int aw_policy_id_of_hash(const char *hash, uint64_t *ret);
