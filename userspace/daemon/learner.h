/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From events to a baseline: every operation becomes an observation when it is told of, and gets
 * its count at the end of the run, when the kernel's counts are read.
 */
#pragma once

#include <stdint.h>

#include "abi/counters.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "baseline/run.h"
#include "event/event.h"

#define AW_LEARNER_MAX	     AW_COUNTS_MAX /* observations whose counts can be joined */
#define AW_LEARNER_BYTES_MAX (256u << 20)

struct aw_learner;

/* run is borrowed. */
int aw_learner_new(struct aw_learner **ret, struct aw_baseline_run *run);
struct aw_learner *aw_learner_free(struct aw_learner *learner);
AW_DEFINE_CLEANUP(struct aw_learner *, aw_learner_free);

/*
 * Takes an enriched event; all but operations are left alone. An error is the store's, to be
 * reported; -ENOBUFS: the limits above, its count will stay 1.
 */
int aw_learner_event(struct aw_learner *learner, const struct aw_event *event);
/* The kernel's count of an operation that was told of. */
int aw_learner_count(struct aw_learner *learner, uint64_t key, const struct aw_count *count,
		     const struct aw_clock *clock);
