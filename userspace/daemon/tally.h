/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was denied, or would have been, by what people tell apart: operation, object, rule and
 * reason. For the summary at the end of a run.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "abi/counters.h"
#include "base/cleanup.h"
#include "event/event.h"

#define AW_TALLY_MAX	  65536		/* distinct denials that are told apart */
#define AW_TALLY_KEYS_MAX AW_COUNTS_MAX /* of the kernel's counts, joined to them */

struct aw_tally;

struct aw_tally_row {
	enum aw_effect effect;
	const char *operation;
	const char *object; /* for people, harmless */
	const char *rule;   /* id, or NULL: no rule said anything */
	const char *reason; /* the rule's, or why there was no decision; NULL */
	const char *event;  /* id of the first one, for `why` */
	uint64_t count;
};

int aw_tally_new(struct aw_tally **ret);
struct aw_tally *aw_tally_free(struct aw_tally *tally);
AW_DEFINE_CLEANUP(struct aw_tally *, aw_tally_free);

/* Takes an enriched event; all but denied operations are left alone. -ENOBUFS: AW_TALLY_MAX. */
int aw_tally_event(struct aw_tally *tally, const struct aw_event *event, const char *boot_id);
/* The kernel's count of an operation that was told of. */
void aw_tally_count(struct aw_tally *tally, uint64_t key, uint64_t count);

/* Rows by count, largest first, in an array to free(); the rows belong to the tally. */
int aw_tally_rows(const struct aw_tally *tally, const struct aw_tally_row ***ret, size_t *retn);
