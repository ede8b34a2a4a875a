/* SPDX-License-Identifier: Apache-2.0 */
/* One record after another, and the few that have to wait. */
#include "daemon/pipeline.h"

#include <errno.h>
#include <string.h>

#include "base/vec.h"
#include "daemon/learner.h"
#include "event/decode.h"
#include "event/enrich.h"
#include "event/repeats.h"

/* A copy of a record that waits. */
struct held {
	enum aw_ring ring;
	size_t size;
	void *data;
};

struct aw_pipeline {
	struct aw_pipeline_options options;
	struct aw_enrich *enrich;
	struct aw_repeats *repeats;
	struct aw_learner *learner;
	struct aw_tally *tally;
	struct aw_clock clock;
	struct aw_buffer line;
	struct aw_event_agent agent;
	pid_t launcher;
	AW_VEC(struct held) waiting; /* the first n_ripe have waited long enough */
	size_t n_ripe;
	struct aw_pipeline_stats stats;
};

/* Whether it is a policy that the agent did not begin with. */
static bool is_other(const struct aw_pipeline *pipeline, uint64_t policy_id)
{
	return policy_id && policy_id != pipeline->options.policy_id && pipeline->options.policies;
}

static const struct aw_event_context *context_of(void *userdata, uint32_t agent,
						 uint32_t generation, uint64_t policy_id)
{
	const struct aw_pipeline *pipeline = userdata;
	const struct aw_event_context *context = pipeline->options.context;

	if (is_other(pipeline, policy_id))
		(void)aw_run_policy(pipeline->options.policies, policy_id, &context);
	return context;
}

static const struct aw_policy *policy_of(void *userdata, uint64_t policy_id)
{
	const struct aw_pipeline *pipeline = userdata;
	const struct aw_event_context *context;

	if (is_other(pipeline, policy_id))
		return aw_run_policy(pipeline->options.policies, policy_id, &context);
	return policy_id == pipeline->options.policy_id ? pipeline->options.policy : NULL;
}

static int make_parts(struct aw_pipeline *pipeline)
{
	const struct aw_pipeline_options *options = &pipeline->options;
	struct aw_enrich_options enrich = {
		.context = context_of,
		.policy = policy_of,
		.userdata = pipeline,
		.procfs = options->procfs,
	};
	int r = aw_clock_sample(&pipeline->clock);

	if (r == 0)
		r = aw_tally_new(&pipeline->tally);
	if (r == 0 && options->sink)
		r = aw_repeats_new(&pipeline->repeats);
	if (r == 0 && options->run)
		r = aw_learner_new(&pipeline->learner, options->run);
	/* Last: it takes the descriptor over. */
	return r < 0 ? r : aw_enrich_new(&pipeline->enrich, &enrich);
}

int aw_pipeline_new(struct aw_pipeline **ret, const struct aw_pipeline_options *options)
{
	_cleanup_(aw_pipeline_freep) struct aw_pipeline *pipeline = calloc(1, sizeof(*pipeline));
	int r;

	if (!pipeline)
		return -ENOMEM;
	pipeline->options = *options;
	pipeline->agent.context = options->context;
	r = make_parts(pipeline);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(pipeline);
	return 0;
}

struct aw_pipeline *aw_pipeline_free(struct aw_pipeline *pipeline)
{
	if (!pipeline)
		return NULL;
	aw_vec_for_each (held, &pipeline->waiting)
		free(held->data);
	aw_vec_done(&pipeline->waiting);
	aw_enrich_free(pipeline->enrich);
	aw_repeats_free(pipeline->repeats);
	aw_learner_free(pipeline->learner);
	aw_tally_free(pipeline->tally);
	aw_buffer_done(&pipeline->line);
	free(pipeline);
	return NULL;
}

void aw_pipeline_set_agent(struct aw_pipeline *pipeline, uint32_t slot, uint32_t generation)
{
	pipeline->agent.agent = slot;
	pipeline->agent.agent_generation = generation;
}

void aw_pipeline_set_launcher(struct aw_pipeline *pipeline, pid_t pid)
{
	pipeline->launcher = pid;
}

static void write_event(struct aw_pipeline *pipeline, const struct aw_event *event)
{
	bool is_denial = event->type == AW_REC_OP && event->op.effect != AW_EFFECT_ALLOWED;
	int r;

	if (!pipeline->options.sink && !(pipeline->options.denials && is_denial))
		return;
	aw_buffer_clear(&pipeline->line);
	if (aw_event_to_json(event, &pipeline->options.origin, &pipeline->line) < 0) {
		pipeline->stats.unwritten++;
		return;
	}
	if (pipeline->options.sink)
		aw_sink_write(pipeline->options.sink, event, pipeline->line.data,
			      pipeline->line.length);
	if (!pipeline->options.denials || !is_denial)
		return;
	r = aw_denials_add(pipeline->options.denials, pipeline->line.data, pipeline->line.length);
	pipeline->stats.denials_error = pipeline->stats.denials_error ?: r;
}

/* Whether what the process ran is not known, and a record on its way would tell. */
static bool is_early(const struct aw_event *event)
{
	return event->type == AW_REC_OP && event->proc.subject != 0 && !event->argv.data;
}

