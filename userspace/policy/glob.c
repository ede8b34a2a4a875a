/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expands the braces of a pattern and tells the forms of its alternatives apart. Segments and
 * elements are glob_tokens.c's.
 */
#include "policy/glob.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "policy/glob_tokens.h"

struct expansion {
	struct aw_glob_scan scan;
	aw_glob_visit_fn visit;
	void *userdata;
	unsigned n_alternatives;
};

/* Length of a mark such as "nested:" at the start of text, or 0. */
static size_t mark_length(const char *text, size_t length)
{
	size_t i = 0;

	while (i < length && (islower((unsigned char)text[i]) || text[i] == '_'))
		i++;
	return i > 0 && i < length && text[i] == ':' ? i + 1 : 0;
}

static bool is_floating(const char *text, size_t length)
{
	return length >= 2 && memcmp(text, "**", 2) == 0 && (length == 2 || text[2] == '/');
}

/* text without its anchor. */
static int scan_anchored(struct aw_glob_scan *scan, const char *text, size_t length)
{
	if (length > 0 && text[0] != '/')
		return aw_glob_fail(scan, "after an anchor comes nothing or a slash",
				    "'%s' does not end its anchor's name", scan->pattern->text);
	return aw_glob_scan_path(scan, text, length, true);
}

static int scan_floating(struct aw_glob_scan *scan, const char *text, size_t length)
{
	_cleanup_free_ char *rooted = malloc(length + 1);

	if (!rooted)
		return -ENOMEM;
	rooted[0] = '/';
	memcpy(rooted + 1, text, length);
	return aw_glob_scan_path(scan, rooted, length + 1, true);
}

/* All that does not float and has no anchor. */
static int scan_absolute(struct aw_glob_scan *scan, const char *text, size_t length)
{
	size_t mark = mark_length(text, length);
	int r;

	if (length > 0 && text[0] == '@')
		return aw_glob_scan_name(scan, text, length);
	if ((length == 0 || text[0] != '/') && mark == 0)
		return aw_glob_fail(scan, "start it with '/', '**/', an anchor or '@'",
				    "'%s' is no absolute pattern", scan->pattern->text);
	r = aw_glob_scan_literal(scan, text, mark);
	if (r < 0)
		return r;
	if (mark < length && text[mark] == '/')
		return aw_glob_scan_path(scan, text + mark, length - mark, false);
	return aw_glob_scan_name(scan, text + mark, length - mark);
}

/* One alternative, without braces. */
static int visit_alternative(struct expansion *e, const char *text, size_t length)
{
	struct aw_glob glob = {.root = AW_GLOB_ABSOLUTE};
	int r;

	if (++e->n_alternatives > AW_GLOB_ALTERNATIVES_MAX)
		return aw_glob_fail(&e->scan, "split the pattern",
				    "'%s' has more than %d alternatives (AW_GLOB_ALTERNATIVES_MAX)",
				    e->scan.pattern->text, AW_GLOB_ALTERNATIVES_MAX);
	e->scan.n_tokens = 0;
	if (e->scan.pattern->anchor >= 0) {
		glob.root = AW_GLOB_ANCHORED;
		r = scan_anchored(&e->scan, text, length);
	} else if (is_floating(text, length)) {
		glob.root = AW_GLOB_FLOATING;
		r = scan_floating(&e->scan, text, length);
	} else {
		r = scan_absolute(&e->scan, text, length);
	}
	if (r < 0)
		return r;
	glob.tokens = e->scan.tokens;
	glob.n_tokens = e->scan.n_tokens;
	return e->visit(&glob, e->userdata);
}

/* Index after the element at text[i]: escapes and sets hide braces. */
static size_t skip_element(const char *text, size_t length, size_t i)
{
	if (text[i] == '\\')
		return i + 2 < length ? i + 2 : length;
	return i + 1 + (text[i] == '[' ? aw_glob_set_end(text + i, length - i) : 0);
}

/*
 * The group that opens at text[open]: index of its closing brace and, at most max, of the commas
 * before it that are its own. 0 where nothing closes it.
 */
