/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a glob as written into a pattern: puts in the home folder and the variables, finds the
 * anchor that it starts with, and checks where it may start. What is put in stands for itself: glob
 * characters in it are escaped. The syntax of what follows is glob.c's.
 */
#include "policy/parse_state.h"

#include <string.h>

#include "policy/glob.h"
#include "policy/guard.h"
#include "policy/match.h"

#define VARIABLE_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/* The text under construction; size counts the final zero. */
struct output {
	char *text;
	size_t size;
	size_t length;
	bool is_glob;
};

static int too_long(struct aw_parse *p, const struct aw_yaml_node *at, size_t size)
{
	return aw_parse_fail(p, at, -E2BIG, NULL, "longer than %zu bytes%s", size - 1,
			     size - 1 == AW_PATTERN_MAX ? " (AW_PATTERN_MAX)" : "");
}

static int put(struct aw_parse *p, const struct aw_yaml_node *at, struct output *o,
	       const char *text, size_t length)
{
	if (length >= o->size - o->length)
		return too_long(p, at, o->size);
	memcpy(o->text + o->length, text, length);
	o->length += length;
	o->text[o->length] = '\0';
	return 0;
}

static int put_value(struct aw_parse *p, const struct aw_yaml_node *at, struct output *o,
		     const char *value)
{
	int err = 0;

	for (; *value && !err; value++) {
		if (o->is_glob && strchr("*?[]{},\\", *value))
			err = put(p, at, o, "\\", 1);
		if (!err)
			err = put(p, at, o, value, 1);
	}
	return err;
}

static const char *find_variable(const struct aw_parse *p, const char *name, size_t length)
{
	const char *const *variable = p->options ? p->options->variables : NULL;

	for (; variable && *variable; variable++)
		if (strncmp(*variable, name, length) == 0 && (*variable)[length] == '=')
			return *variable + length + 1;
	return NULL;
}

static bool sees_anchor(const struct aw_parse *p, size_t anchor)
{
	for (size_t i = 0; i < AW_FILE_WORDS; i++)
		if (p->anchor_files[anchor][i] & p->files[p->file].sees[i])
			return true;
	return false;
}

/* The anchor of this name that the file sees; −1 where there is none. */
static int find_anchor(const struct aw_parse *p, const char *name, size_t length)
{
	const struct aw_policy *policy = p->policy;

	for (size_t i = 0; i < policy->n_anchors; i++)
		if (strncmp(policy->anchors[i].name, name, length) == 0 &&
		    !policy->anchors[i].name[length] && sees_anchor(p, i))
			return (int)i;
	return -1;
}

/* The length of NAME where text is "${NAME}…"; 0 where it is not. */
static size_t variable_length(const char *text)
{
	size_t length;

	if (strncmp(text, "${", 2) != 0)
		return 0;
	length = strspn(text + 2, VARIABLE_CHARACTERS);
	return text[2 + length] == '}' ? length : 0;
}

static int unknown_variable(struct aw_parse *p, const struct aw_yaml_node *at, const char *name,
			    int length, bool is_first)
{
	char hint[256];

	if (find_anchor(p, name, (size_t)length) >= 0)
		return aw_parse_error(p, at, "write it first, or use a variable of another name",
				      "anchor ${%.*s} can only stand at the start of a glob",
				      length, name);
	if (is_first) {
		snprintf(hint, sizeof(hint),
			 "declare it under anchors: as in anchors: {%.*s: {}}, or give the "
			 "variable a value with --var",
			 length > 80 ? 80 : length, name);
		return aw_parse_error(p, at, hint,
				      "unbound anchor ${%.*s}: declare it under anchors:", length,
				      name);
	}
	snprintf(hint, sizeof(hint), "give it a value: --var %.*s=VALUE", length > 80 ? 80 : length,
		 name);
	return aw_parse_error(p, at, hint, "unknown variable ${%.*s}", length, name);
}

static int put_variable(struct aw_parse *p, const struct aw_yaml_node *at, struct output *o,
			const char **text)
{
	size_t length = variable_length(*text);
	const char *name = *text + 2, *value;

	if (length == 0)
		return aw_parse_error(p, at,
				      "letters, digits and _ between the braces; $\\{ is no "
				      "variable",
				      "a malformed ${NAME}");
	value = find_variable(p, name, length);
	if (!value)
		return unknown_variable(p, at, name, (int)length, o->is_glob && o->length == 0);
	*text += strlen("${}") + length;
	return put_value(p, at, o, value);
}

static int put_rest(struct aw_parse *p, const struct aw_yaml_node *at, struct output *o,
		    const char *text)
{
	int err = 0;

	while (*text && !err) {
		size_t step = o->is_glob && text[0] == '\\' && text[1] ? 2 : 1;

		if (strncmp(text, "${", 2) == 0) {
			err = put_variable(p, at, o, &text);
			continue;
		}
		err = put(p, at, o, text, step);
		text += step;
	}
	return err;
}

int aw_parse_expand(struct aw_parse *p, const struct aw_yaml_node *at, char *buffer, size_t size)
{
	struct output o = {.text = buffer, .size = size};
	const char *text;
	int err;

	buffer[0] = '\0';
	err = aw_parse_text(p, at, "value", &text);
	return err ?: put_rest(p, at, &o, text);
}

