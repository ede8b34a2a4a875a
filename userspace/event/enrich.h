/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joins a decoded event with what else is known: wall-clock time, the agent and its policy, what
 * the process runs, its ancestry, and the rule that decided.
 */
#pragma once

#include "base/clock.h"
#include "event/process.h"

struct aw_policy;

struct aw_enrich_options {
	/*
	 * What is known of the agent in a slot, under the policy with this id; NULL where it is
	 * unknown. Borrowed until the next event.
	 */
	const struct aw_event_context *(*context)(void *userdata, uint32_t agent,
						  uint32_t generation, uint64_t policy_id);
	/* The policy with this id (aw_rec_op.policy_id), to name the rule; NULL, or may be NULL. */
	const struct aw_policy *(*policy)(void *userdata, uint64_t policy_id);
	void *userdata;

	bool explain_allowed;		   /* name the rule of plainly allowed operations too */
	const struct aw_clock *clock;	   /* borrowed; NULL: the system's, sampled each minute */
	int procfs;			   /* of /proc, taken over on success; -1: never asked */
	struct aw_processes_limits limits; /* zeros: AW_PROCESSES_MAX, AW_PROCESSES_BYTES_MAX */
};

struct aw_enrich;

int aw_enrich_new(struct aw_enrich **ret, const struct aw_enrich_options *options);
struct aw_enrich *aw_enrich_free(struct aw_enrich *enrich);
AW_DEFINE_CLEANUP(struct aw_enrich *, aw_enrich_free);

/*
 * Fills the event and learns from it. What it fills is borrowed until the next call. -ENOMEM: the
 * event is good, but less of it is filled than could have been.
 */
int aw_enrich_event(struct aw_enrich *enrich, struct aw_event *event);

void aw_enrich_stats(const struct aw_enrich *enrich, struct aw_processes_stats *ret);
