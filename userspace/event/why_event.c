/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an operation's line; the format is json_event.c's. */
#include "event/why_event.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/hex.h"
#include "event/host_name.h"
#include "event/text.h"
#include "policy/explain.h"

#define ANCHOR_WITHOUT_NAME "ANCHOR_"

void aw_why_event_done(struct aw_why_event *event)
{
	aw_buffer_done(&event->name);
	aw_buffer_done(&event->host);
	aw_buffer_done(&event->path);
}

const char *aw_why_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

int aw_why_bytes(const json_t *object, const char *key, struct aw_buffer *ret)
{
	_cleanup_buffer_ struct aw_buffer hex_key = {};
	const json_t *text = json_object_get(object, key);
	const char *digits;
	size_t length;

	aw_buffer_append_format(&hex_key, "%s_hex", key);
	digits = aw_why_text(object, aw_buffer_string(&hex_key) ?: "");
	if (!digits)
		return aw_buffer_append(ret, json_string_value(text), json_string_length(text));
	length = strlen(digits) / 2;
	if (aw_buffer_reserve(ret, length) < 0)
		return ret->error;
	if (aw_hex_decode(digits, ret->data + ret->length, length) < 0)
		return -EBADMSG;
	ret->length += length;
	return 0;
}

/* The number of a name, in the words of `name_of`; -EBADMSG for an unknown one. */
static int number_of(const json_t *line, const char *key, int n, const char *(*name_of)(int value))
{
	const char *text = aw_why_text(line, key);

	for (int i = 0; text && i < n; i++)
		if (strcmp(name_of(i), text) == 0)
			return i;
	return -EBADMSG;
}

static const char *op_name(int value)
{
	return aw_op_name(value);
}

static const char *object_name(int value)
{
	return aw_object_name(value);
}

static const char *verdict_name(int value)
{
	return aw_verdict_name(value);
}

static const char *effect_name(int value)
{
	return aw_effect_name(value);
}

static const char *reason_name(int value)
{
	return aw_reason_name(value);
}

static const char *lost_name(int value)
{
	return aw_lost_name(value);
}

static int read_numbers(const json_t *line, struct aw_why_event *event)
{
	const json_t *object = json_object_get(line, "object");
	int op = number_of(line, "operation", AW_OPS, op_name);
	int kind = number_of(object, "type", AW_OBJECTS, object_name);
	int verdict = number_of(line, "verdict", AW_VERDICTS, verdict_name);
	int effect = number_of(line, "effect", AW_EFFECTS, effect_name);
	int reason = number_of(line, "reason", AW_REASONS, reason_name);

	int lost = aw_why_text(line, "lost") ? number_of(line, "lost", AW_LOSSES, lost_name) : 0;

	if (op < 0 || kind < 0 || verdict < 0 || effect < 0 || reason < 0 || lost < 0)
		return -EBADMSG;
	event->lost = lost;
	event->op = op;
	event->object = kind;
	event->verdict = verdict;
	event->effect = effect;
	event->reason = reason;
	return 0;
}

static int read_address(const json_t *object, struct aw_why_event *event)
{
	const char *text = aw_why_text(object, "address");
	json_int_t port = json_integer_value(json_object_get(object, "port"));

	if (!text || port < 0 || port > UINT16_MAX)
		return -EBADMSG;
	event->port = (uint16_t)port;
	event->address[10] = event->address[11] = 0xff;
	if (inet_pton(AF_INET, text, event->address + 12) == 1 ||
	    inet_pton(AF_INET6, text, event->address) == 1)
		return 0;
	return -EBADMSG;
}

static int read_host(const json_t *object, const char *key, struct aw_why_event *event)
{
	const int r = aw_why_bytes(object, key, &event->host);

	if (r < 0 || event->host.length == 0)
		return r;
	return aw_host_name_is_valid(event->host.data, event->host.length) ? 0 : -EBADMSG;
}

