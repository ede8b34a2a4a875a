/* SPDX-License-Identifier: Apache-2.0 */
/* Rows by their text; the kernel's keys point to rows, several of them to one. */
#include "daemon/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/map.h"
#include "base/vec.h"
#include "event/text.h"
#include "policy/policy.h"

struct row {
	struct aw_tally_row public;
	char *text; /* key and all texts, each ended by a zero */
	size_t length;
};

/* One kernel count: what was received of it, until its count replaces that. */
struct counted {
	struct row *row;
	uint64_t seen;
};

struct aw_tally {
	struct aw_map *by_text;
	struct aw_map *by_key;
	AW_VEC(struct row *) rows;
};

int aw_tally_new(struct aw_tally **ret)
{
	_cleanup_(aw_tally_freep) struct aw_tally *tally = calloc(1, sizeof(*tally));
	int r;

	if (!tally)
		return -ENOMEM;
	r = aw_map_new(&tally->by_text);
	if (r == 0)
		r = aw_map_new(&tally->by_key);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(tally);
	return 0;
}

struct aw_tally *aw_tally_free(struct aw_tally *tally)
{
	const struct aw_map_entry *entry;
	size_t cursor = 0;

	if (!tally)
		return NULL;
	while (tally->by_key && (entry = aw_map_next(tally->by_key, &cursor)))
		free(entry->value);
	aw_vec_for_each (row, &tally->rows) {
		free((*row)->text);
		free(*row);
	}
	aw_vec_done(&tally->rows);
	aw_map_free(tally->by_text);
	aw_map_free(tally->by_key);
	free(tally);
	return NULL;
}

/* Effect, operation, object, rule, reason, each ended by a zero byte. */
static void format_key(const struct aw_event *event, struct aw_buffer *ret)
{
	const char *reason = event->rule_reason;

	if (event->op.reason != AW_REASON_POLICY)
		reason = aw_reason_text(event->op.reason);
	aw_buffer_append_format(ret, "%d%c%s%c", event->op.effect, 0, aw_op_name(event->op.op), 0);
	aw_event_append_object(ret, event);
	aw_buffer_append_format(ret, "%c%s%c%s%c", 0, event->rule_id ?: "", 0, reason ?: "", 0);
}

static const char *next_text(const char *text)
{
	return text + strlen(text) + 1;
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

/* Takes the buffer's memory. */
static int add_row(struct aw_tally *tally, struct aw_buffer *key, size_t key_length,
		   const struct aw_event *event, struct row **ret)
{
	_cleanup_free_ struct row *row = calloc(1, sizeof(*row));
	const char *at;
	int r;

	if (!row)
		return -ENOMEM;
	row->text = key->data;
	row->length = key_length;
	at = next_text(row->text);
	row->public.effect = event->op.effect;
	row->public.operation = at;
	row->public.object = at = next_text(at);
	row->public.rule = or_null(at = next_text(at));
	row->public.reason = or_null(at = next_text(at));
	row->public.event = next_text(at);
	r = aw_vec_push(&tally->rows, row);
	if (r < 0)
		return r;
	r = aw_map_put(tally->by_text, row->text, row->length, row);
	if (r < 0) {
		tally->rows.n--;
		return r;
	}
	*key = (struct aw_buffer){};
	*ret = TAKE_PTR(row);
	return 0;
}

static int find_row(struct aw_tally *tally, const struct aw_event *event, const char *boot_id,
		    struct row **ret)
{
	_cleanup_buffer_ struct aw_buffer key = {};
	char id[AW_EVENT_ID_SIZE];
	size_t length;

	format_key(event, &key);
	length = key.length;
	aw_event_id(event, boot_id, id);
	aw_buffer_append(&key, id, strlen(id) + 1);
	if (key.error < 0)
		return key.error;
	*ret = aw_map_get(tally->by_text, key.data, length);
	if (*ret)
		return 0;
	if (tally->rows.n >= AW_TALLY_MAX)
		return -ENOBUFS;
	return add_row(tally, &key, length, event, ret);
}

int aw_tally_event(struct aw_tally *tally, const struct aw_event *event, const char *boot_id)
{
	_cleanup_free_ struct counted *counted = NULL;
	struct counted *known;
	struct row *row;
	int r;

	if (event->type != AW_REC_OP || event->op.effect == AW_EFFECT_ALLOWED)
		return 0;
	known = aw_map_get_u64(tally->by_key, event->op.key);
	if (known) {
		known->seen++;
		known->row->public.count++;
		return 0;
	}
	r = find_row(tally, event, boot_id, &row);
	if (r < 0)
		return r;
	row->public.count++;
	if (aw_map_size(tally->by_key) >= AW_TALLY_KEYS_MAX)
		return 0;
	counted = malloc(sizeof(*counted));
	if (!counted)
		return -ENOMEM;
	*counted = (struct counted){.row = row, .seen = 1};
	r = aw_map_put_u64(tally->by_key, event->op.key, counted);
	if (r == 0)
		TAKE_PTR(counted);
	return r;
}

void aw_tally_count(struct aw_tally *tally, uint64_t key, uint64_t count)
{
	struct counted *counted = aw_map_get_u64(tally->by_key, key);

	if (!counted || count <= counted->seen)
		return;
	counted->row->public.count += count - counted->seen;
	counted->seen = count;
}

static int compare(const void *a, const void *b)
{
	const struct aw_tally_row *left = *(const struct aw_tally_row *const *)a;
	const struct aw_tally_row *right = *(const struct aw_tally_row *const *)b;

	if (left->count != right->count)
		return left->count < right->count ? 1 : -1;
	return strcmp(left->object, right->object) ?: strcmp(left->operation, right->operation);
}

int aw_tally_rows(const struct aw_tally *tally, const struct aw_tally_row ***ret, size_t *retn)
{
	const struct aw_tally_row **rows = calloc(tally->rows.n ?: 1, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < tally->rows.n; i++)
		rows[i] = &tally->rows.items[i]->public;
	qsort(rows, tally->rows.n, sizeof(*rows), compare);
	*ret = rows;
	*retn = tally->rows.n;
	return 0;
}