static int put_home(struct aw_parse *p, const struct aw_yaml_node *at, struct output *o)
{
	_cleanup_free_ char *home = NULL;
	size_t length;

	if (at->text[1] && at->text[1] != '/')
		return aw_parse_error(p, at, "name the folder in full: /home/NAME/…",
				      "\"%.80s\": only ~/ stands for a home folder", at->text);
	if (!p->options || !p->options->home)
		return aw_parse_error(p, at, "use an anchor: ${HOME}/…",
				      "\"~/\" needs a home folder, and none is known here");
	home = strdup(p->options->home);
	if (!home)
		return -ENOMEM;
	length = strlen(home);
	while (length > 0 && home[length - 1] == '/')
		home[--length] = '\0';
	return put_value(p, at, o, home);
}

/* Reads "~", "~/" and "${ANCHOR}" at the start; retrest is what is left of the text. */
static int put_start(struct aw_parse *p, const struct aw_yaml_node *at, struct output *o,
		     int *retanchor, const char **retrest)
{
	size_t length = variable_length(at->text);
	int anchor = length ? find_anchor(p, at->text + 2, length) : -1;
	size_t step = 0;
	int err = 0;

	if (at->text[0] == '~') {
		err = put_home(p, at, o);
		step = 1;
	} else if (anchor >= 0) {
		step = strlen("${}") + length;
		if (at->text[step] && at->text[step] != '/')
			return aw_parse_error(p, at, "write ${NAME}/… or ${NAME} alone",
					      "\"%.80s\": a / must follow the anchor", at->text);
		err = put(p, at, o, at->text, step);
	}
	*retanchor = anchor;
	*retrest = at->text + step;
	return err;
}

/* Names of what has no path; only patterns that start with these words match them. */
static bool is_special(const char *text)
{
	static const char *const heads[] = {
		"memfd:", "pipe:", "socket:", "anon_inode:", "kernel:", "nested:/"};

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		if (strncmp(text, heads[i], strlen(heads[i])) == 0)
			return true;
	return false;
}

/* A pattern of guard acts is about one of those that there are. */
static int check_guard(struct aw_parse *p, const struct aw_yaml_node *at,
		       const struct aw_pattern *pattern)
{
	const char *names[AW_GUARDS_MAX];
	char buffer[2048];
	size_t n = 0;
	int err;

	if (strncmp(pattern->text, AW_GUARD_PREFIX, strlen(AW_GUARD_PREFIX)) == 0) {
		err = aw_glob_check(pattern, p->reterr);
		if (err)
			return err;
	}

	for (unsigned int act = 0; act < AW_GUARDS_MAX; act++) {
		const char *name = aw_guard_name(act);

		if (name && aw_match_pattern(pattern, -1, name, strlen(name)))
			return 0;
		if (name)
			names[n++] = name;
	}
	return aw_parse_error(
		p, at,
		aw_parse_suggest(buffer, sizeof(buffer), pattern->text, "guard acts", names, n),
		"\"%.80s\" is no guard act", pattern->text);
}

static int check_start(struct aw_parse *p, const struct aw_yaml_node *at, enum aw_pattern_use use,
		       const char *text)
{
	bool is_abstract = text[0] == '@';

	if (text[0] == '/' || strcmp(text, "**") == 0 || strncmp(text, "**/", 3) == 0)
		return 0;
	if (use == AW_USE_SOCKET && is_abstract && text[1])
		return 0;
	if (is_abstract)
		return aw_parse_error(p, at, "abstract names stand under socket: as \"@name\"",
				      "\"%.80s\" is no path", text);
	if (use == AW_USE_PATH && is_special(text))
		return 0;
	return aw_parse_error(p, at,
			      "write an absolute path, or start with \"**/\", \"~/\" or "
			      "\"${ANCHOR}/\"",
			      "\"%.80s\" is relative", text);
}

int aw_parse_pattern(struct aw_parse *p, const struct aw_yaml_node *at, enum aw_pattern_use use,
		     struct aw_pattern *ret)
{
	char text[AW_PATTERN_MAX + 1] = "";
	struct output o = {.text = text, .size = sizeof(text), .is_glob = true};
	struct aw_pattern pattern = {.text = text, .source = aw_parse_source(p, at)};
	const char *rest;
	int err;

	err = aw_parse_text(p, at, "glob", &rest);
	if (!err)
		err = put_start(p, at, &o, &pattern.anchor, &rest);
	if (!err)
		err = put_rest(p, at, &o, rest);
	if (!err && pattern.anchor < 0 && use != AW_USE_GUARD)
		err = check_start(p, at, use, text);
	if (!err && use != AW_USE_GUARD)
		err = aw_glob_check(&pattern, p->reterr);
	if (!err && use == AW_USE_GUARD)
		err = check_guard(p, at, &pattern);
	if (err)
		return err;
	pattern.text = strdup(text);
	if (!pattern.text)
		return -ENOMEM;
	*ret = pattern;
	return 0;
}

int aw_parse_patterns(struct aw_parse *p, const struct aw_yaml_node *node, const char *what,
		      enum aw_pattern_use use, struct aw_pattern **ret, size_t *retn)
{
	const struct aw_yaml_node *items;
	size_t n;
	int err;

	err = aw_parse_items(p, node, what, &items, &n);
	if (err)
		return err;
	*ret = calloc(n, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	for (*retn = 0; *retn < n; (*retn)++) {
		err = aw_parse_pattern(p, &items[*retn], use, &(*ret)[*retn]);
		if (err)
			return err;
	}
	return 0;
}
