/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order matters: evict first, so that everything borrowed lasts until the next event; then
 * learn from the record; then fill from the table.
 */
#include "event/enrich.h"

#include <errno.h>

#include "base/buffer.h"
#include "event/rule.h"
#include "event/text.h"

#define CLOCK_RESAMPLE_NS (60 * AW_NS_PER_SECOND)

struct aw_enrich {
	struct aw_enrich_options options;
	struct aw_processes *processes;
	struct aw_clock clock;
	uint64_t sampled_ns; /* boot time of the event at which the clock was last sampled */
};

int aw_enrich_new(struct aw_enrich **ret, const struct aw_enrich_options *options)
{
	_cleanup_(aw_enrich_freep) struct aw_enrich *enrich = calloc(1, sizeof(*enrich));
	struct aw_processes_limits limits = options->limits;
	int r;

	if (!enrich)
		return -ENOMEM;
	enrich->options = *options;
	limits.processes = limits.processes ?: AW_PROCESSES_MAX;
	limits.bytes = limits.bytes ?: AW_PROCESSES_BYTES_MAX;
	if (options->clock)
		enrich->clock = *options->clock;
	else if ((r = aw_clock_sample(&enrich->clock)) < 0)
		return r;
	r = aw_processes_new(&enrich->processes, &limits, options->procfs);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(enrich);
	return 0;
}

struct aw_enrich *aw_enrich_free(struct aw_enrich *enrich)
{
	if (enrich)
		aw_processes_free(enrich->processes);
	free(enrich);
	return NULL;
}

void aw_enrich_stats(const struct aw_enrich *enrich, struct aw_processes_stats *ret)
{
	aw_processes_stats(enrich->processes, ret);
}

/* The wall clock can be set while we run; records come in the order of time, nearly. */
static void fill_time(struct aw_enrich *enrich, struct aw_event *event)
{
	if (!enrich->options.clock && event->time_ns > enrich->sampled_ns + CLOCK_RESAMPLE_NS) {
		aw_clock_sample(&enrich->clock);
		enrich->sampled_ns = event->time_ns;
	}
	event->wall_ns = aw_clock_wall(&enrich->clock, event->time_ns);
}

static void fill_context(const struct aw_enrich *enrich, struct aw_event *event)
{
	uint64_t policy_id = event->type == AW_REC_OP ? event->op.policy_id : 0;

	if (enrich->options.context)
		event->context = enrich->options.context(enrich->options.userdata, event->agent,
							 event->agent_generation, policy_id);
}

/* The program that an exec record tells of. */
static int learn_exec(struct aw_enrich *enrich, const struct aw_event *event,
		      struct aw_process *process)
{
	_cleanup_buffer_ struct aw_buffer path = {};
	struct aw_program program = {
		.subject = event->exec.subject,
		.exe = event->exe,
		.script = event->script,
		.cwd = event->cwd,
		.argv = event->argv,
		.argv_total = event->argv_total,
		.exe_anchor = event->exe_anchor,
		.script_anchor = event->script_anchor,
		.cwd_anchor = event->cwd_anchor,
	};
	int r = aw_event_append_path(&path, event->context, event->exe_anchor, event->exe);

	if (r < 0)
		return r;
	program.path = (struct aw_bytes){path.data, path.length};
	return aw_processes_exec(enrich->processes, process, &program);
}

/*
 * The two rings are not in step: an observation can overtake the exec record of its process. The
 * hash of the executable tells; then its name alone is filled, if any process ran it before.
 */
static void fill_program(const struct aw_enrich *enrich, struct aw_event *event,
			 const struct aw_process *process)
{
	const struct aw_program *program = process->program;
	uint64_t subject = event->proc.subject;

	if (event->type == AW_REC_EXEC)
		return;
	if (program && subject != 0 && program->subject != 0 && program->subject != subject)
		program = NULL;
	if (!program) {
		program = aw_processes_subject(enrich->processes, subject);
		if (!program)
			return;
		event->exe = program->exe;
		event->exe_anchor = program->exe_anchor;
		return;
	}
	event->exe = program->exe;
	event->exe_anchor = program->exe_anchor;
	event->script = program->script;
	event->script_anchor = program->script_anchor;
	event->cwd = program->cwd;
	event->cwd_anchor = program->cwd_anchor;
	event->argv = program->argv;
	event->argv_total = program->argv_total;
}

static void fill_ancestry(const struct aw_enrich *enrich, struct aw_event *event,
			  const struct aw_process *process)
{
	while (event->n_ancestry < AW_ANCESTRY_MAX) {
		struct aw_event_process *ancestor = &event->ancestry[event->n_ancestry];

		process = aw_processes_parent(enrich->processes, process);
		if (!process)
			return;
		*ancestor = (struct aw_event_process){
			.pid = process->key.pid,
			.start_ns = process->key.start_ns,
		};
		if (process->program)
			ancestor->exe = process->program->path;
		event->n_ancestry++;
	}
}

/* Which budget refused it, and until when. */
static void fill_budget(const struct aw_enrich *enrich, const struct aw_policy *policy,
			struct aw_event *event)
{
	const struct aw_rule *rule;

	event->budget = aw_policy_find_limit(policy, event->op.limit, &rule);
	if (!event->budget)
		return;
	event->rule_id = rule->id;
	event->rule_reason = rule->reason;
	if (event->op.limit_at_ns)
		event->again_wall_ns = aw_clock_wall(&enrich->clock, event->op.limit_at_ns);
}

static void fill_rule(const struct aw_enrich *enrich, struct aw_event *event)
{
	const struct aw_policy *policy;
	struct aw_explanation explanation;

	if (event->type != AW_REC_OP || !enrich->options.policy || event->op.policy_id == 0)
		return;
	if (event->op.effect == AW_EFFECT_ALLOWED && event->op.verdict <= AW_VERDICT_ALLOW &&
	    !enrich->options.explain_allowed)
		return;
	policy = enrich->options.policy(enrich->options.userdata, event->op.policy_id);
	if (policy && aw_reason_is_limit(event->op.reason))
		fill_budget(enrich, policy, event);
	if (!policy || aw_event_explain(policy, event, &explanation) < 0 || !explanation.decides)
		return;
	/* A policy other than the one in the kernel would name the wrong rule: better none. */
	if (explanation.verdict != event->op.verdict)
		return;
	event->rule_id = explanation.decides->id;
	event->rule_reason = explanation.decides->reason;
}

int aw_enrich_event(struct aw_enrich *enrich, struct aw_event *event)
{
	struct aw_process *process;
	int r;

	aw_processes_trim(enrich->processes);
	fill_time(enrich, event);
	fill_context(enrich, event);
	fill_rule(enrich, event);
	if (event->type == AW_REC_CGROUP)
		return 0;
	r = aw_processes_get(enrich->processes, &event->proc, &process);
	if (r < 0)
		return r;
	if (event->type != AW_REC_EXEC && !process->program)
		aw_processes_probe(enrich->processes, process);
	fill_ancestry(enrich, event, process);
	if (event->type == AW_REC_EXEC)
		r = learn_exec(enrich, event, process);
	else if (event->type == AW_REC_FORK)
		r = aw_processes_fork(enrich->processes, process, event->fork.pid,
				      event->fork.start_ns);
	else if (event->type == AW_REC_EXIT)
		aw_processes_exit(enrich->processes, process);
	fill_program(enrich, event, process);
	return r;
}
