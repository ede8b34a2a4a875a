/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Observations that wait for the next commit: entries in the order of their coming, and a map over
 * their keys. An entry's facts and texts are one key, so that equality is one comparison of bytes.
 */
#include "baseline/pending.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "base/map.h"
#include "base/vec.h"

#define TEXT_PARTS 6 /* exe, its anchor, script, its anchor, anchor, object */

/* The start of a key; the texts follow, each with a zero byte behind it. */
struct key_head {
	uint32_t length[TEXT_PARTS];
	uint8_t op, role, effect, kind;
};

struct entry {
	uint64_t count, first_ns, last_ns;
	size_t key_length;
	char key[];
};

struct aw_pending {
	AW_VEC(struct entry *) entries;
	struct aw_map *by_key;
	struct aw_buffer scratch;
};

int aw_pending_new(struct aw_pending **ret)
{
	_cleanup_(aw_pending_freep) struct aw_pending *pending = calloc(1, sizeof(*pending));
	int r;

	if (!pending)
		return -ENOMEM;
	r = aw_map_new(&pending->by_key);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(pending);
	return 0;
}

struct aw_pending *aw_pending_free(struct aw_pending *pending)
{
	if (!pending)
		return NULL;
	aw_pending_clear(pending);
	aw_vec_done(&pending->entries);
	aw_map_free(pending->by_key);
	aw_buffer_done(&pending->scratch);
	free(pending);
	return NULL;
}

size_t aw_pending_count(const struct aw_pending *pending)
{
	return pending->entries.n;
}

void aw_pending_clear(struct aw_pending *pending)
{
	if (pending->by_key)
		aw_map_clear(pending->by_key);
	for (size_t i = 0; i < pending->entries.n; i++)
		free(pending->entries.items[i]);
	pending->entries.n = 0;
}

static struct aw_bytes text(const char *string)
{
	return (struct aw_bytes){string, string ? strlen(string) : 0};
}

/* The key of an observation, into the scratch buffer. */
static int make_key(struct aw_pending *pending, const struct aw_observation *o)
{
	const struct aw_bytes parts[TEXT_PARTS] = {o->exe,	    text(o->exe_anchor),
						   o->script,	    text(o->script_anchor),
						   text(o->anchor), o->object};
	struct key_head head = {.op = (uint8_t)o->op,
				.role = (uint8_t)o->role,
				.effect = (uint8_t)o->effect,
				.kind = (uint8_t)o->kind};

	for (int i = 0; i < TEXT_PARTS; i++)
		head.length[i] = (uint32_t)parts[i].length;
	aw_buffer_clear(&pending->scratch);
	aw_buffer_append(&pending->scratch, &head, sizeof(head));
	for (int i = 0; i < TEXT_PARTS; i++) {
		aw_buffer_append(&pending->scratch, parts[i].data, parts[i].length);
		aw_buffer_append_char(&pending->scratch, '\0');
	}
	return pending->scratch.error;
}

static int insert(struct aw_pending *pending, const struct aw_observation *o)
{
	const size_t length = pending->scratch.length;
	_cleanup_free_ struct entry *e = NULL;
	int r;

	if (pending->entries.n >= AW_PENDING_MAX)
		return -ENOBUFS;
	e = malloc(sizeof(*e) + length);
	if (!e)
		return -ENOMEM;
	*e = (struct entry){o->count, o->first_ns, o->last_ns, length};
	memcpy(e->key, pending->scratch.data, length);
	r = aw_vec_push(&pending->entries, e);
	if (r < 0)
		return r;
	r = aw_map_put(pending->by_key, e->key, length, e);
	if (r < 0) {
		pending->entries.n--;
		return r;
	}
	(void)TAKE_PTR(e);
	return 0;
}

int aw_pending_add(struct aw_pending *pending, const struct aw_observation *o)
{
	struct entry *e;
	const int r = make_key(pending, o);

	if (r < 0)
		return r;
	e = aw_map_get(pending->by_key, pending->scratch.data, pending->scratch.length);
	if (!e)
		return insert(pending, o);
	e->count += o->count;
	if (o->first_ns < e->first_ns)
		e->first_ns = o->first_ns;
	if (o->last_ns > e->last_ns)
		e->last_ns = o->last_ns;
	return 0;
}

static const char *anchor_name(struct aw_bytes part)
{
	return part.length > 0 ? part.data : NULL;
}

void aw_pending_get(const struct aw_pending *pending, size_t i, struct aw_observation *ret)
{
	const struct entry *e = pending->entries.items[i];
	struct aw_bytes parts[TEXT_PARTS];
	struct key_head head;
	const char *at = e->key + sizeof(head);

	memcpy(&head, e->key, sizeof(head));
	for (int p = 0; p < TEXT_PARTS; p++) {
		parts[p] = (struct aw_bytes){at, head.length[p]};
		at += head.length[p] + 1;
	}
	*ret = (struct aw_observation){
		.exe = parts[0],
		.exe_anchor = anchor_name(parts[1]),
		.script = parts[2],
		.script_anchor = anchor_name(parts[3]),
		.op = head.op,
		.role = head.role,
		.effect = head.effect,
		.kind = head.kind,
		.anchor = anchor_name(parts[4]),
		.object = parts[5],
		.count = e->count,
		.first_ns = e->first_ns,
		.last_ns = e->last_ns,
	};
}
