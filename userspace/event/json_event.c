/* SPDX-License-Identifier: Apache-2.0 */
/* The process of an event and what it did, as fields. */
#include <string.h>

#include "abi/decide.h"
#include "event/json_parts.h"
#include "event/text.h"
#include "policy/policy.h"

#define ARGV_STRINGS_MAX (AW_ARGV_MAX + 1)

/* A name with its anchor, as the path where it really is. */
static void path_field(struct aw_json *json, const char *key, const struct aw_event *event,
		       uint8_t anchor, struct aw_bytes name)
{
	_cleanup_buffer_ struct aw_buffer path = {};

	if (!name.data) {
		aw_json_field_null(json, key);
		return;
	}
	aw_event_append_path(&path, event->context, anchor, name);
	aw_json_field_bytes(json, key, path.data ?: "", path.length);
}

static void argv_fields(struct aw_json *json, const struct aw_event *event)
{
	struct aw_bytes strings[ARGV_STRINGS_MAX];
	const char *at = event->argv.data, *end;
	size_t n = 0;

	if (!at) {
		aw_json_field_null(json, "argv");
		return;
	}
	end = at + event->argv.length;
	while (at < end && n < ARGV_STRINGS_MAX) {
		const char *zero = memchr(at, '\0', (size_t)(end - at)) ?: end;

		strings[n++] = (struct aw_bytes){at, (size_t)(zero - at)};
		at = zero + 1;
	}
	aw_line_strings(json, "argv", strings, n);
	aw_json_field_bool(json, "argv_truncated", event->argv_total > event->argv.length);
}

/* Boot time of a process as wall-clock time, by the offset that the event itself has. */
static void start_fields(struct aw_json *json, const struct aw_event *event, uint64_t start_ns)
{
	struct aw_clock clock = {.offset_ns = (int64_t)(event->wall_ns - event->time_ns)};

	aw_line_time(json, "start", aw_clock_wall(&clock, start_ns));
	aw_json_field_id(json, "start_ns", start_ns);
}

static void ancestry_field(struct aw_json *json, const struct aw_event *event)
{
	aw_json_field_array(json, "ancestry");
	for (size_t i = 0; i < event->n_ancestry; i++) {
		const struct aw_event_process *ancestor = &event->ancestry[i];

		aw_json_begin_object(json);
		aw_json_field_u64(json, "pid", ancestor->pid);
		aw_json_field_id(json, "start_ns", ancestor->start_ns);
		aw_json_field_bytes(json, "exe", ancestor->exe.data, ancestor->exe.length);
		aw_json_end_object(json);
	}
	aw_json_end_array(json);
}

void aw_line_process(struct aw_json *json, const struct aw_event *event)
{
	const struct aw_rec_proc *proc = &event->proc;

	aw_json_field_object(json, "process");
	aw_json_field_u64(json, "pid", proc->pid);
	aw_json_field_u64(json, "tid", proc->tid);
	start_fields(json, event, proc->start_ns);
	aw_json_field_u64(json, "ppid", proc->ppid);
	aw_json_field_u64(json, "uid", proc->uid);
	aw_json_field_bytes(json, "comm", proc->comm, strnlen(proc->comm, sizeof(proc->comm)));
	path_field(json, "exe", event, event->exe_anchor, event->exe);
	path_field(json, "script", event, event->script_anchor, event->script);
	path_field(json, "cwd", event, event->cwd_anchor, event->cwd);
	argv_fields(json, event);
	ancestry_field(json, event);
	aw_json_end_object(json);
}

static void address_fields(struct aw_json *json, const struct aw_rec_op *op)
{
	char address[AW_ADDRESS_TEXT_SIZE];
	const char *protocol = aw_protocol_name(op->protocol);

	aw_json_field_string(json, "address", aw_address_text(op->address, address));
	aw_json_field_u64(json, "port", op->port);
	aw_json_key(json, "protocol");
	if (protocol)
		aw_json_string(json, protocol);
	else
		aw_json_format(json, "%u", op->protocol);
}

/* The name that an address is leased to. */
static void host_field(struct aw_json *json, struct aw_bytes host)
{
	if (host.length > 0)
		aw_json_field_bytes(json, "host", host.data, host.length);
	else
		aw_json_field_null(json, "host");
}

static bool has_file(enum aw_object object)
{
	return object != AW_OBJECT_ADDRESS && object != AW_OBJECT_HOST &&
	       object != AW_OBJECT_ABSTRACT && object != AW_OBJECT_GUARD;
}

static void file_fields(struct aw_json *json, const struct aw_rec_op *op)
{
	aw_json_field_string(json, "role", aw_role_name(op->role));
	aw_json_key(json, "device");
	aw_json_format(json, "%u:%u", op->dev >> 20, op->dev & 0xfffff);
	if (aw_reason_is_limit(op->reason))
		aw_json_field_null(json, "inode");
	else
		aw_json_field_id(json, "inode", op->ino);
}

