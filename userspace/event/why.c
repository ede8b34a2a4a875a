/* SPDX-License-Identifier: Apache-2.0 */
/* The explanation in words. Everything that comes from the events file is made harmless. */
#include "event/why.h"

#include <errno.h>
#include <string.h>

#include "base/term.h"
#include "event/text.h"
#include "event/why_event.h"
#include "event/why_lines.h"

#define INDENT	   "         "
#define HASH_SHOWN 12

static void append(struct aw_buffer *out, const char *before, const char *text, const char *after)
{
	if (!text)
		return;
	aw_buffer_append_string(out, before);
	aw_term_append_text(out, text, strlen(text));
	aw_buffer_append_string(out, after);
}

/* "a.example (10.0.0.7) port 443"; of a question "a.example, asked of 10.0.0.2 port 53". */
static void append_peer(struct aw_buffer *out, const struct aw_why_event *event)
{
	const bool is_question = event->object == AW_OBJECT_HOST;
	const bool has_name = !is_question && event->host.length > 0;
	char address[AW_ADDRESS_TEXT_SIZE];

	aw_term_append_text(out, event->host.data, event->host.length);
	aw_buffer_append_format(out, "%s%s%s port %u",
				is_question ? ", asked of "
				: has_name  ? " ("
					    : "",
				aw_address_text(event->address, address), has_name ? ")" : "",
				event->port);
}

static void append_object(struct aw_buffer *out, const struct aw_why_event *event)
{
	const struct aw_buffer *name = event->path.length ? &event->path : &event->name;

	if (event->object == AW_OBJECT_ADDRESS || event->object == AW_OBJECT_HOST)
		append_peer(out, event);
	else if (event->object == AW_OBJECT_UNNAMED)
		aw_buffer_append_string(out, "an object without a name");
	else
		aw_term_append_text(out, name->data, name->length);
}

static const char *word_of(const struct aw_why_event *event)
{
	if (event->effect == AW_EFFECT_DENIED)
		return "DENIED";
	if (event->effect == AW_EFFECT_WOULD_DENY)
		return "WOULD DENY";
	return event->verdict == AW_VERDICT_FLAG ? "FLAGGED" : "ALLOWED";
}

static void append_what(struct aw_buffer *out, const json_t *line, const struct aw_why_event *event)
{
	aw_buffer_append_format(out, "%s %s ", word_of(event), aw_op_name(event->op));
	append_object(out, event);
	append(out, "\nwhen     ", aw_why_text(line, "time"), "");
	append(out, ", mode ", aw_why_text(line, "mode"), "");
	append(out, ", error ", aw_why_text(line, "error"), "");
	append(out, "\nevent    ", aw_why_text(line, "id"), "");
	append(out, ", hook ", aw_why_text(line, "hook"), "\n");
	aw_conditions_append(out, "file     ", event->conditions, "\n");
}

/* "/usr/bin/bash (pid 12)"; without an executable the command's name, or nothing. */
static void append_program(struct aw_buffer *out, const json_t *process)
{
	const char *exe = aw_why_text(process, "exe") ?: aw_why_text(process, "comm");

	append(out, "", exe, " ");
	aw_buffer_append_format(out, "(pid %lld",
				(long long)json_integer_value(json_object_get(process, "pid")));
	if (json_object_get(process, "uid"))
		aw_buffer_append_format(
			out, ", uid %lld",
			(long long)json_integer_value(json_object_get(process, "uid")));
	aw_buffer_append_char(out, ')');
}

static void append_who(struct aw_buffer *out, const json_t *line)
{
	const json_t *process = json_object_get(line, "process"), *value;
	size_t i;

	aw_buffer_append_string(out, "who      ");
	append_program(out, process);
	json_array_foreach(json_object_get(process, "argv"), i, value)
		append(out, i == 0 ? ": " : " ", json_string_value(value), "");
	append(out, "\n" INDENT "script ", aw_why_text(process, "script"), "");
	append(out, "\n" INDENT "in ", aw_why_text(process, "cwd"), "");
	json_array_foreach(json_object_get(process, "ancestry"), i, value)
	{
		aw_buffer_append_string(out, "\n" INDENT "\xe2\x86\x90 ");
		append_program(out, value);
	}
	aw_buffer_append_char(out, '\n');
}

static void append_agent(struct aw_buffer *out, const json_t *line)
{
	json_t *agent = json_object_get(line, "agent"), *value;
	const char *key;

	append(out, "agent    ", aw_why_text(agent, "name") ?: "without a name", "");
	append(out, ", run ", aw_why_text(agent, "run"), "");
	json_object_foreach(json_object_get(agent, "labels"), key, value)
	{
		append(out, ", ", key, "=");
		append(out, "", json_string_value(value), "");
	}
	aw_buffer_append_char(out, '\n');
}

static void append_lost(struct aw_buffer *out, const struct aw_why_event *event)
{
	if (event->lost)
		aw_buffer_append_format(out, INDENT "what its classes allow did not count: %s\n",
					aw_lost_text(event->lost));
}

/* "connects 600/h, one again at 2026-…"; what a line leaves out is left out. */
static void append_budget(struct aw_buffer *out, const char *before,
			  const struct aw_why_event *event, const char *after)
{
	if (!event->budget)
		return;
	append(out, before, aw_why_text(event->budget, "counts") ?: "of an unknown kind", "");
	append(out, " ", aw_why_text(event->budget, "limit"), "");
	append(out, ", one again at ", aw_why_text(event->budget, "again"), "");
	aw_buffer_append_string(out, after);
}

