/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of run numbers as the store keeps them. Reading checks every byte, for a store may be
 * damaged; writing always gives the one shortest form.
 */
#include "baseline/runset.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/cleanup.h"

#define RANGE_MAX 20 /* bytes of one range */

struct writer {
	uint8_t *bytes;
	size_t length;
	uint64_t next;	      /* as in the cursor */
	uint64_t first, last; /* range not yet written */
	bool pending;
};

static int get_number(struct aw_runset_cursor *cursor, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 63; shift += 7) {
		if (cursor->at >= cursor->length)
			return -EUCLEAN;
		value |= (uint64_t)(cursor->bytes[cursor->at] & 0x7f) << shift;
		if (!(cursor->bytes[cursor->at++] & 0x80)) {
			*ret = value;
			return 0;
		}
	}
	return -EUCLEAN;
}

int aw_runset_next(struct aw_runset_cursor *cursor, uint64_t *retfirst, uint64_t *retlast)
{
	uint64_t gap, more;

	if (cursor->at >= cursor->length)
		return 0;
	if (get_number(cursor, &gap) < 0 || get_number(cursor, &more) < 0)
		return -EUCLEAN;
	/* Run numbers are positive 63-bit row ids. */
	if (gap > INT64_MAX - cursor->next || more >= INT64_MAX - cursor->next - gap)
		return -EUCLEAN;
	*retfirst = cursor->next + gap;
	*retlast = *retfirst + more;
	cursor->next = *retlast + 1;
	return 1;
}

static size_t put_number(uint8_t *bytes, uint64_t value)
{
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[n++] = (uint8_t)(value | 0x80);
	bytes[n++] = (uint8_t)value;
	return n;
}

static void writer_flush(struct writer *w)
{
	if (!w->pending)
		return;
	w->length += put_number(w->bytes + w->length, w->first - w->next);
	w->length += put_number(w->bytes + w->length, w->last - w->first);
	w->next = w->last + 1;
	w->pending = false;
}

static void writer_add(struct writer *w, uint64_t first, uint64_t last)
{
	if (w->pending && first <= w->last + 1) {
		if (last > w->last)
			w->last = last;
		return;
	}
	writer_flush(w);
	w->first = first;
	w->last = last;
	w->pending = true;
}

size_t aw_runset_one(uint64_t run, uint8_t *buffer)
{
	size_t n = put_number(buffer, run);

	buffer[n++] = 0;
	return n;
}

int aw_runset_union(const void *a, size_t a_length, const void *b, size_t b_length, uint8_t **ret,
		    size_t *retlength)
{
	struct aw_runset_cursor cursor[2] = {{.bytes = a, .length = a_length},
					     {.bytes = b, .length = b_length}};
	uint64_t first[2] = {0}, last[2] = {0};
	int has[2];
	_cleanup_free_ uint8_t *bytes = NULL;
	struct writer w = {0};

	if (a_length + b_length > AW_RUNSET_BYTES_MAX)
		return -E2BIG;
	/* A merged range can need longer numbers than its parts: room for the worst case. */
	bytes = malloc((a_length + b_length) * (RANGE_MAX / 2) + RANGE_MAX);
	if (!bytes)
		return -ENOMEM;
	w.bytes = bytes;
	for (int i = 0; i < 2; i++) {
		has[i] = aw_runset_next(&cursor[i], &first[i], &last[i]);
		if (has[i] < 0)
			return has[i];
	}
	while (has[0] || has[1]) {
		const int i = !has[0] || (has[1] && first[1] < first[0]);

		writer_add(&w, first[i], last[i]);
		has[i] = aw_runset_next(&cursor[i], &first[i], &last[i]);
		if (has[i] < 0)
			return has[i];
	}
	writer_flush(&w);
	*retlength = w.length;
	*ret = w.length > 0 ? TAKE_PTR(bytes) : NULL;
	return 0;
}

int aw_runset_without(const void *set, size_t length, uint64_t run, uint8_t **ret,
		      size_t *retlength)
{
	struct aw_runset_cursor cursor = {.bytes = set, .length = length};
	_cleanup_free_ uint8_t *bytes = NULL;
	struct writer w = {0};
	uint64_t first, last;
	int r;

	if (length > AW_RUNSET_BYTES_MAX)
		return -E2BIG;
	bytes = malloc(length + 2 * RANGE_MAX);
	if (!bytes)
		return -ENOMEM;
	w.bytes = bytes;
	while ((r = aw_runset_next(&cursor, &first, &last)) > 0) {
		if (run < first || run > last) {
			writer_add(&w, first, last);
			continue;
		}
		if (run > first)
			writer_add(&w, first, run - 1);
		if (run < last)
			writer_add(&w, run + 1, last);
	}
	if (r < 0)
		return r;
	writer_flush(&w);
	*retlength = w.length;
	*ret = w.length > 0 ? TAKE_PTR(bytes) : NULL;
	return 0;
}