/* The process that a guard act was done to. */
static void target_field(struct aw_json *json, const struct aw_rec_op *op)
{
	if (op->target)
		aw_json_field_u64(json, "target_pid", op->target);
	else
		aw_json_field_null(json, "target_pid");
}

static void anchored_fields(struct aw_json *json, const struct aw_event *event)
{
	const struct aw_event_context *context = event->context;
	uint8_t anchor = event->op.anchor;

	path_field(json, "path", event, anchor, event->object);
	aw_json_key(json, "anchor");
	if (context && anchor < context->n_anchors && context->anchors[anchor].name)
		aw_json_string(json, context->anchors[anchor].name);
	else
		aw_json_format(json, "ANCHOR_%u", anchor);
	aw_json_field_bytes(json, "below", event->object.data, event->object.length);
}

static void object_field(struct aw_json *json, const struct aw_event *event)
{
	const struct aw_rec_op *op = &event->op;

	aw_json_field_object(json, "object");
	aw_json_field_string(json, "type", aw_object_name(op->object));
	switch ((enum aw_object)op->object) {
	case AW_OBJECT_ADDRESS:
		host_field(json, event->object);
		address_fields(json, op);
		break;
	case AW_OBJECT_HOST: /* and the resolver that was asked */
		aw_json_field_bytes(json, "name", event->object.data, event->object.length);
		address_fields(json, op);
		break;
	case AW_OBJECT_ANCHORED:
		anchored_fields(json, event);
		break;
	case AW_OBJECT_PATH:
		aw_json_field_bytes(json, "path", event->object.data, event->object.length);
		break;
	case AW_OBJECT_UNNAMED:
		aw_json_field_null(json, "name");
		break;
	default:
		aw_json_field_bytes(json, "name", event->object.data, event->object.length);
		break;
	}
	if (op->object == AW_OBJECT_GUARD)
		target_field(json, op);
	else if (has_file(op->object))
		file_fields(json, op);
	aw_json_end_object(json);
}

/* What is true of a file that was executed or mapped; null where the policy does not depend on it.
 */
static void conditions_field(struct aw_json *json, const struct aw_rec_op *op)
{
	if (!(op->conditions & AW_CONDITIONS_KNOWN)) {
		aw_json_field_null(json, "conditions");
		return;
	}
	aw_json_field_array(json, "conditions");
	for (enum aw_condition i = 0; i < AW_CONDITIONS; i++)
		if (op->conditions >> i & 1)
			aw_json_string(json, aw_condition_name(i));
	aw_json_end_array(json);
}

static void rule_field(struct aw_json *json, const struct aw_event *event)
{
	if (!event->rule_id) {
		aw_json_field_null(json, "rule");
		return;
	}
	aw_json_field_object(json, "rule");
	aw_json_field_string(json, "id", event->rule_id);
	aw_json_field_string(json, "reason", event->rule_reason);
	aw_json_end_object(json);
}

/* Only where a budget is the reason. */
static void budget_field(struct aw_json *json, const struct aw_event *event)
{
	_cleanup_buffer_ struct aw_buffer limit = {};

	if (!event->budget)
		return;
	aw_limit_append(&limit, event->budget);
	aw_json_field_object(json, "budget");
	aw_json_field_string(json, "counts", aw_limit_unit_name(event->budget->unit));
	aw_json_field_bytes(json, "limit", limit.data, limit.length);
	aw_json_field_u64(json, "burst", event->budget->burst);
	if (event->again_wall_ns)
		aw_line_time(json, "again", event->again_wall_ns);
	else
		aw_json_field_null(json, "again");
	aw_json_end_object(json);
}

void aw_line_operation(struct aw_json *json, const struct aw_event *event)
{
	const struct aw_rec_op *op = &event->op;
	char error[AW_ERRNO_NAME_SIZE];

	aw_json_field_string(json, "operation", aw_op_name(op->op));
	aw_json_field_string(json, "class", aw_op_class_name(aw_class_of(op->op)));
	object_field(json, event);
	conditions_field(json, op);
	aw_json_field_string(json, "verdict", aw_verdict_name(op->verdict));
	aw_json_field_string(json, "effect", aw_effect_name(op->effect));
	aw_json_field_string(json, "mode", aw_mode_name(op->mode));
	aw_json_field_string(json, "reason", aw_reason_name(op->reason));
	rule_field(json, event);
	budget_field(json, event);
	aw_line_policy(json, op->policy_id, event->context);
	aw_json_field_string(json, "lost", op->lost ? aw_lost_name(op->lost) : NULL);
	aw_json_field_string(json, "error", op->error ? aw_errno_name(op->error, error) : NULL);
	aw_json_field_string(json, "hook", aw_hook_name(op->hook));
}
