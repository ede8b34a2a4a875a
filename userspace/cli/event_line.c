/* SPDX-License-Identifier: Apache-2.0 */
/* Each type of line in words. What is absent or of another type than expected is left out. */
#include "cli/event_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/term.h"
#include "event/text.h"

#define CLOCK_AT     11 /* "2026-11-21T" */
#define CLOCK_LENGTH 12 /* "02:01:10.000" */

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void append(struct aw_buffer *out, const char *before, const char *text)
{
	if (!text)
		return;
	aw_buffer_append_string(out, before);
	aw_term_append_text(out, text, strlen(text));
}

static void append_number(struct aw_buffer *out, const char *before, const json_t *number)
{
	if (json_is_integer(number))
		aw_buffer_append_format(out, "%s%lld", before,
					(long long)json_integer_value(number));
}

static void append_process(struct aw_buffer *out, const json_t *event)
{
	const json_t *process = json_object_get(event, "process");
	const char *program = text_of(process, "script") ?: text_of(process, "exe");

	append(out, " by ", program ?: text_of(process, "comm"));
	append_number(out, " pid ", json_object_get(process, "pid"));
}

static void append_object(struct aw_buffer *out, const json_t *event)
{
	const json_t *object = json_object_get(event, "object");
	const char *address = text_of(object, "address"), *host = text_of(object, "host");
	const char *name = text_of(object, "path") ?: text_of(object, "name");

	if (!address) {
		append(out, " ", name ?: "(unnamed)");
		return;
	}
	append(out, " ", name ?: host); /* a name that was asked for, or of the address */
	append(out, name ? ", asked of " : host ? " (" : " ", address);
	append(out, "", host && !name ? ")" : NULL);
	append_number(out, " port ", json_object_get(object, "port"));
}

static const char *word_of(const json_t *event, enum aw_colour *retcolour)
{
	const char *effect = text_of(event, "effect") ?: "";

	if (strcmp(effect, aw_effect_name(AW_EFFECT_DENIED)) == 0) {
		*retcolour = AW_COLOUR_RED;
		return "DENIED";
	}
	if (strcmp(effect, aw_effect_name(AW_EFFECT_WOULD_DENY)) == 0) {
		*retcolour = AW_COLOUR_YELLOW;
		return "WOULD DENY";
	}
	*retcolour = AW_COLOUR_NONE;
	return strcmp(text_of(event, "verdict") ?: "", "flag") == 0 ? "FLAGGED" : "allowed";
}

static void operation(struct aw_buffer *out, const json_t *event, bool has_colour)
{
	const json_t *rule = json_object_get(event, "rule");
	const char *reason = text_of(event, "reason");
	enum aw_colour colour;
	const char *word = word_of(event, &colour);

	has_colour = has_colour && colour != AW_COLOUR_NONE;
	aw_buffer_append_format(out, " %s%s%s", aw_term_colour(has_colour, colour), word,
				aw_term_colour(has_colour, AW_COLOUR_NONE));
	append(out, " ", text_of(event, "operation"));
	append_object(out, event);
	append_process(out, event);
	append(out, "; rule ", text_of(rule, "id"));
	append(out, ": ", text_of(rule, "reason"));
	if (reason && strcmp(reason, aw_reason_name(AW_REASON_POLICY)) != 0)
		append(out, "; reason ", reason);
	append(out, " [", text_of(event, "id"));
	aw_buffer_append_char(out, ']');
}

static void exec(struct aw_buffer *out, const json_t *event, bool has_colour)
{
	const json_t *argv = json_object_get(json_object_get(event, "process"), "argv");

	aw_buffer_append_string(out, " exec");
	append_process(out, event);
	aw_buffer_append_char(out, ':');
	for (size_t i = 0; i < json_array_size(argv); i++)
		append(out, " ", json_string_value(json_array_get(argv, i)));
}

static void status(struct aw_buffer *out, const json_t *event)
{
	const json_t *status = json_object_get(event, "status");

	append_number(out, " with ", json_object_get(status, "code"));
	append(out, " by ", text_of(status, "signal"));
}

static void fork_exit(struct aw_buffer *out, const json_t *event, bool has_colour)
{
	append(out, " ", text_of(event, "type"));
	append_process(out, event);
	status(out, event);
}

static void cgroup(struct aw_buffer *out, const json_t *event, bool has_colour)
{
	const json_t *group = json_object_get(event, "cgroup");

	append(out, " cgroup ", text_of(group, "id"));
	append(out, " ", text_of(group, "action"));
}

static void summary(struct aw_buffer *out, const json_t *event, bool has_colour)
{
	append_number(out, " counted ", json_object_get(event, "count"));
	append(out, "x ", text_of(event, "effect"));
	append(out, " ", text_of(event, "operation"));
	append_object(out, event);
	append(out, " [", text_of(event, "event") ?: "?");
	aw_buffer_append_char(out, ']');
}

static void run(struct aw_buffer *out, const json_t *event, bool has_colour)
{
	const char *phase = text_of(event, "phase") ?: "";

	append(out, " run ", phase);
	append(out, " ", text_of(json_object_get(event, "agent"), "run"));
	append(out, " policy ", text_of(json_object_get(event, "policy"), "name"));
	if (strcmp(phase, "end") != 0)
		return;
	status(out, event);
	aw_buffer_append_string(
		out, json_is_true(json_object_get(event, "complete")) ? ", complete" : ", PARTIAL");
	append(out, ": ", text_of(event, "why_partial"));
}

static void loss(struct aw_buffer *out, const json_t *event, bool has_colour)
{
	append_number(out, " LOST ", json_object_get(event, "lost"));
	append(out, " ", text_of(event, "ring"));
	append(out, ": ", text_of(event, "cause"));
}

static const struct {
	const char *type;
	void (*format)(struct aw_buffer *out, const json_t *event, bool has_colour);
} types[] = {
	{"operation", operation}, {"exec", exec},	{"fork", fork_exit}, {"exit", fork_exit},
	{"cgroup", cgroup},	  {"summary", summary}, {"run", run},	     {"loss", loss},
};

int aw_event_line_format(const json_t *event, bool has_colour, struct aw_buffer *ret)
{
	const char *type = text_of(event, "type") ?: "", *time = text_of(event, "time") ?: "";
	const char *agent = text_of(json_object_get(event, "agent"), "name");

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strcmp(types[i].type, type) != 0)
			continue;
		if (strlen(time) > CLOCK_AT)
			aw_term_append_text(ret, time + CLOCK_AT,
					    strnlen(time + CLOCK_AT, CLOCK_LENGTH));
		append(ret, " ", agent);
		types[i].format(ret, event, has_colour);
		return ret->error;
	}
	return -EBADMSG;
}

static bool is_agent(const json_t *event, const char *agent)
{
	const json_t *object = json_object_get(event, "agent");
	const char *name = text_of(object, "name");
	char slot[32];

	snprintf(slot, sizeof(slot), "%lld",
		 (long long)json_integer_value(json_object_get(object, "slot")));
	return (name && strcmp(name, agent) == 0) || strcmp(slot, agent) == 0;
}

bool aw_event_line_matches(const json_t *event, const char *agent, bool only_denials)
{
	const char *type = text_of(event, "type") ?: "";
	enum aw_colour colour = AW_COLOUR_NONE;

	if (agent && !is_agent(event, agent))
		return false;
	if (!only_denials)
		return true;
	if (strcmp(type, "operation") != 0)
		return false;
	(void)word_of(event, &colour);
	return colour != AW_COLOUR_NONE;
}
