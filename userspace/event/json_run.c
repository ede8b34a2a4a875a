/* SPDX-License-Identifier: Apache-2.0 */
/* Lines about a run as a whole: its start, its end with all counters, and losses on the way. */
#include <assert.h>
#include <string.h>

#include "event/json_parts.h"
#include "event/text.h"
#include "policy/policy.h"

static const char *const cause_names[] = {
	[AW_LOSS_RING] = "ring_full",
	[AW_LOSS_DECODE] = "undecodable",
	[AW_LOSS_SINK] = "sink",
};
static_assert(sizeof(cause_names) / sizeof(*cause_names) == AW_LOSS_CAUSES, "every cause");

const char *aw_loss_cause_name(enum aw_loss_cause cause)
{
	return (unsigned int)cause < AW_LOSS_CAUSES ? cause_names[cause] : "unknown";
}

static void command_field(struct aw_json *json, const char *const *command)
{
	size_t n = 0;
	_cleanup_free_ struct aw_bytes *strings = NULL;

	while (command && command[n])
		n++;
	strings = calloc(n ?: 1, sizeof(*strings));
	if (!command || !strings) {
		aw_json_field_null(json, "command");
		return;
	}
	for (size_t i = 0; i < n; i++)
		strings[i] = (struct aw_bytes){command[i], strlen(command[i])};
	aw_line_strings(json, "command", strings, n);
}

static void begin_run(struct aw_json *json, const struct aw_run_report *run, const char *phase,
		      const struct aw_event_origin *origin, struct aw_buffer *out)
{
	const struct aw_event_agent *agent = &run->agent;

	aw_line_begin(json, out, "run", agent->wall_ns, origin);
	aw_json_field_string(json, "phase", phase);
	aw_json_field_string(json, "boot_id", origin->boot_id);
	aw_json_field_string(json, "agentwatch", run->agentwatch);
	aw_line_agent(json, agent->agent, agent->agent_generation, agent->context);
	command_field(json, run->command);
	aw_json_field_object(json, "modes");
	for (enum aw_op_class c = 0; c < AW_OP_CLASSES; c++)
		aw_json_field_string(json, aw_op_class_name(c), aw_mode_name(run->modes[c]));
	aw_json_end_object(json);
	aw_line_policy(json, run->policy_id, agent->context);
}

static int short_line(const struct aw_run_report *run, const char *phase,
		      const struct aw_event_origin *origin, struct aw_buffer *ret)
{
	size_t before = ret->length;
	struct aw_json json;

	begin_run(&json, run, phase, origin, ret);
	return aw_line_end(&json, before);
}

int aw_run_start_to_json(const struct aw_run_report *run, const struct aw_event_origin *origin,
			 struct aw_buffer *ret)
{
	return short_line(run, "start", origin, ret);
}

int aw_run_change_to_json(const struct aw_run_report *run, const struct aw_event_origin *origin,
			  struct aw_buffer *ret)
{
	return short_line(run, "change", origin, ret);
}

/* Records that left the kernel and did not arrive. */
static uint64_t missing(const struct aw_run_report *run, enum aw_ring ring)
{
	uint64_t emitted = run->counters ? run->counters->emitted[ring] : 0;
	uint64_t received = run->losses.received[ring];

	return run->losses.has_received && emitted > received ? emitted - received : 0;
}

bool aw_run_is_complete(const struct aw_run_report *run)
{
	if (!run->counters || run->why_partial || run->losses.undecodable || run->losses.unwritten)
		return false;
	for (enum aw_ring ring = 0; ring < AW_RINGS; ring++)
		if (run->counters->lost[ring] || missing(run, ring))
			return false;
	return true;
}

static void ring_fields(struct aw_json *json, const struct aw_run_report *run, enum aw_ring ring)
{
	const struct aw_counters *counters = run->counters;

	aw_json_field_object(json, aw_ring_name(ring));
	aw_json_field_u64(json, "performed",
			  counters->emitted[ring] + counters->aggregated[ring] +
				  counters->lost[ring]);
	aw_json_field_u64(json, "emitted", counters->emitted[ring]);
	aw_json_field_u64(json, "aggregated", counters->aggregated[ring]);
	aw_json_field_u64(json, "lost", counters->lost[ring]);
	aw_json_field_u64(json, "missing", missing(run, ring));
	aw_json_end_object(json);
}

static void counter_fields(struct aw_json *json, const struct aw_run_report *run)
{
	const struct aw_counters *counters = run->counters;

	aw_json_field_object(json, "operations");
	for (enum aw_effect effect = 0; effect < AW_EFFECTS; effect++)
		aw_json_field_u64(json, aw_effect_name(effect), counters->operations[effect]);
	aw_json_end_object(json);
	for (enum aw_ring ring = 0; ring < AW_RINGS; ring++)
		ring_fields(json, run, ring);
	aw_json_field_object(json, "known");
	aw_json_field_u64(json, "file", counters->known[AW_KNOWN_FILE]);
	aw_json_field_u64(json, "folder", counters->known[AW_KNOWN_FOLDER]);
	aw_json_field_u64(json, "differences", counters->differences);
	aw_json_end_object(json);
	aw_json_field_u64(json, "unrecorded", counters->unrecorded);
	aw_json_field_object(json, "reasons");
	for (enum aw_reason reason = AW_REASON_POLICY + 1; reason < AW_REASONS; reason++)
		if (counters->reasons[reason])
			aw_json_field_u64(json, aw_reason_name(reason), counters->reasons[reason]);
	aw_json_end_object(json);
}

int aw_run_end_to_json(const struct aw_run_report *run, const struct aw_event_origin *origin,
		       struct aw_buffer *ret)
{
	size_t before = ret->length;
	struct aw_json json;

	begin_run(&json, run, "end", origin, ret);
	if (run->has_status)
		aw_line_status(&json, "status", run->wait_status);
	else
		aw_json_field_null(&json, "status");
	aw_json_field_bool(&json, "complete", aw_run_is_complete(run));
	aw_json_field_string(&json, "why_partial", run->why_partial);
	aw_json_field_object(&json, "counters");
	if (run->counters)
		counter_fields(&json, run);
	aw_json_field_u64(&json, "undecodable", run->losses.undecodable);
	aw_json_field_u64(&json, "unwritten", run->losses.unwritten);
	aw_json_field_u64(&json, "forgotten_processes", run->losses.forgotten);
	aw_json_end_object(&json);
	return aw_line_end(&json, before);
}

int aw_loss_to_json(const struct aw_loss *loss, const struct aw_event_origin *origin,
		    struct aw_buffer *ret)
{
	const struct aw_event_agent *agent = &loss->agent;
	size_t before = ret->length;
	struct aw_json json;

	aw_line_begin(&json, ret, "loss", agent->wall_ns, origin);
	aw_line_agent(&json, agent->agent, agent->agent_generation, agent->context);
	aw_json_field_string(&json, "cause", aw_loss_cause_name(loss->cause));
	aw_json_field_string(&json, "ring",
			     loss->cause == AW_LOSS_RING ? aw_ring_name(loss->ring) : NULL);
	aw_json_field_u64(&json, "lost", loss->lost);
	aw_json_field_u64(&json, "total", loss->total);
	return aw_line_end(&json, before);
}
