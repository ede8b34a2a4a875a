/* SPDX-License-Identifier: Apache-2.0 */
/* Beginning and end of a line, agent, policy, exit status. */
#include "event/json_parts.h"

#include <string.h>
#include <sys/wait.h>

#include "base/hex.h"
#include "base/utf8.h"

void aw_line_begin(struct aw_json *json, struct aw_buffer *out, const char *type, uint64_t wall_ns,
		   const struct aw_event_origin *origin)
{
	aw_json_init(json, out);
	aw_json_begin_object(json);
	aw_json_field_u64(json, "version", AW_EVENT_FORMAT_VERSION);
	aw_json_field_string(json, "type", type);
	aw_line_time(json, "time", wall_ns);
	aw_json_field_string(json, "host", origin->host);
}

int aw_line_end(struct aw_json *json, size_t before)
{
	int r;

	aw_json_end_object(json);
	aw_buffer_append_char(json->out, '\n');
	r = aw_json_finish(json);
	if (r < 0)
		aw_buffer_truncate(json->out, before);
	return r;
}

void aw_line_time(struct aw_json *json, const char *key, uint64_t wall_ns)
{
	char text[AW_CLOCK_RFC3339_SIZE];

	aw_clock_format(wall_ns, text);
	aw_json_field_string(json, key, text);
}

static void labels(struct aw_json *json, const char *const *labels)
{
	aw_json_field_object(json, "labels");
	for (; labels && *labels; labels++) {
		size_t length = strcspn(*labels, "=");
		_cleanup_free_ char *key = strndup(*labels, length);

		if (key)
			aw_json_field_string(json, key,
					     *labels + length + ((*labels)[length] == '='));
	}
	aw_json_end_object(json);
}

void aw_line_agent(struct aw_json *json, uint32_t agent, uint32_t generation,
		   const struct aw_event_context *context)
{
	aw_json_field_object(json, "agent");
	aw_json_field_u64(json, "slot", agent);
	aw_json_field_u64(json, "generation", generation);
	aw_json_field_string(json, "name", context ? context->agent_name : NULL);
	aw_json_field_string(json, "run", context ? context->run_id : NULL);
	labels(json, context ? context->labels : NULL);
	aw_json_end_object(json);
}

void aw_line_policy(struct aw_json *json, uint64_t policy_id,
		    const struct aw_event_context *context)
{
	char id[AW_HEX_U64_BYTES];

	if (policy_id == 0) {
		aw_json_field_null(json, "policy");
		return;
	}
	aw_hex_from_u64(policy_id, id);
	aw_json_field_object(json, "policy");
	aw_json_field_string(json, "name", context ? context->policy_name : NULL);
	aw_json_field_string(json, "hash", context ? context->policy_hash : NULL);
	aw_json_field_string(json, "id", id);
	aw_json_end_object(json);
}

void aw_line_status(struct aw_json *json, const char *key, int wait_status)
{
	aw_json_field_object(json, key);
	if (WIFSIGNALED(wait_status)) {
		const char *name = sigabbrev_np(WTERMSIG(wait_status));

		aw_json_key(json, "signal");
		if (name)
			aw_json_format(json, "SIG%s", name);
		else
			aw_json_format(json, "SIG%d", WTERMSIG(wait_status));
		aw_json_field_bool(json, "core", WCOREDUMP(wait_status));
	} else {
		aw_json_field_i64(json, "code", WEXITSTATUS(wait_status));
	}
	aw_json_end_object(json);
}

void aw_line_strings(struct aw_json *json, const char *key, const struct aw_bytes *strings,
		     size_t n)
{
	_cleanup_buffer_ struct aw_buffer hex_key = {};
	bool is_text = true;

	aw_json_field_array(json, key);
	for (size_t i = 0; i < n; i++) {
		aw_json_bytes(json, strings[i].data, strings[i].length);
		is_text = is_text && aw_utf8_is_text(strings[i].data, strings[i].length);
	}
	aw_json_end_array(json);
	if (is_text)
		return;
	aw_buffer_append_format(&hex_key, "%s_hex", key);
	aw_json_field_array(json, aw_buffer_string(&hex_key) ?: "hex");
	for (size_t i = 0; i < n; i++)
		aw_json_hex(json, strings[i].data, strings[i].length);
	aw_json_end_array(json);
}
