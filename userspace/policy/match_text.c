/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matches bytes against the elements of a glob one by one, going back to the last star where the
 * next element fails. Segments, anchors and marks are match.c's.
 */
#include "policy/match_text.h"

#include <string.h>

/* Offset behind the set that opens at `at`; 0 where nothing closes it. */
static size_t set_end(const char *glob, size_t length, size_t at)
{
	size_t i = at + 1;

	if (i < length && glob[i] == '!')
		i++;
	if (i < length && glob[i] == ']')
		i++; /* a first ] is an ordinary byte */
	while (i < length && glob[i] != ']')
		i += glob[i] == '\\' ? 2 : 1;
	return i < length ? i + 1 : 0;
}

/* Offset behind the element at `at`. */
static size_t element_end(const char *glob, size_t length, size_t at)
{
	size_t end = at + 1;

	if (glob[at] == '\\')
		end = at + 2;
	else if (glob[at] == '[')
		end = set_end(glob, length, at) ?: at + 1;
	return end < length ? end : length;
}

/* The byte at *at of a set, its escape undone; steps over it. */
static unsigned char set_byte(const char *glob, size_t *at)
{
	if (glob[*at] == '\\')
		(*at)++;
	return (unsigned char)glob[(*at)++];
}

/* The set is glob[at] == '[' up to glob[end − 1] == ']'. */
static bool match_set(const char *glob, size_t at, size_t end, unsigned char c)
{
	bool is_negated = glob[++at] == '!', is_member = false;

	at += is_negated;
	while (at < end - 1) {
		unsigned char first = set_byte(glob, &at), last = first;

		if (at + 1 < end - 1 && glob[at] == '-') {
			at++;
			last = set_byte(glob, &at);
		}
		is_member = is_member || (first <= c && c <= last);
	}
	return is_member != is_negated;
}

static bool match_element(const char *glob, size_t at, size_t end, char c, bool in_segment)
{
	if (glob[at] == '?')
		return !(in_segment && c == '/');
	if (glob[at] == '[' && end > at + 1)
		return !(in_segment && c == '/') && match_set(glob, at, end, (unsigned char)c);
	return glob[end - 1] == c && (glob[at] != '\\' || end == at + 2);
}

bool aw_match_text(const char *glob, size_t glob_length, const char *text, size_t length,
		   bool in_segment)
{
	size_t at = 0, i = 0, after_star = 0, tried = 0, end;
	bool has_star = false;

	while (i < length) {
		if (at < glob_length && glob[at] == '*') {
			after_star = ++at;
			tried = i;
			has_star = true;
			continue;
		}
		end = at < glob_length ? element_end(glob, glob_length, at) : 0;
		if (end && match_element(glob, at, end, text[i], in_segment)) {
			at = end;
			i++;
		} else if (has_star && !(in_segment && text[tried] == '/')) {
			i = ++tried;
			at = after_star;
		} else {
			return false;
		}
	}
	while (at < glob_length && glob[at] == '*')
		at++;
	return at == glob_length;
}

size_t aw_match_find_brace(const char *glob, size_t length)
{
	size_t at = 0;

	while (at < length && glob[at] != '{')
		at = element_end(glob, length, at);
	return at;
}

size_t aw_match_close_brace(const char *glob, size_t length, size_t open)
{
	size_t depth = 0;

	for (size_t at = open; at < length; at = element_end(glob, length, at)) {
		if (glob[at] == '{')
			depth++;
		else if (glob[at] == '}' && --depth == 0)
			return at;
	}
	return length;
}

size_t aw_match_end_alternative(const char *glob, size_t close, size_t begin)
{
	size_t depth = 0, at = begin;

	while (at < close && !(depth == 0 && glob[at] == ',')) {
		depth += glob[at] == '{';
		depth -= glob[at] == '}';
		at = element_end(glob, close, at);
	}
	return at;
}
