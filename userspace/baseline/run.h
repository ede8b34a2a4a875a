/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing one run into a baseline store. The run stands in the store as incomplete from its first
 * moment and becomes complete only at its end, so whatever cuts it off leaves a Partial run with
 * all that was committed. Owns batching; what is observed is the caller's business.
 */
#pragma once

#include <stdint.h>

#include "base/diag.h"
#include "baseline/observation.h"
#include "baseline/store.h"

#define AW_BASELINE_COMMIT_NS	   1000000000ull  /* observations wait no longer than this */
#define AW_BASELINE_RETRY_NS	   30000000000ull /* longest wait while commits fail */
#define AW_BASELINE_COMMIT_ENTRIES 16384	  /* distinct ones that make a batch */
#define AW_BASELINE_FOLD_ROWS	   20000	  /* acts folded into the history per transaction */

struct aw_baseline_run;

/* What is known of a run when it starts. Every text may be NULL. */
struct aw_baseline_run_meta {
	const char *uuid; /* NULL: one is drawn */
	const char *host; /* NULL: this host's name */
	const char *user;
	const char *repository;
	const char *commit;
	const char *kernel; /* NULL: this kernel's release */
	const char *version;
	const char *const *labels;  /* "KEY=VALUE", NULL-terminated, or NULL */
	const char *const *command; /* argv, NULL-terminated, or NULL */
	uint64_t start_ns;	    /* CLOCK_REALTIME; 0: now */
};

/* How a run ended. A run is complete where nothing was lost, why_partial is NULL and it exited 0.
 */
struct aw_baseline_outcome {
	int exit_status;	 /* 0–255 */
	uint64_t end_ns;	 /* CLOCK_REALTIME; 0: now */
	uint64_t lost_decisions; /* records that the rings had no room for */
	uint64_t lost_observations;
	const char *why_partial; /* "came late to the cgroup" …; NULL: nothing was wrong */
};

/*
 * Starts a run of a baseline, which is created where it is missing. name: 1 to AW_BASELINE_NAME_MAX
 * bytes of [A-Za-z0-9._-], not starting with a dot or dash (−EINVAL). −EEXIST: the baseline
 * has a run of this uuid. The store must outlive the run.
 */
int aw_baseline_run_begin(struct aw_baseline_run **ret, struct aw_baseline_store *store,
			  const char *name, const struct aw_baseline_run_meta *meta,
			  struct aw_diag *reterr);

/*
 * Takes an observation; equal ones add up. It is committed with its batch, at the latest with the
 * first call of observe or tick that comes AW_BASELINE_COMMIT_NS after the last commit. An error is
 * that of a commit which will be tried again; what could not be kept is counted, and the run
 * Partial.
 */
int aw_baseline_observe(struct aw_baseline_run *run, const struct aw_observation *observation);

/* Commits where that is due: to be called about once a second while nothing is observed. */
int aw_baseline_run_tick(struct aw_baseline_run *run);

/* Commits all that is pending. */
int aw_baseline_run_flush(struct aw_baseline_run *run);

/*
 * Commits, ends the run and frees it, whatever is returned. On an error the run stays as it is in
 * the store: Partial.
 */
int aw_baseline_run_end(struct aw_baseline_run *run, const struct aw_baseline_outcome *outcome);

/* Frees a run without an end: Partial. What is pending is lost. */
struct aw_baseline_run *aw_baseline_run_abandon(struct aw_baseline_run *run);
AW_DEFINE_CLEANUP(struct aw_baseline_run *, aw_baseline_run_abandon);

/* The run's uuid, 36 characters. */
const char *aw_baseline_run_uuid(const struct aw_baseline_run *run);
