/* SPDX-License-Identifier: Apache-2.0 */
/* Losses are told of when they happen, not only at the end of the run. */
#include "daemon/run_state.h"

#define CHECK_NS AW_NS_PER_SECOND

static void tell(struct aw_run *run, enum aw_loss_cause cause, enum aw_ring ring, uint64_t total)
{
	_cleanup_buffer_ struct aw_buffer line = {};
	struct aw_event_origin origin = aw_run_origin(run);
	uint64_t *told = &run->told[cause][ring];
	struct aw_run_report report;
	struct aw_loss loss = {.cause = cause, .ring = ring, .total = total, .lost = total - *told};

	if (total <= *told)
		return;
	*told = total;
	aw_run_fill_report(run, &report);
	loss.agent = report.agent;
	if (aw_loss_to_json(&loss, &origin, &line) == 0)
		aw_pipeline_line(run->pipeline, line.data, line.length);
}

void aw_run_tell_losses(struct aw_run *run, const struct aw_counters *counters)
{
	struct aw_pipeline_stats stats;

	aw_pipeline_stats(run->pipeline, &stats);
	for (enum aw_ring ring = 0; ring < AW_RINGS; ring++)
		tell(run, AW_LOSS_RING, ring, counters->lost[ring]);
	tell(run, AW_LOSS_DECODE, 0, stats.undecodable);
	tell(run, AW_LOSS_SINK, 0, stats.unwritten);
}

void aw_run_check_losses(struct aw_run *run)
{
	uint64_t now = aw_clock_boot_now();
	struct aw_counters counters;

	if (now < run->losses_checked_ns + CHECK_NS)
		return;
	run->losses_checked_ns = now;
	if (aw_agent_counters(run->host, run->agent, &counters) == 0)
		aw_run_tell_losses(run, &counters);
}
