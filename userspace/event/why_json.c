/* SPDX-License-Identifier: Apache-2.0 */
/* The explanation for programs: the event as it was recorded, and beside it what was found out. */
#include <errno.h>

#include "base/json.h"
#include "event/text.h"
#include "event/why.h"
#include "event/why_event.h"
#include "event/why_lines.h"

static const char *const fix_names[] = {
	[AW_FIX_NONE] = "none",
	[AW_FIX_ALLOW] = "allow",
	[AW_FIX_LIFT] = "lift",
};

const char *aw_why_warning(const struct aw_why_event *event, const struct aw_why_options *options)
{
	struct aw_bytes name = {event->name.data ?: "", event->name.length};

	if (!options || !options->sensitive || event->object == AW_OBJECT_HOST)
		return NULL;
	if (event->object == AW_OBJECT_ADDRESS)
		name.data = NULL;
	return options->sensitive(options->userdata, event->op, event->anchor, name,
				  event->address);
}

/* A jansson value, written as it was read. */
static int append_value(struct aw_json *json, const char *key, const json_t *value)
{
	_cleanup_free_ char *text =
		json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

	if (!text)
		return -ENOMEM;
	aw_json_key(json, key);
	aw_json_separate(json);
	return aw_buffer_append_string(json->out, text);
}

static void rule_fields(struct aw_json *json, const struct aw_why_event *event,
			const struct aw_policy *policy)
{
	const struct aw_rule *rule = aw_why_rule(event, policy);
	const char *id = event->rule_id ?: rule ? rule->id : NULL;

	if (!id) {
		aw_json_field_null(json, "rule");
		return;
	}
	aw_json_field_object(json, "rule");
	aw_json_field_string(json, "id", id);
	aw_json_field_string(json, "reason", event->rule_reason ?: rule ? rule->reason : NULL);
	aw_json_field_string(json, "file", rule ? rule->source.file : NULL);
	if (rule)
		aw_json_field_i64(json, "line", rule->source.line);
	aw_json_end_object(json);
}

/* The budget that is spent, as the event has it. */
static int budget_field(struct aw_json *json, const struct aw_why_event *event)
{
	if (event->budget)
		return append_value(json, "budget", event->budget);
	aw_json_field_null(json, "budget");
	return 0;
}

static void fix_fields(struct aw_json *json, const struct aw_fix *fix, const char *warning)
{
	aw_json_field_object(json, "fix");
	aw_json_field_string(json, "kind", fix_names[fix->kind]);
	aw_json_field_string(json, "yaml", fix->yaml);
	aw_json_field_string(json, "note", fix->note);
	aw_json_field_string(json, "warning", warning);
	aw_json_end_object(json);
}

int aw_why_format_json(const json_t *line, const struct aw_why_options *options,
		       struct aw_buffer *ret)
{
	_cleanup_why_event_ struct aw_why_event event = {};
	const struct aw_policy *policy = NULL;
	_cleanup_free_ char *yaml = NULL;
	struct aw_fix fix = {};
	struct aw_json json;
	int r = aw_why_event_read(line, &event);

	if (r < 0)
		return r;
	if (options && options->policy && event.policy_hash)
		policy = options->policy(options->userdata, event.policy_hash);
	r = aw_why_fix(line, options, &fix);
	if (r < 0)
		return r;
	yaml = fix.yaml;
	aw_json_init(&json, ret);
	aw_json_begin_object(&json);
	r = append_value(&json, "event", line);
	if (r < 0)
		return r;
	rule_fields(&json, &event, policy);
	r = budget_field(&json, &event);
	if (r < 0)
		return r;
	aw_json_field_string(&json, "because", aw_reason_text(event.reason));
	fix_fields(&json, &fix, fix.kind == AW_FIX_NONE ? NULL : aw_why_warning(&event, options));
	aw_json_end_object(&json);
	aw_buffer_append_char(ret, '\n');
	return aw_json_finish(&json);
}

int aw_why_self_json(FILE *events, const char *run_id, size_t n, struct aw_buffer *ret)
{
	_cleanup_json_ json_t *denials = NULL;
	_cleanup_free_ char *text = NULL;
	int r = aw_why_last_denials(events, run_id, n, &denials);

	if (r < 0)
		return r;
	text = json_dumps(denials, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (!text)
		return -ENOMEM;
	aw_buffer_append_string(ret, text);
	return aw_buffer_append_char(ret, '\n');
}
