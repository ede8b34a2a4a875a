/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of the records of one agent: decoded, enriched, written to the sink and the agent's
 * own list of denials, learned from, tallied. Knows nothing of the kernel side: records come as
 * bytes, so all of this is tested without it.
 */
#pragma once

#include <sys/types.h>

#include "agent/denials.h"
#include "base/cleanup.h"
#include "baseline/run.h"
#include "daemon/run_policies.h"
#include "daemon/tally.h"
#include "event/json.h"
#include "policy/policy.h"
#include "sink/sink.h"

#define AW_PIPELINE_HELD_MAX 4096 /* records that wait for the exec record of their process */

/* All borrowed for the pipeline's life; what is NULL is left out. */
struct aw_pipeline_options {
	const struct aw_event_context *context;
	struct aw_event_origin origin;
	const struct aw_policy *policy;
	uint64_t policy_id;
	struct aw_run_policies *policies; /* others that the agent comes under */
	struct aw_sink *sink;
	struct aw_denials *denials;
	struct aw_baseline_run *run;
	int procfs; /* taken over on success; −1: /proc is never asked */
};

struct aw_pipeline_stats {
	uint64_t received[AW_RINGS];
	uint64_t undecodable;
	uint64_t unwritten; /* lines that the sink gave up */
	uint64_t forgotten; /* processes for which there was no room */
	uint64_t distinct;  /* operations told of */
	int baseline_error; /* the last failure of the store; 0 where it works */
	int denials_error;  /* the first failure to write the agent's own list */
};

struct aw_pipeline;

int aw_pipeline_new(struct aw_pipeline **ret, const struct aw_pipeline_options *options);
struct aw_pipeline *aw_pipeline_free(struct aw_pipeline *pipeline);
AW_DEFINE_CLEANUP(struct aw_pipeline *, aw_pipeline_free);

/* The agent that all records are of. */
void aw_pipeline_set_agent(struct aw_pipeline *pipeline, uint32_t slot, uint32_t generation);
/* The process that was forked to run the command: until its exec it runs nothing of its own. */
void aw_pipeline_set_launcher(struct aw_pipeline *pipeline, pid_t pid);

/*
 * One record, as kernel/consumer.h hands it on. Always 0. An observation that overtook the exec
 * record of its process waits for the second settle after it.
 */
int aw_pipeline_record(enum aw_ring ring, const void *data, size_t size, void *pipeline);
/* After each poll: takes up what waited. */
void aw_pipeline_settle(struct aw_pipeline *pipeline);
/* About once a second, and before anything is closed: flushes sink and baseline. */
void aw_pipeline_flush(struct aw_pipeline *pipeline);

/* At the end, one count that the kernel kept. */
void aw_pipeline_count(uint64_t key, const struct aw_count *count, void *pipeline);
/* A line that is no kernel record (the start and the end of a run …), to the sink. */
void aw_pipeline_line(struct aw_pipeline *pipeline, const char *line, size_t length);

void aw_pipeline_stats(const struct aw_pipeline *pipeline, struct aw_pipeline_stats *ret);
/* The tally, owned by the caller from now on; nothing is tallied any more. */
struct aw_tally *aw_pipeline_take_tally(struct aw_pipeline *pipeline);
