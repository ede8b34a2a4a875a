/* SPDX-License-Identifier: Apache-2.0 */
/* What another command changed of this run's agent: seen in the kernel, told in a line. */
#include <string.h>

#include "daemon/run_state.h"

static void take_policy(struct aw_run *run, uint64_t id)
{
	const struct aw_event_context *context = &run->context;

	if (id != run->policy_id)
		(void)aw_run_policy(run->policies, id, &context);
	free(run->policy_name_now);
	free(run->policy_hash_now);
	run->policy_name_now = context->policy_name ? strdup(context->policy_name) : NULL;
	run->policy_hash_now = context->policy_hash ? strdup(context->policy_hash) : NULL;
	run->context_now.policy_name = run->policy_name_now;
	run->context_now.policy_hash = run->policy_hash_now;
	run->policy_id_now = id;
}

void aw_run_check_change(struct aw_run *run)
{
	_cleanup_buffer_ struct aw_buffer line = {};
	struct aw_event_origin origin = aw_run_origin(run);
	struct aw_agent_state_now now;
	struct aw_run_report report;

	if (aw_agent_read(run->host, run->agent, &now) < 0)
		return;
	if (now.control_generation == run->control_generation)
		return;
	/* Several at once are one line. */
	run->result->changes += now.control_generation - run->control_generation;
	run->control_generation = now.control_generation;
	memcpy(run->modes, now.modes, sizeof(run->modes));
	if (now.has_policy && now.policy_id != run->policy_id_now)
		take_policy(run, now.policy_id);
	aw_run_fill_report(run, &report);
	if (aw_run_change_to_json(&report, &origin, &line) == 0)
		aw_pipeline_line(run->pipeline, line.data, line.length);
}
