/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Splits one alternative of a glob into segments and tokens, and refuses what no name could match.
 * Braces and the forms of roots are glob.c's.
 */
#include "policy/glob_tokens.h"

#include <errno.h>
#include <string.h>

#define TOKENS_FIRST 64

static int emit(struct aw_glob_scan *scan, enum aw_glob_kind kind, struct aw_byteset set)
{
	if (scan->n_tokens == scan->n_reserved) {
		size_t n = scan->n_reserved ? 2 * scan->n_reserved : TOKENS_FIRST;
		struct aw_glob_token *tokens = reallocarray(scan->tokens, n, sizeof(*tokens));

		if (!tokens)
			return -ENOMEM;
		scan->tokens = tokens;
		scan->n_reserved = n;
	}
	scan->tokens[scan->n_tokens++] = (struct aw_glob_token){.kind = kind, .set = set};
	return 0;
}

static int emit_byte(struct aw_glob_scan *scan, uint8_t byte)
{
	return emit(scan, AW_GLOB_SET, aw_byteset_range(byte, byte));
}

static struct aw_byteset any_byte(bool in_segment)
{
	struct aw_byteset set = aw_byteset_range(0, 255);

	if (in_segment)
		aw_byteset_remove(&set, '/');
	return set;
}

size_t aw_glob_set_end(const char *text, size_t length)
{
	size_t i = 1;

	if (i < length && text[i] == '!')
		i++;
	if (i < length && text[i] == ']')
		i++;
	for (; i < length; i++) {
		if (text[i] == ']')
			return i;
		if (text[i] == '\\')
			i++;
	}
	return 0;
}

/* One byte of a set's text, its escape undone. */
static uint8_t set_byte(const char *text, size_t *i)
{
	if (text[*i] == '\\')
		(*i)++;
	return (uint8_t)text[(*i)++];
}

/* text[0 … end] is "[…]". */
static int scan_set(struct aw_glob_scan *scan, const char *text, size_t end, bool in_segment)
{
	struct aw_byteset set = {};
	bool negated = text[1] == '!';
	size_t i = negated ? 2 : 1;

	if (text[i] == '^' && !negated)
		return aw_glob_fail(scan, "a set of other bytes is written [!x]; a plain ^ is \\^",
				    "'[^' in '%s'", scan->pattern->text);
	while (i < end) {
		uint8_t first = set_byte(text, &i), last = first;

		if (i + 1 < end && text[i] == '-') {
			i++;
			last = set_byte(text, &i);
		}
		if (last < first)
			return aw_glob_fail(scan, NULL, "the range %c-%c in '%s' is empty", first,
					    last, scan->pattern->text);
		for (unsigned byte = first; byte <= last; byte++)
			aw_byteset_add(&set, byte);
	}
	for (size_t word = 0; negated && word < 4; word++)
		set.bits[word] = ~set.bits[word];
	if (in_segment)
		aw_byteset_remove(&set, '/');
	if (!(set.bits[0] | set.bits[1] | set.bits[2] | set.bits[3]))
		return aw_glob_fail(scan, NULL, "a set in '%s' holds no byte", scan->pattern->text);
	return emit(scan, AW_GLOB_SET, set);
}

/* One element other than a star, at text[*i]. */
static int scan_element(struct aw_glob_scan *scan, const char *text, size_t length, bool in_segment,
			size_t *i)
{
	size_t at = *i, end;

	switch (text[at]) {
	case '?':
		*i = at + 1;
		return emit(scan, AW_GLOB_SET, any_byte(in_segment));
	case '[':
		end = aw_glob_set_end(text + at, length - at);
		if (end == 0)
			return aw_glob_fail(scan, "a plain bracket is written \\[",
					    "'[' without ']' in '%s'", scan->pattern->text);
		*i = at + end + 1;
		return scan_set(scan, text + at, end, in_segment);
	case '\\':
		if (at + 1 == length)
			return aw_glob_fail(scan, "a plain backslash is written \\\\",
					    "nothing to escape after '\\' in '%s'",
					    scan->pattern->text);
		*i = at + 2;
		return emit_byte(scan, (uint8_t)text[at + 1]);
	default:
		*i = at + 1;
		return emit_byte(scan, (uint8_t)text[at]);
	}
}

int aw_glob_scan_literal(struct aw_glob_scan *scan, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		int r = emit_byte(scan, (uint8_t)text[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

int aw_glob_scan_name(struct aw_glob_scan *scan, const char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		int r;

		if (text[i] == '*') {
			while (i < length && text[i] == '*')
				i++;
			r = emit(scan, i == length ? AW_GLOB_REST : AW_GLOB_STAR, any_byte(false));
		} else {
			r = scan_element(scan, text, length, false, &i);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/* One segment between slashes, neither empty nor `**`. */
static int scan_segment(struct aw_glob_scan *scan, const char *text, size_t length)
{
	int r = 0;

	if ((length == 1 && text[0] == '.') || (length == 2 && memcmp(text, "..", 2) == 0))
		return aw_glob_fail(scan, "name the folder itself",
				    "'%.*s' in '%s' matches nothing", (int)length, text,
				    scan->pattern->text);
	if (length == 1 && text[0] == '*') /* a segment of a name is never empty */
		r = emit(scan, AW_GLOB_SET, any_byte(true));
	for (size_t i = 0; r == 0 && i < length;) {
		if (text[i] != '*') {
			r = scan_element(scan, text, length, true, &i);
			continue;
		}
		if (i + 1 < length && text[i + 1] == '*')
			return aw_glob_fail(scan,
					    "`**` stands alone between slashes; within a segment "
					    "write `*`",
					    "'**' inside a segment of '%s'", scan->pattern->text);
		r = emit(scan, AW_GLOB_STAR, any_byte(true));
		i++;
	}
	return r;
}

static bool is_double_star(const char *text, size_t length)
{
	return length == 2 && memcmp(text, "**", 2) == 0;
}

/* `**` to the end of the pattern: everything below, and the folder before it. */
static int emit_below(struct aw_glob_scan *scan, bool self)
{
	int r = self ? emit(scan, AW_GLOB_SELF, (struct aw_byteset){}) : 0;

	if (r == 0)
		r = emit_byte(scan, '/');
	if (r == 0)
		r = emit(scan, AW_GLOB_REST, any_byte(false));
	return r;
}

int aw_glob_scan_path(struct aw_glob_scan *scan, const char *text, size_t length, bool self)
{
	bool after_double_star = false;

	if (length == 1 && text[0] == '/' && !self)
		return emit_byte(scan, '/');
	for (size_t i = 0; i < length;) {
		const char *segment = text + i + 1;
		const char *slash = memchr(segment, '/', length - i - 1);
		size_t n = slash ? (size_t)(slash - segment) : length - i - 1;
		int r = 0;

		i += n + 1;
		if (n == 0)
			return aw_glob_fail(scan,
					    "a folder is written without a slash at its end, "
					    "all that is below it with `/**`",
					    "empty segment in '%s'", scan->pattern->text);
		if (!is_double_star(segment, n)) {
			if (!after_double_star)
				r = emit_byte(scan, '/');
			if (r == 0)
				r = scan_segment(scan, segment, n);
			after_double_star = false;
		} else if (i == length) {
			/* two `**` in a row are one */
			scan->n_tokens -= after_double_star;
			r = emit_below(scan, self);
		} else if (!after_double_star) {
			r = emit(scan, AW_GLOB_SEGMENTS, (struct aw_byteset){});
			after_double_star = true;
		}
		if (r < 0)
			return r;
		self = self || !after_double_star;
	}
	return 0;
}