static int read_object(const json_t *object, struct aw_why_event *event)
{
	int r;

	switch (event->object) {
	case AW_OBJECT_ADDRESS:
		r = read_host(object, "host", event);
		return r < 0 ? r : read_address(object, event);
	case AW_OBJECT_HOST:
		r = read_host(object, "name", event);
		return r < 0 ? r : event->host.length > 0 ? read_address(object, event) : -EBADMSG;
	case AW_OBJECT_PATH:
		r = aw_why_bytes(object, "path", &event->name);
		return r < 0 ? r : aw_why_bytes(object, "path", &event->path);
	case AW_OBJECT_ANCHORED:
		event->anchor = aw_why_text(object, "anchor");
		if (!event->anchor)
			return -EBADMSG;
		event->is_bound = strncmp(event->anchor, ANCHOR_WITHOUT_NAME,
					  strlen(ANCHOR_WITHOUT_NAME)) != 0;
		r = aw_why_bytes(object, "below", &event->name);
		return r < 0 ? r : aw_why_bytes(object, "path", &event->path);
	default:
		return aw_why_bytes(object, "name", &event->name);
	}
}

/* -EBADMSG for an unknown one. Absent, or none: not looked at. */
static int read_conditions(const json_t *list, uint32_t *ret)
{
	enum aw_condition condition;
	const json_t *value;
	size_t i;

	json_array_foreach(list, i, value)
	{
		if (aw_condition_from_name(json_string_value(value) ?: "", &condition) < 0)
			return -EBADMSG;
		*ret |= 1u << condition;
	}
	return 0;
}

int aw_why_event_read(const json_t *line, struct aw_why_event *ret)
{
	_cleanup_why_event_ struct aw_why_event event = {};
	const char *type = aw_why_text(line, "type");
	const json_t *rule = json_object_get(line, "rule");
	const json_t *policy = json_object_get(line, "policy");
	int r;

	if (!type || strcmp(type, "operation") != 0)
		return -EBADMSG;
	r = read_numbers(line, &event);
	if (r < 0)
		return r;
	r = read_conditions(json_object_get(line, "conditions"), &event.conditions);
	if (r == 0)
		r = read_object(json_object_get(line, "object"), &event);
	if (r < 0)
		return r;
	event.rule_id = aw_why_text(rule, "id");
	event.rule_reason = aw_why_text(rule, "reason");
	if (json_is_object(json_object_get(line, "budget")))
		event.budget = json_object_get(line, "budget");
	event.policy_name = aw_why_text(policy, "name");
	event.policy_hash = aw_why_text(policy, "hash");
	*ret = event;
	event = (struct aw_why_event){};
	return 0;
}

static int anchor_number(const struct aw_why_event *event, const struct aw_policy *policy)
{
	for (size_t i = 0; event->anchor && i < policy->n_anchors; i++)
		if (strcmp(policy->anchors[i].name, event->anchor) == 0)
			return (int)i;
	return -1;
}

static void fill_object(const struct aw_why_event *event, struct aw_query *query)
{
	const bool is_peer = event->object == AW_OBJECT_ADDRESS;

	if (!is_peer && event->object != AW_OBJECT_HOST) {
		query->name = event->name.data ?: "";
		query->name_length = event->name.length;
	}
	if (is_peer) {
		memcpy(query->address, event->address, sizeof(query->address));
		query->port = event->port;
	}
	if (event->host.length > 0) {
		query->host = event->host.data;
		query->host_length = event->host.length;
	}
}

const struct aw_rule *aw_why_rule(const struct aw_why_event *event, const struct aw_policy *policy)
{
	struct aw_query query = {.op = event->op,
				 .is_unearned = event->lost != AW_LOST_NOTHING,
				 .conditions = (uint8_t)event->conditions};
	struct aw_explanation explanation;

	if (!policy)
		return NULL;
	if (event->rule_id)
		return aw_policy_find_rule(policy, event->rule_id);
	query.anchor = anchor_number(event, policy);
	if (event->reason != AW_REASON_POLICY || event->object == AW_OBJECT_UNNAMED ||
	    (event->anchor && query.anchor < 0))
		return NULL;
	fill_object(event, &query);
	aw_policy_explain(policy, &query, &explanation);
	return explanation.verdict == event->verdict ? explanation.decides : NULL;
}
