/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a baseline store: its baselines, their runs, and what these did. What a reader makes of
 * it is its own business: evidence.h holds it for generalising, show.h prints it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "baseline/observation.h"
#include "baseline/store.h"

/* A baseline in one line. Strings are owned by the list that holds it. */
struct aw_baseline_summary {
	char *name;
	uint64_t created_ns;
	uint64_t first_ns, last_ns; /* start of the first run, of the last; 0 where there is none */
	uint32_t n_runs;
	uint32_t n_complete;
};

struct aw_baseline_list {
	struct aw_baseline_summary *items;
	size_t n_items;
};

enum aw_run_state {
	AW_RUN_COMPLETE,
	AW_RUN_PARTIAL, /* ended; why_partial says what was wrong */
	AW_RUN_RUNNING,
	AW_RUN_CUT_OFF, /* no end, and the process that recorded it is gone */
	AW_RUN_STATES,
};

struct aw_run_info {
	int64_t id; /* number in this store: what sets of runs hold */
	char *uuid, *host, *user, *repository, *commit;
	char *labels;  /* JSON object */
	char *command; /* JSON array */
	char *kernel, *version, *why_partial;
	uint64_t start_ns, end_ns; /* end 0: none */
	int exit_status;
	enum aw_run_state state;
	uint64_t lost_decisions, lost_observations;
};

struct aw_run_list {
	struct aw_run_info *items; /* oldest first, then by uuid */
	size_t n_items;
};

int aw_baseline_list_read(struct aw_baseline_store *store, struct aw_baseline_list *ret);
void aw_baseline_list_clear(struct aw_baseline_list *list);

/* −ENOENT: there is no such baseline. */
int aw_baseline_runs_read(struct aw_baseline_store *store, const char *name,
			  struct aw_run_list *ret);
void aw_run_list_clear(struct aw_run_list *list);

const char *aw_run_state_name(enum aw_run_state state);

/*
 * Calls fn with every distinct act of a baseline and the set of runs that did it (runset.h), in no
 * particular order; all is borrowed for the call. An act can come twice, with disjoint sets, while
 * a run of it is under way. A negative return of fn ends the reading and is returned.
 */
typedef int (*aw_baseline_act_fn)(void *data, const struct aw_observation *act, const void *runs,
				  size_t runs_length);
int aw_baseline_acts_read(struct aw_baseline_store *store, const char *name, aw_baseline_act_fn fn,
			  void *data);