static size_t find_group(const char *text, size_t length, size_t open, size_t *commas,
			 size_t *ret_n_commas)
{
	size_t depth = 0, n = 0;

	for (size_t i = open; i < length; i = skip_element(text, length, i)) {
		if (text[i] == '{')
			depth++;
		else if (text[i] == '}' && --depth == 0) {
			*ret_n_commas = n;
			return i;
		} else if (text[i] == ',' && depth == 1) {
			commas[n++] = i;
		}
	}
	return 0;
}

static int expand(struct expansion *e, const char *text, size_t length, unsigned n_groups);

/* Whether joining two texts puts a plain star beside another: nobody wrote that `**`. */
static bool joins_stars(const char *joined, size_t length, size_t at)
{
	return at > 0 && at < length && joined[at - 1] == '*' && joined[at] == '*' &&
	       !(at > 1 && joined[at - 2] == '\\');
}

/* Each alternative of the group in turn, put between what stands before and after the group. */
static int expand_group(struct expansion *e, const char *text, size_t length, size_t open,
			unsigned n_groups)
{
	_cleanup_free_ size_t *ends = calloc(length + 1, sizeof(*ends));
	_cleanup_free_ char *joined = malloc(length + 1);
	size_t n_commas, close, begin = open + 1;

	if (!ends || !joined)
		return -ENOMEM;
	close = find_group(text, length, open, ends, &n_commas);
	if (close == 0)
		return aw_glob_fail(&e->scan, "a plain brace is written \\{",
				    "'{' without '}' in '%s'", e->scan.pattern->text);
	ends[n_commas] = close;
	memcpy(joined, text, open);
	for (size_t i = 0; i <= n_commas; i++) {
		size_t n = ends[i] - begin;
		size_t n_joined = open + n + length - close - 1;
		int r;

		memcpy(joined + open, text + begin, n);
		memcpy(joined + open + n, text + close + 1, length - close - 1);
		if (joins_stars(joined, n_joined, open) || joins_stars(joined, n_joined, open + n))
			return aw_glob_fail(&e->scan, "write the alternatives as patterns",
					    "braces put '*' beside '*' in '%s'",
					    e->scan.pattern->text);
		r = expand(e, joined, n_joined, n_groups + 1);
		if (r < 0)
			return r;
		begin = ends[i] + 1;
	}
	return 0;
}

static int expand(struct expansion *e, const char *text, size_t length, unsigned n_groups)
{
	if (n_groups > AW_GLOB_BRACES_MAX)
		return aw_glob_fail(&e->scan, "split the pattern",
				    "'%s' has more than %d groups of braces (AW_GLOB_BRACES_MAX)",
				    e->scan.pattern->text, AW_GLOB_BRACES_MAX);
	for (size_t i = 0; i < length; i = skip_element(text, length, i)) {
		if (text[i] == '{')
			return expand_group(e, text, length, i, n_groups);
		if (text[i] == '}')
			return aw_glob_fail(&e->scan, "a plain brace is written \\}",
					    "'}' without '{' in '%s'", e->scan.pattern->text);
	}
	return visit_alternative(e, text, length);
}

int aw_glob_expand(const struct aw_pattern *pattern, aw_glob_visit_fn visit, void *userdata,
		   struct aw_diag *reterr)
{
	struct expansion e = {.scan = {.pattern = pattern, .reterr = reterr},
			      .visit = visit,
			      .userdata = userdata};
	const char *text = pattern->text;
	int r;

	if (strlen(text) > AW_PATTERN_MAX)
		return aw_glob_fail(&e.scan, NULL,
				    "a pattern of more than %d bytes (AW_PATTERN_MAX)",
				    AW_PATTERN_MAX);
	if (pattern->anchor >= 0) {
		text = strchr(text, '}');
		if (strncmp(pattern->text, "${", 2) != 0 || !text)
			return aw_glob_fail(&e.scan, NULL, "'%s' does not start with its anchor",
					    pattern->text);
		text++;
	}
	r = expand(&e, text, strlen(text), 0);
	free(e.scan.tokens);
	return r;
}

static int ignore(const struct aw_glob *glob, void *userdata)
{
	return 0;
}

int aw_glob_check(const struct aw_pattern *pattern, struct aw_diag *reterr)
{
	return aw_glob_expand(pattern, ignore, NULL, reterr);
}
