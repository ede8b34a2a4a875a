/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the finished fields of a summary line per key, as text: it is only ever written out. */
#include "event/repeats.h"

#include <errno.h>
#include <string.h>

#include "base/map.h"
#include "base/vec.h"
#include "event/json_parts.h"
#include "event/text.h"

struct repeat {
	struct aw_count_key key;
	size_t length;
	char fields[]; /* ,"event":…,"operation":… : what follows in the line, with its comma */
};

struct aw_repeats {
	struct aw_map *by_key;
	size_t bytes;
};

int aw_repeats_new(struct aw_repeats **ret)
{
	_cleanup_(aw_repeats_freep) struct aw_repeats *repeats = calloc(1, sizeof(*repeats));
	int r;

	if (!repeats)
		return -ENOMEM;
	r = aw_map_new(&repeats->by_key);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(repeats);
	return 0;
}

struct aw_repeats *aw_repeats_free(struct aw_repeats *repeats)
{
	const struct aw_map_entry *entry;
	size_t cursor = 0;

	if (!repeats)
		return NULL;
	while (repeats->by_key && (entry = aw_map_next(repeats->by_key, &cursor)))
		free(entry->value);
	aw_map_free(repeats->by_key);
	free(repeats);
	return NULL;
}

/* Writes the fields into a scratch object and takes what is inside its braces. */
static int format_fields(const struct aw_event *event, const struct aw_event_origin *origin,
			 struct aw_buffer *ret)
{
	char id[AW_EVENT_ID_SIZE];
	struct aw_json json;
	int r;

	aw_event_id(event, origin->boot_id, id);
	aw_json_init(&json, ret);
	aw_json_begin_object(&json);
	aw_json_field_string(&json, "event", id);
	aw_line_operation(&json, event);
	aw_json_end_object(&json);
	r = aw_json_finish(&json);
	if (r < 0)
		return r;
	ret->data[0] = ',';
	aw_buffer_truncate(ret, ret->length - 1);
	return 0;
}

int aw_repeats_note(struct aw_repeats *repeats, const struct aw_event *event,
		    const struct aw_event_origin *origin)
{
	struct aw_count_key key = {.agent = event->agent,
				   .agent_generation = event->agent_generation,
				   .key = event->op.key};
	_cleanup_buffer_ struct aw_buffer fields = {};
	_cleanup_free_ struct repeat *repeat = NULL;
	size_t bytes;
	int r;

	if (event->type != AW_REC_OP || aw_map_get(repeats->by_key, &key, sizeof(key)))
		return 0;
	r = format_fields(event, origin, &fields);
	if (r < 0)
		return r;
	bytes = sizeof(*repeat) + fields.length;
	if (aw_map_size(repeats->by_key) >= AW_REPEATS_MAX ||
	    bytes > AW_REPEATS_BYTES_MAX - repeats->bytes)
		return -ENOBUFS;
	repeat = malloc(bytes);
	if (!repeat)
		return -ENOMEM;
	repeat->key = key;
	repeat->length = fields.length;
	memcpy(repeat->fields, fields.data, fields.length);
	r = aw_map_put(repeats->by_key, &repeat->key, sizeof(repeat->key), repeat);
	if (r < 0)
		return r;
	repeats->bytes += bytes;
	TAKE_PTR(repeat);
	return 0;
}

int aw_repeats_to_json(const struct aw_repeats *repeats, const struct aw_count_key *key,
		       const struct aw_count *count, const struct aw_clock *clock,
		       const struct aw_event_agent *agent, const struct aw_event_origin *origin,
		       struct aw_buffer *ret)
{
	const struct repeat *repeat = aw_map_get(repeats->by_key, key, sizeof(*key));
	size_t before = ret->length;
	struct aw_json json;

	if (count->count <= 1)
		return 0;
	aw_line_begin(&json, ret, "summary", agent->wall_ns, origin);
	aw_line_agent(&json, key->agent, key->agent_generation, agent->context);
	aw_json_field_u64(&json, "count", count->count);
	aw_line_time(&json, "first", aw_clock_wall(clock, count->first_ns));
	aw_line_time(&json, "last", aw_clock_wall(clock, count->last_ns));
	if (repeat)
		aw_buffer_append(ret, repeat->fields, repeat->length);
	else
		aw_json_field_null(&json, "event");
	return aw_line_end(&json, before);
}

void aw_repeats_forget(struct aw_repeats *repeats, uint32_t agent, uint32_t generation)
{
	AW_VEC(struct repeat *) gone = {};
	const struct aw_map_entry *entry;
	size_t cursor = 0;

	while ((entry = aw_map_next(repeats->by_key, &cursor))) {
		struct repeat *repeat = entry->value;

		if (repeat->key.agent == agent && repeat->key.agent_generation == generation &&
		    aw_vec_push(&gone, repeat) < 0)
			break; /* without memory some stay until the end */
	}
	aw_vec_for_each (repeat, &gone) {
		aw_map_remove(repeats->by_key, &(*repeat)->key, sizeof((*repeat)->key));
		repeats->bytes -= sizeof(**repeat) + (*repeat)->length;
		free(*repeat);
	}
	aw_vec_done(&gone);
}
