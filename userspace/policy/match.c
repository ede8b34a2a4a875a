/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matches names segment by segment. Braces are tried one alternative after the other; of several
 * stars (or `**`) only the last needs to be tried at other lengths, so the work stays polynomial
 * however a name is chosen. One segment or unsegmented name is match_text.c's.
 */
#include "policy/match.h"

#include <string.h>

#include "policy/match_text.h"

#define GROUPS_MAX 32 /* braces opened in one pattern; the compiler refuses more */

/* What is left of a name, or of a pattern's segments: empty, or at a '/'. */
struct rest {
	const char *at;
	const char *end;
};

struct subject {
	int anchor;
	const char *name;
	size_t length;
	bool is_prefix; /* what is below the name counts too */
};

static const char *segment_end(const struct rest *rest)
{
	const char *slash = memchr(rest->at + 1, '/', (size_t)(rest->end - rest->at - 1));

	return slash ?: rest->end;
}

static bool is_double_star(const struct rest *glob)
{
	return segment_end(glob) - glob->at == 3 && memcmp(glob->at, "/**", 3) == 0;
}

static bool is_first_equal(const struct rest *glob, const struct rest *name)
{
	const char *glob_end = segment_end(glob), *name_end = segment_end(name);

	return aw_match_text(glob->at + 1, (size_t)(glob_end - glob->at - 1), name->at + 1,
			     (size_t)(name_end - name->at - 1), true);
}

/* Whether segments match; is_prefix: whether they match the name and some more segments. */
static bool match_segments(struct rest glob, struct rest name, bool is_prefix)
{
	struct rest after_star = {0}, tried = {0};

	while (name.at < name.end) {
		if (glob.at < glob.end && is_double_star(&glob)) {
			glob.at = segment_end(&glob);
			after_star = glob;
			tried = name;
		} else if (glob.at < glob.end && is_first_equal(&glob, &name)) {
			glob.at = segment_end(&glob);
			name.at = segment_end(&name);
		} else if (tried.at) {
			tried.at = segment_end(&tried);
			glob = after_star;
			name = tried;
		} else {
			return false;
		}
	}
	while (glob.at < glob.end && is_double_star(&glob))
		glob.at = segment_end(&glob);
	return is_prefix || glob.at == glob.end;
}

/* The root has no segments, neither in a name nor as a pattern. */
static struct rest rest_of(const char *text, size_t length)
{
	bool is_root = length == 1 && text[0] == '/';

	return (struct rest){.at = text + is_root, .end = text + length};
}

static bool match_path(const char *glob, size_t glob_length, const struct subject *s, size_t skip)
{
	if (s->length > skip && s->name[skip] != '/')
		return false;
	return match_segments(rest_of(glob, glob_length), rest_of(s->name + skip, s->length - skip),
			      s->is_prefix);
}

static bool match_floating(const char *glob, size_t length, const struct subject *s)
{
	char rooted[AW_PATTERN_MAX + 2] = "/";

	if (s->is_prefix || length > AW_PATTERN_MAX)
		return false;
	memcpy(rooted + 1, glob, length);
	return match_path(rooted, length + 1, s, 0);
}

/* The length of a mark such as "memfd:", 0 where there is none. */
static size_t mark_length(const char *glob, size_t length)
{
	size_t n = 0;

	while (n < length && strchr("abcdefghijklmnopqrstuvwxyz_", glob[n]))
		n++;
	return n > 0 && n < length && glob[n] == ':' ? n + 1 : 0;
}

static bool match_marked(const char *glob, size_t length, const struct subject *s)
{
	size_t mark = mark_length(glob, length);

	if (s->is_prefix || mark == 0 || s->length < mark || memcmp(glob, s->name, mark) != 0)
		return false;
	if (mark < length && glob[mark] == '/')
		return s->length > mark && match_path(glob + mark, length - mark, s, mark);
	return aw_match_text(glob + mark, length - mark, s->name + mark, s->length - mark, false);
}

/* One alternative, its braces gone; an anchor is gone too. */
static bool match_plain(const char *glob, size_t length, int glob_anchor, const struct subject *s)
{
	if (glob_anchor >= 0)
		return s->anchor == glob_anchor && match_path(glob, length, s, 0);
	if (length >= 2 && memcmp(glob, "**", 2) == 0 && (length == 2 || glob[2] == '/'))
		return match_floating(glob, length, s);
	if (s->anchor >= 0 || s->length == 0)
		return false;
	if (length > 0 && glob[0] == '/')
		return match_path(glob, length, s, 0);
	if (length > 0 && glob[0] == '@')
		return !s->is_prefix && aw_match_text(glob, length, s->name, s->length, false);
	return match_marked(glob, length, s);
}

/* Tries each way to choose from the first braces, then from those that are left. */
static bool match_braces(const char *glob, size_t length, int glob_anchor, const struct subject *s,
			 unsigned int depth)
{
	size_t open = aw_match_find_brace(glob, length), close, begin;

	if (open == length)
		return match_plain(glob, length, glob_anchor, s);
	close = aw_match_close_brace(glob, length, open);
	if (close == length || depth == GROUPS_MAX)
		return false;
	for (begin = open + 1; begin <= close;) {
		size_t end = aw_match_end_alternative(glob, close, begin);
		_cleanup_free_ char *chosen = malloc(length);
		size_t n = 0;

		if (!chosen)
			return false;
		memcpy(chosen, glob, open);
		n += open;
		memcpy(chosen + n, glob + begin, end - begin);
		n += end - begin;
		memcpy(chosen + n, glob + close + 1, length - close - 1);
		n += length - close - 1;
		if (match_braces(chosen, n, glob_anchor, s, depth + 1))
			return true;
		begin = end + 1;
	}
	return false;
}

static bool match(const struct aw_pattern *pattern, const struct subject *s)
{
	const char *glob = pattern->text;
	size_t length;

	if (pattern->anchor >= 0) {
		glob = strchr(glob, '}');
		if (!glob)
			return false;
		glob++;
	}
	length = strlen(glob);
	return length <= AW_PATTERN_MAX && match_braces(glob, length, pattern->anchor, s, 0);
}

bool aw_match_pattern(const struct aw_pattern *pattern, int anchor, const char *name, size_t length)
{
	struct subject s = {.anchor = anchor, .name = name, .length = length};

	return match(pattern, &s);
}

bool aw_match_covers(const struct aw_pattern *pattern, const char *folder)
{
	struct subject s = {.anchor = pattern->anchor,
			    .name = folder,
			    .length = strlen(folder),
			    .is_prefix = true};

	return match(pattern, &s);
}
