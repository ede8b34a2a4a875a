/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repeats: the kernel sends an operation once and then counts. This remembers what was sent, so
 * that at the end of a run each count gets a line that says what was counted.
 */
#pragma once

#include "event/json.h"

#define AW_REPEATS_MAX	     AW_COUNTS_MAX /* operations remembered at once */
#define AW_REPEATS_BYTES_MAX (128u << 20)

struct aw_repeats;

int aw_repeats_new(struct aw_repeats **ret);
struct aw_repeats *aw_repeats_free(struct aw_repeats *repeats);
AW_DEFINE_CLEANUP(struct aw_repeats *, aw_repeats_free);

/*
 * Remembers an enriched operation, once for each key; others are left alone. -ENOBUFS: a limit is
 * reached (its summary will name no object), -ENOMEM.
 */
int aw_repeats_note(struct aw_repeats *repeats, const struct aw_event *event,
		    const struct aw_event_origin *origin);

/*
 * Appends the summary line of one count that the kernel kept, unless it is 1: the event itself said
 * that. clock turns its times into wall-clock time.
 */
int aw_repeats_to_json(const struct aw_repeats *repeats, const struct aw_count_key *key,
		       const struct aw_count *count, const struct aw_clock *clock,
		       const struct aw_event_agent *agent, const struct aw_event_origin *origin,
		       struct aw_buffer *ret);

/* Forgets what was noted of an agent. */
void aw_repeats_forget(struct aw_repeats *repeats, uint32_t agent, uint32_t generation);
