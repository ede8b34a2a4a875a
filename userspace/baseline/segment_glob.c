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

/*
 * One token of a further: reach[j] says that all before it and the first j of b match some common
 * text; next gets the same with it. x is NULL behind the last token.
 */
static void step(const struct token *x, const struct tokens *b, bool *reach, bool *next)
{
	memset(next, 0, b->n + 1);
	for (size_t j = 0; j <= b->n; j++) {
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
}

static bool product_meets(const struct tokens *a, const struct tokens *b)
{
	bool rows[2][TOKENS_MAX + 1];

	memset(rows[0], 0, b->n + 1);
	rows[0][0] = true;
	for (size_t i = 0; i < a->n; i++)
		step(&a->items[i], b, rows[i & 1], rows[~i & 1]);
	step(NULL, b, rows[a->n & 1], rows[~a->n & 1]);
	return rows[a->n & 1][b->n];
}

static bool is_plain(char c)
{
	return !strchr("*?[\\", c);
}

bool aw_segment_meet(struct aw_segment a, struct aw_segment b)
{
	struct tokens left, right;

	if (!a.is_glob && !b.is_glob)
		return a.length == b.length && !memcmp(a.text, b.text, a.length);
	/* Most pairs differ in the first byte. */
	if (a.length > 0 && b.length > 0 && a.text[0] != b.text[0] &&
	    (!a.is_glob || is_plain(a.text[0])) && (!b.is_glob || is_plain(b.text[0])))
		return false;
	/* What cannot be read is taken to meet: it must not slip past a check. */
	if (!tokenise(a, &left) || !tokenise(b, &right))
		return true;
	return product_meets(&left, &right);
}
