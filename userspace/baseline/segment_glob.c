/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Globs of one path segment. Both sides become tokens (one byte of a set, or any run of bytes);
 * they meet where a path leads through the product of the two.
 */
#include "baseline/segment_glob.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

#define TOKENS_MAX 512 /* a segment has at most 255 bytes of name, four of glob for each */

struct token {
	uint64_t bytes[4]; /* bit per byte that it takes */
	bool is_star;
};

struct tokens {
	struct token items[TOKENS_MAX];
	size_t n;
};

int aw_segment_escape(struct aw_buffer *out, const char *name, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint32_t character = 0;
		const size_t n = aw_utf8_next(name + i, length - i, &character);

		if (n == 0 || character == 0) {
			aw_buffer_append_char(out, '?');
			i++;
			continue;
		}
		if (n == 1 && strchr("*?[]{},\\", name[i]))
			aw_buffer_append_char(out, '\\');
		aw_buffer_append(out, name + i, n);
		i += n;
	}
	return out->error;
}

static void set_range(struct token *token, unsigned int first, unsigned int last)
{
	for (unsigned int byte = first; byte <= last; byte++)
		token->bytes[byte / 64] |= 1ull << (byte % 64);
}

static void remove_byte(struct token *token, unsigned int byte)
{
	token->bytes[byte / 64] &= ~(1ull << (byte % 64));
}

/* Reads the set that opens at text[0]; the bytes used, 0 where it is not closed. */
static size_t read_set(const char *text, size_t length, struct token *token)
{
	const bool is_negated = length > 1 && (text[1] == '!' || text[1] == '^');
	const size_t start = is_negated ? 2 : 1;

	for (size_t i = start; i < length;) {
		uint8_t first = (uint8_t)text[i], last;

		if (first == ']' && i > start) {
			for (int w = 0; is_negated && w < 4; w++)
				token->bytes[w] = ~token->bytes[w];
			remove_byte(token, '/');
			return i + 1;
		}
		if (first == '\\' && i + 1 < length)
			first = (uint8_t)text[++i];
		last = first;
		i++;
		if (i + 1 < length && text[i] == '-' && text[i + 1] != ']') {
			last = (uint8_t)text[i + 1];
			i += 2;
		}
		set_range(token, first, last);
	}
	return 0;
}

static bool tokenise(struct aw_segment segment, struct tokens *ret)
{
	size_t i = 0;

	ret->n = 0;
	while (i < segment.length) {
		struct token *token = &ret->items[ret->n];
		const char c = segment.text[i];
		size_t used = 1;

		if (ret->n++ == TOKENS_MAX)
			return false;
		*token = (struct token){0};
		if (segment.is_glob && (c == '*' || c == '?')) {
			set_range(token, 0, 255);
			remove_byte(token, '/');
			token->is_star = c == '*';
		} else if (segment.is_glob && c == '[') {
			used = read_set(segment.text + i, segment.length - i, token);
			if (used == 0)
				return false;
		} else if (segment.is_glob && c == '\\' && i + 1 < segment.length) {
			set_range(token, (uint8_t)segment.text[i + 1],
				  (uint8_t)segment.text[i + 1]);
			used = 2;
		} else {
			set_range(token, (uint8_t)c, (uint8_t)c);
		}
		i += used;
	}
	return true;
}

static bool share_a_byte(const struct token *a, const struct token *b)
{
	return (a->bytes[0] & b->bytes[0]) || (a->bytes[1] & b->bytes[1]) ||
	       (a->bytes[2] & b->bytes[2]) || (a->bytes[3] & b->bytes[3]);
}

/* reach[j]: the first i tokens of a and the first j of b match some common text. */
static bool product_meets(const struct tokens *a, const struct tokens *b)
{
	bool reach[TOKENS_MAX + 1] = {true}, next[TOKENS_MAX + 1];

	for (size_t i = 0;; i++) {
		memset(next, 0, sizeof(next));
		for (size_t j = 0; j <= b->n; j++) {
			const struct token *x = i < a->n ? &a->items[i] : NULL;
			const struct token *y = j < b->n ? &b->items[j] : NULL;

			if (!reach[j])
				continue;
			/* A star may end here … */
			if (x && x->is_star)
				next[j] = true;
			if (y && y->is_star)
				reach[j + 1] = true;
			if (!x || !y || !share_a_byte(x, y))
				continue;
			/* … or take a byte that the other side takes too. */
			if (!x->is_star && !y->is_star)
				next[j + 1] = true;
			else if (x->is_star && !y->is_star)
				reach[j + 1] = true;
			else if (!x->is_star)
				next[j] = true;
		}
		if (i == a->n)
			return reach[b->n];
		memcpy(reach, next, sizeof(reach));
	}
}

bool aw_segment_meet(struct aw_segment a, struct aw_segment b)
{
	struct tokens left, right;

	if (!a.is_glob && !b.is_glob)
		return a.length == b.length && !memcmp(a.text, b.text, a.length);
	/* What cannot be read is taken to meet: it must not slip past a check. */
	if (!tokenise(a, &left) || !tokenise(b, &right))
		return true;
	return product_meets(&left, &right);
}
