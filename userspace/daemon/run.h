/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of one agent, from nothing to nothing: cgroup, programs, rings, agent, command, the loop
 * until its end, and taking all of it away again. What to run is worked out by the caller; what
 * came of it is in the result.
 */
#pragma once

#include "abi/counters.h"
#include "agent/user.h"
#include "base/log.h"
#include "daemon/pipeline.h"
#include "kernel/agents.h"
#include "policy/compile.h"
#include "policy/parse.h"

#define AW_RUN_ID_SIZE	      37
#define AW_RUN_RING_DEFAULT   (16u << 20) /* bytes of the ring of observations */
#define AW_RUN_RING_MIN	      (64u << 10)
#define AW_RUN_RING_MAX	      (1u << 30)
#define AW_RUN_DECISIONS_PART 4	   /* the ring of decisions is this part of the other */
#define AW_RUN_KILL_MS	      5000 /* how long what was killed may take to end */
#define AW_RUN_STOPS_MAX      3	   /* signals to end that kill the agent, if it goes on */

struct aw_run_anchor {
	const char *name;
	const char *path; /* absolute, links followed */
	uint32_t index;	  /* in the policy's anchors */
};

/* Borrowed for the run. */
struct aw_run_config {
	const struct aw_log *log;
	const char *verb;
	const char *name;
	enum aw_mode mode;	/* of every class that is not weakened below */
	uint32_t allow_partial; /* bit per class that may be weaker than asked on this kernel */
	bool record_allowed;
	bool verify_cache;
	bool recheck;	 /* files that are open are decided again where they are used */
	uint64_t ttl_ms; /* 0: none */
	uint64_t ring_bytes;
	const char *const *labels; /* "KEY=VALUE", NULL-terminated */
	struct aw_run_anchor anchors[AW_ANCHORS_MAX];
	size_t n_anchors;
	const char *events; /* what aw_sink_open takes; NULL: none */

	/* A command in a cgroup of its own, or a cgroup that is there. */
	char *const *argv;
	const char *path; /* the command's executable */
	const struct aw_user *user;
	const char *cgroup;

	/* audit, enforce. */
	const struct aw_policy *policy;
	const struct aw_image *image;
	const char *policy_file;
	const struct aw_parse_options *parse_options;

	/* learn. */
	const char *baseline;
};

struct aw_run_result {
	int wait_status;
	bool has_status;
	bool was_killed_by_ttl;
	bool is_complete;
	bool stays; /* the agent goes on, without an owner */
	char why_partial[256];
	char run_id[AW_RUN_ID_SIZE];
	struct aw_counters counters;
	struct aw_pipeline_stats stats;
	uint64_t unwritten;	/* lines that are not in the events file */
	size_t run_number;	/* of the baseline; 0 where nothing was stored */
	size_t changes;		/* of policy or modes by other commands */
	struct aw_tally *tally; /* NULL where memory was short */
};
void aw_run_result_clear(struct aw_run_result *result);

/*
 * 0 where the run took place, whatever its end; −errno, with reterr, where it did not: nothing is
 * left behind then.
 */
int aw_run(const struct aw_run_config *config, struct aw_run_result *ret, struct aw_diag *reterr);