/* The rule that decided, or that has the budget. */
static void append_rule(struct aw_buffer *out, const struct aw_why_event *event,
			const struct aw_policy *policy)
{
	const bool is_counted = aw_reason_is_limit(event->reason);
	const struct aw_rule *rule = aw_why_rule(event, policy);
	const char *id = event->rule_id ?: rule ? rule->id : NULL;
	const char *reason = event->rule_reason ?: rule ? rule->reason : NULL;

	if (event->reason != AW_REASON_POLICY)
		aw_buffer_append_format(out, "because  %s\n", aw_reason_text(event->reason));
	if (is_counted)
		append_budget(out, "budget   ", event, "\n");
	if (id && (is_counted || event->reason == AW_REASON_POLICY)) {
		append(out, "rule     ", id, "");
		append(out, ": ", reason, "");
		aw_buffer_append_char(out, '\n');
		if (rule)
			append(out, INDENT, rule->source.file, "");
		if (rule)
			aw_buffer_append_format(out, ":%d\n", rule->source.line);
	} else if (event->reason == AW_REASON_POLICY && event->verdict == AW_VERDICT_NONE &&
		   event->policy_hash) {
		aw_buffer_append_string(out, "rule     none: what no rule allows is denied\n");
	}
}

static void append_policy(struct aw_buffer *out, const struct aw_why_event *event,
			  const struct aw_policy *policy)
{
	if (event->policy_hash) {
		append(out, "policy   ", event->policy_name ?: "without a name", " ");
		aw_term_append_text(out, event->policy_hash,
				    strnlen(event->policy_hash, HASH_SHOWN));
		aw_buffer_append_string(out, policy ? "\n" : " (its source is not at hand)\n");
	}
}

static void append_fix(struct aw_buffer *out, const struct aw_fix *fix)
{
	if (fix->kind == AW_FIX_NONE) {
		append(out, "to allow ", fix->note, "\n");
		return;
	}
	/* As it is, for it is copied: aw_why_fix writes nothing that could harm. */
	aw_buffer_append_format(out, "to allow %s:\n" INDENT "%s\n",
				fix->kind == AW_FIX_LIFT ? "lift the denial for this object alone"
							 : "add this rule to the policy",
				fix->yaml);
	append(out, INDENT "(", fix->note, ")\n");
}

int aw_why_format(const json_t *line, const struct aw_why_options *options, struct aw_buffer *ret)
{
	_cleanup_why_event_ struct aw_why_event event = {};
	const struct aw_policy *policy = NULL;
	struct aw_fix fix = {};
	_cleanup_free_ char *yaml = NULL;
	int r = aw_why_event_read(line, &event);

	if (r < 0)
		return r;
	if (options && options->policy && event.policy_hash)
		policy = options->policy(options->userdata, event.policy_hash);
	r = aw_why_fix(line, options, &fix);
	if (r < 0)
		return r;
	yaml = fix.yaml;
	append_what(ret, line, &event);
	append_who(ret, line);
	append_lost(ret, &event);
	append_agent(ret, line);
	append_rule(ret, &event, policy);
	append_policy(ret, &event, policy);
	append_fix(ret, &fix);
	if (fix.kind != AW_FIX_NONE)
		append(ret, "WARNING  ", aw_why_warning(&event, options), "\n");
	return ret->error;
}

static void append_denial(struct aw_buffer *out, const json_t *line,
			  const struct aw_why_event *event)
{
	append(out, "", aw_why_text(line, "time"), " ");
	aw_buffer_append_format(out, "denied %s ", aw_op_name(event->op));
	append_object(out, event);
	if (event->reason != AW_REASON_POLICY) {
		aw_buffer_append_format(out, ": %s", aw_reason_text(event->reason));
		append(out, ", rule ", event->rule_id, "");
		append_budget(out, ", ", event, "");
	} else if (event->rule_id) {
		append(out, ": rule ", event->rule_id, "");
		append(out, ", ", event->rule_reason, "");
	} else {
		aw_buffer_append_string(out, ": no rule allows it");
	}
	append(out, " [event ", aw_why_text(line, "id"), "]\n");
}

int aw_why_self(FILE *events, const char *run_id, size_t n, struct aw_buffer *ret)
{
	_cleanup_json_ json_t *denials = NULL;
	bool is_counted = false;
	json_t *line;
	size_t i;
	int r = aw_why_last_denials(events, run_id, n, &denials);

	if (r < 0)
		return r;
	json_array_foreach(denials, i, line)
	{
		_cleanup_why_event_ struct aw_why_event event = {};

		if (aw_why_event_read(line, &event) < 0)
			continue;
		append_denial(ret, line, &event);
		is_counted = is_counted || aw_reason_is_limit(event.reason);
	}
	if (json_array_size(denials) == 0)
		return aw_buffer_append_string(ret, "Nothing was denied in this run.\n");
	if (is_counted)
		aw_buffer_append_string(ret, "Where a budget is spent, wait until it has one "
					     "again. For the others this holds:\n");
	return aw_buffer_append_string(
		ret, "These were refused by policy: the same act will be refused again, also by "
		     "another way.\nWork without it, or ask the operator, who can run `agentwatch "
		     "why EVENT` with the event's id.\n");
}
