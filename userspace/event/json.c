/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of kernel records. Lines about runs and losses are in json_run.c. */
#include "event/json.h"

#include "event/json_parts.h"
#include "event/text.h"

static void child_field(struct aw_json *json, const struct aw_event *event)
{
	aw_json_field_object(json, "child");
	aw_json_field_u64(json, "pid", event->fork.pid);
	aw_json_field_id(json, "start_ns", event->fork.start_ns);
	aw_json_end_object(json);
}

static void cgroup_field(struct aw_json *json, const struct aw_event *event)
{
	aw_json_field_object(json, "cgroup");
	aw_json_field_id(json, "id", event->cgroup.cgroup_id);
	aw_json_field_u64(json, "level", event->cgroup.level);
	aw_json_field_string(json, "change", event->cgroup.removed ? "removed" : "made");
	aw_json_end_object(json);
}

int aw_event_to_json(const struct aw_event *event, const struct aw_event_origin *origin,
		     struct aw_buffer *ret)
{
	size_t before = ret->length;
	char id[AW_EVENT_ID_SIZE];
	struct aw_json json;

	aw_line_begin(&json, ret, aw_rec_type_name(event->type), event->wall_ns, origin);
	aw_event_id(event, origin->boot_id, id);
	aw_json_field_string(&json, "id", id);
	aw_line_agent(&json, event->agent, event->agent_generation, event->context);
	if (event->type != AW_REC_CGROUP)
		aw_line_process(&json, event);
	if (event->type == AW_REC_OP) {
		aw_line_operation(&json, event);
		aw_json_field_u64(&json, "count", 1);
	} else if (event->type == AW_REC_FORK) {
		child_field(&json, event);
	} else if (event->type == AW_REC_EXIT) {
		aw_line_status(&json, "status", event->exit.status);
	} else if (event->type == AW_REC_CGROUP) {
		cgroup_field(&json, event);
	}
	aw_json_field_string(&json, "ring", aw_ring_name(event->ring));
	aw_json_field_u64(&json, "cpu", event->cpu);
	aw_json_field_id(&json, "seq", event->seq);
	return aw_line_end(&json, before);
}