/* The launcher is a fork of this program: what it ran before its exec is no part of the agent. */
static void forget_launcher(const struct aw_pipeline *pipeline, struct aw_event *event)
{
	if (event->type != AW_REC_OP || event->proc.subject != 0 || pipeline->launcher == 0 ||
	    event->proc.pid != (uint32_t)pipeline->launcher)
		return;
	event->exe = event->script = event->argv = (struct aw_bytes){};
	event->exe_anchor = event->script_anchor = AW_ANCHOR_NONE;
}

static void deliver(struct aw_pipeline *pipeline, const struct aw_event *event)
{
	int r;

	write_event(pipeline, event);
	if (event->type != AW_REC_OP)
		return;
	pipeline->stats.distinct++;
	if (pipeline->repeats)
		aw_repeats_note(pipeline->repeats, event, &pipeline->options.origin);
	if (pipeline->tally)
		aw_tally_event(pipeline->tally, event, pipeline->options.origin.boot_id);
	if (!pipeline->learner)
		return;
	r = aw_learner_event(pipeline->learner, event);
	if (r != -ENOBUFS)
		pipeline->stats.baseline_error = r;
}

static bool hold(struct aw_pipeline *pipeline, enum aw_ring ring, const void *data, size_t size)
{
	struct held held = {.ring = ring, .size = size};

	if (pipeline->waiting.n >= AW_PIPELINE_HELD_MAX)
		return false;
	held.data = malloc(size);
	if (!held.data)
		return false;
	memcpy(held.data, data, size);
	if (aw_vec_push(&pipeline->waiting, held) == 0)
		return true;
	free(held.data);
	return false;
}

static void take(struct aw_pipeline *pipeline, const struct held *record, bool may_wait)
{
	struct aw_event event;
	int r = aw_event_decode(record->data, record->size, record->ring, &event);

	if (r < 0) {
		pipeline->stats.undecodable++;
		return;
	}
	aw_enrich_event(pipeline->enrich, &event);
	if (may_wait && is_early(&event) &&
	    hold(pipeline, record->ring, record->data, record->size))
		return;
	forget_launcher(pipeline, &event);
	deliver(pipeline, &event);
}

int aw_pipeline_record(enum aw_ring ring, const void *data, size_t size, void *userdata)
{
	struct aw_pipeline *pipeline = userdata;
	/* Read only: held as a copy where it has to wait. */
	struct held record = {.ring = ring, .size = size, .data = (void *)data};

	pipeline->stats.received[ring]++;
	take(pipeline, &record, true);
	return 0;
}

void aw_pipeline_settle(struct aw_pipeline *pipeline)
{
	size_t n = pipeline->n_ripe;

	for (size_t i = 0; i < n; i++) {
		take(pipeline, &pipeline->waiting.items[i], false);
		free(pipeline->waiting.items[i].data);
	}
	pipeline->waiting.n -= n;
	if (n > 0)
		memmove(pipeline->waiting.items, pipeline->waiting.items + n,
			pipeline->waiting.n * sizeof(*pipeline->waiting.items));
	pipeline->n_ripe = pipeline->waiting.n;
}

void aw_pipeline_flush(struct aw_pipeline *pipeline)
{
	int r;

	if (pipeline->options.sink)
		aw_sink_flush(pipeline->options.sink);
	if (!pipeline->options.run)
		return;
	r = aw_baseline_run_tick(pipeline->options.run);
	if (r < 0)
		pipeline->stats.baseline_error = r;
}

void aw_pipeline_count(uint64_t key, const struct aw_count *count, void *userdata)
{
	struct aw_pipeline *pipeline = userdata;
	struct aw_count_key count_key = {.agent = pipeline->agent.agent,
					 .agent_generation = pipeline->agent.agent_generation,
					 .key = key};
	int r;

	if (pipeline->tally)
		aw_tally_count(pipeline->tally, key, count->count);
	if (pipeline->learner) {
		r = aw_learner_count(pipeline->learner, key, count, &pipeline->clock);
		if (r < 0)
			pipeline->stats.baseline_error = r;
	}
	if (!pipeline->repeats)
		return;
	aw_buffer_clear(&pipeline->line);
	pipeline->agent.wall_ns = aw_clock_wall_now();
	r = aw_repeats_to_json(pipeline->repeats, &count_key, count, &pipeline->clock,
			       &pipeline->agent, &pipeline->options.origin, &pipeline->line);
	if (r < 0)
		pipeline->stats.unwritten++;
	else if (pipeline->line.length > 0)
		aw_sink_write(pipeline->options.sink, NULL, pipeline->line.data,
			      pipeline->line.length);
}

void aw_pipeline_line(struct aw_pipeline *pipeline, const char *line, size_t length)
{
	if (pipeline->options.sink)
		aw_sink_write(pipeline->options.sink, NULL, line, length);
}

void aw_pipeline_stats(const struct aw_pipeline *pipeline, struct aw_pipeline_stats *ret)
{
	struct aw_processes_stats processes;

	*ret = pipeline->stats;
	aw_enrich_stats(pipeline->enrich, &processes);
	ret->forgotten = processes.evicted_live;
	if (pipeline->options.sink)
		ret->unwritten += aw_sink_stats(pipeline->options.sink)->lost;
}

struct aw_tally *aw_pipeline_take_tally(struct aw_pipeline *pipeline)
{
	return TAKE_PTR(pipeline->tally);
}
