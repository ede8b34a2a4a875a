/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a run: what is left is ended, the rings are read to the last record, counts are
 * joined, the run is written down as complete or not, and everything is taken away.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "agent/cgroup.h"
#include "agent/registry.h"
#include "baseline/read.h"
#include "daemon/run_state.h"

#define DRAIN_NS (5 * AW_NS_PER_SECOND) /* of a foreign cgroup that goes on and on */

static void say_partial(struct aw_run *run, const char *why)
{
	char *place = run->result->why_partial;

	if (!*place)
		snprintf(place, sizeof(run->result->why_partial), "%s", why);
}

static void end_command(struct aw_run *run)
{
	if (run->command.pid > 0 && run->command.go_fd < 0 &&
	    waitpid(run->command.pid, &run->result->wait_status, 0) == run->command.pid)
		run->result->has_status = true;
	if (run->owns_cgroup && aw_cgroup_kill(run->cgroup, AW_RUN_KILL_MS) < 0)
		say_partial(run, "some of its processes could not be ended");
	if (run->was_populated)
		say_partial(run, "processes were running in the cgroup before");
	if (run->config->cgroup && aw_cgroup_is_populated(run->cgroup) > 0)
		say_partial(run, "processes were still running in the cgroup at the end");
	if (run->result->was_killed_by_ttl)
		say_partial(run, "--ttl ended it");
}

static void drain(struct aw_run *run)
{
	uint64_t end = aw_clock_boot_now() + DRAIN_NS;

	while (aw_consumer_poll(run->consumer, 0) > 0 && aw_clock_boot_now() < end)
		aw_pipeline_settle(run->pipeline);
	/* Twice: what waits is taken up by the second one. */
	aw_pipeline_settle(run->pipeline);
	aw_pipeline_settle(run->pipeline);
}

static uint64_t lost(const struct aw_run_result *result, enum aw_ring ring)
{
	const struct aw_counters *counters = &result->counters;
	uint64_t received = result->stats.received[ring];
	uint64_t missing =
		counters->emitted[ring] > received ? counters->emitted[ring] - received : 0;

	return counters->lost[ring] + missing;
}

/* Lines that wait for a disk that may never have room again. */
static uint64_t unwritten_lines(const struct aw_run *run)
{
	uint64_t lines = run->result->stats.unwritten;

	return run->sink ? lines + aw_sink_stats(run->sink)->pending : lines;
}

static void finish_report(struct aw_run *run, bool has_counters)
{
	struct aw_run_result *result = run->result;
	_cleanup_buffer_ struct aw_buffer line = {};
	struct aw_event_origin origin = aw_run_origin(run);
	struct aw_run_report report;

	aw_run_fill_report(run, &report);
	report.wait_status = result->wait_status;
	report.has_status = result->has_status;
	report.counters = has_counters ? &result->counters : NULL;
	report.why_partial = *result->why_partial ? result->why_partial : NULL;
	report.losses.has_received = true;
	memcpy(report.losses.received, result->stats.received, sizeof(report.losses.received));
	report.losses.undecodable = result->stats.undecodable;
	report.losses.unwritten = result->unwritten;
	report.losses.forgotten = result->stats.forgotten;
	result->is_complete = aw_run_is_complete(&report);
	if (aw_run_end_to_json(&report, &origin, &line) == 0)
		aw_pipeline_line(run->pipeline, line.data, line.length);
	aw_pipeline_flush(run->pipeline);
	aw_run_report_outages(run);
}

static int exit_status(const struct aw_run_result *result)
{
	if (!result->has_status)
		return 0;
	return WIFSIGNALED(result->wait_status) ? 128 + WTERMSIG(result->wait_status)
						: WEXITSTATUS(result->wait_status);
}

static void end_baseline(struct aw_run *run)
{
	struct aw_run_result *result = run->result;
	struct aw_baseline_outcome outcome = {
		.exit_status = exit_status(result),
		.lost_decisions = lost(result, AW_RING_DECISIONS),
		.lost_observations = lost(result, AW_RING_OBSERVATIONS),
		.why_partial = *result->why_partial ? result->why_partial : NULL,
	};
	struct aw_run_list list;
	int r;

	if (!run->baseline_run)
		return;
	if (!outcome.why_partial && result->stats.undecodable > 0)
		outcome.why_partial = "records could not be decoded";
	r = aw_baseline_run_end(TAKE_PTR(run->baseline_run), &outcome);
	if (r < 0) {
		aw_log_error(run->config->log, "the run cannot be stored in %s: %s",
			     aw_baseline_path(run->store), aw_baseline_error(run->store));
		say_partial(run, "the baseline could not be written");
		result->is_complete = false;
		return;
	}
	if (aw_baseline_runs_read(run->store, run->config->baseline, &list) < 0)
		return;
	for (size_t i = 0; i < list.n_items; i++)
		if (strcmp(list.items[i].uuid, result->run_id) == 0)
			result->run_number = i + 1;
	aw_run_list_clear(&list);
}

void aw_run_end(struct aw_run *run)
{
	struct aw_run_result *result = run->result;
	int r;

	end_command(run);
	drain(run);
	aw_run_check_change(run);
	r = aw_agent_counters(run->host, run->agent, &result->counters);
	if (r < 0)
		say_partial(run, "the kernel's counters could not be read");
	if (aw_agent_counts(run->host, run->agent, aw_pipeline_count, run->pipeline) < 0)
		say_partial(run, "the kernel's counts could not be read");
	aw_pipeline_flush(run->pipeline);
	aw_run_tell_losses(run, &result->counters);
	aw_pipeline_stats(run->pipeline, &result->stats);
	result->unwritten = unwritten_lines(run);
	finish_report(run, r == 0);
	end_baseline(run);
	result->tally = aw_pipeline_take_tally(run->pipeline);
}

/* An agent with tasks left stays, and so does what people know of it. */
static void remove_agent(struct aw_run *run)
{
	if (run->agent.slot == 0)
		return;
	run->result->stays = aw_agent_remove(run->host, run->agent) == -EBUSY;
	if (!run->result->stays)
		aw_registry_remove(AW_REGISTRY_DIR, run->agent.slot);
}

void aw_run_undo(struct aw_run *run)
{
	int r;

	aw_command_done(&run->command);
	if (run->owns_cgroup)
		aw_cgroup_kill(run->cgroup, AW_RUN_KILL_MS);
	remove_agent(run);
	if (run->owns_cgroup && (r = aw_cgroup_unmake(run->cgroup)) < 0)
		aw_log_warning(run->config->log, "cannot remove the cgroup %s: %s", run->cgroup,
			       strerror(-r));
	aw_pipeline_free(run->pipeline);
	aw_run_policies_free(run->policies);
	free(run->policy_name_now);
	free(run->policy_hash_now);
	aw_baseline_run_abandon(run->baseline_run);
	aw_baseline_close(run->store);
	aw_denials_free(run->denials);
	free(run->denials_path);
	aw_sink_close(run->sink);
	aw_consumer_close(run->consumer);
	aw_host_close(run->host);
	aw_run_hosts_clear(&run->hosts);
	free(run->cgroup);
}
