/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values that every part of a policy file is made of: text, names, lists, known keys, times.
 */
#include "policy/parse_state.h"

#include <string.h>

#define DURATION_MAX_MS AW_ASK_TIMEOUT_MAX_MS

static_assert(AW_LEASE_MOST_S * 1000ull == DURATION_MAX_MS, "one limit serves both");

static const char *kind_name(const struct aw_yaml_node *node)
{
	if (node->kind == AW_YAML_LIST)
		return "a list";
	return node->kind == AW_YAML_MAP ? "a mapping" : aw_yaml_type_name(aw_yaml_type_of(node));
}

int aw_parse_text(struct aw_parse *p, const struct aw_yaml_node *node, const char *what,
		  const char **ret)
{
	bool is_scalar = node->kind == AW_YAML_SCALAR;
	const char *hint = NULL;

	if (is_scalar && aw_yaml_type_of(node) == AW_YAML_TEXT) {
		if (!*node->text)
			return aw_parse_error(p, node, NULL, "%s: the text is empty", what);
		*ret = node->text;
		return 0;
	}
	if (node->kind == AW_YAML_MAP)
		hint = "quote globs that hold \"{\" or \"[\"";
	else if (is_scalar && strcmp(node->text, "~") == 0)
		hint = "~ alone is YAML for nothing: quote it";
	else if (is_scalar && *node->text)
		hint = "quote it to make it text";
	return aw_parse_error(p, node, hint, "%s: expected text, found %s", what, kind_name(node));
}

int aw_parse_name(struct aw_parse *p, const struct aw_yaml_node *node, const char *what,
		  const char **ret)
{
	static const char characters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/";
	const char *text;
	size_t length;
	int err;

	err = aw_parse_text(p, node, what, &text);
	if (err)
		return err;
	length = strlen(text);
	if (length > AW_ID_MAX)
		return aw_parse_fail(p, node, -E2BIG, NULL, "%s: longer than AW_ID_MAX (%d) bytes",
				     what, AW_ID_MAX);
	if (strspn(text, characters) != length)
		return aw_parse_error(p, node, "letters, digits and . _ - / make up names",
				      "%s: \"%.80s\" is not a name", what, text);
	*ret = text;
	return 0;
}

int aw_parse_items(struct aw_parse *p, const struct aw_yaml_node *node, const char *what,
		   const struct aw_yaml_node **ret, size_t *retn)
{
	size_t n = node->kind == AW_YAML_LIST ? node->n_items : 1;

	if (node->kind == AW_YAML_MAP)
		return aw_parse_error(p, node, "quote globs that hold \"{\" or \"[\"",
				      "%s: expected a list, found a mapping", what);
	if (n == 0)
		return aw_parse_error(p, node, "name at least one, or take the line out",
				      "%s: an empty list", what);
	if (n > AW_PATTERNS_MAX - p->n_patterns)
		return aw_parse_fail(p, node, -E2BIG, NULL,
				     "more patterns in all than AW_PATTERNS_MAX (%d)",
				     AW_PATTERNS_MAX);
	p->n_patterns += n;
	*ret = node->kind == AW_YAML_LIST ? node->items : node;
	*retn = n;
	return 0;
}

static bool is_known(const char *key, const char *const *keys, size_t n_keys)
{
	for (size_t i = 0; i < n_keys; i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

int aw_parse_keys(struct aw_parse *p, const struct aw_yaml_node *node, const char *what,
		  const char *const *keys, size_t n_keys)
{
	char buffer[256];

	if (node->kind != AW_YAML_MAP)
		return aw_parse_error(p, node, NULL, "%s: expected a mapping, found %s", what,
				      kind_name(node));
	for (size_t i = 0; i < node->n_items; i += 2) {
		const struct aw_yaml_node *key = &node->items[i];

		if (!is_known(key->text, keys, n_keys))
			return aw_parse_error(p, key,
					      aw_parse_suggest(buffer, sizeof(buffer), key->text,
							       "keys", keys, n_keys),
					      "%s: unknown key \"%.80s\"", what, key->text);
	}
	return 0;
}

int aw_parse_duration(struct aw_parse *p, const struct aw_yaml_node *node, const char *what,
		      const char *limit, uint64_t *ret)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
	static const char hint[] = "a number and a unit: 500ms, 90s, 15m, 2h or 1d";
	size_t digits;
	uint64_t value = 0;

	if (node->kind != AW_YAML_SCALAR)
		return aw_parse_error(p, node, hint, "%s: expected a time, found %s", what,
				      kind_name(node));
	digits = strspn(node->text, "0123456789");
	for (size_t i = 0; i < digits && value <= DURATION_MAX_MS; i++)
		value = value * 10 + (uint64_t)(node->text[i] - '0');
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (digits == 0 || strcmp(node->text + digits, units[i].name) != 0)
			continue;
		if (value == 0 || value > DURATION_MAX_MS / units[i].ms)
			return aw_parse_error(p, node, NULL,
					      "%s: more than 0 and at most %s (7d) is allowed",
					      what, limit);
		*ret = value * units[i].ms;
		return 0;
	}
	return aw_parse_error(p, node, hint, "%s: \"%.40s\" is not a time", what, node->text);
}
