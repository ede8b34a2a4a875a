/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The top of a policy file: version, name, who wrote it, and in which order its parts are read. The
 * files that it includes are read first, so that they stand before it.
 */
#include "policy/parse_state.h"

#include <string.h>

#define VERSION 1

static int read_version(struct aw_parse *p, const struct aw_yaml_node *root)
{
	const struct aw_yaml_node *node = aw_yaml_get(root, "version");
	long version;

	if (!node)
		return aw_parse_error(p, root, "start with `version: 1`", "version: is missing");
	if (node->kind != AW_YAML_SCALAR || aw_yaml_type_of(node) != AW_YAML_INT)
		return aw_parse_error(p, node, "write `version: 1`", "version: expected a number");
	version = strtol(node->text, NULL, 10);
	if (version > VERSION)
		return aw_parse_error(p, node, "use a newer agentwatch for this file",
				      "version %.20s is newer than what this agentwatch reads (%d)",
				      node->text, VERSION);
	if (version != VERSION || strcmp(node->text, "1") != 0)
		return aw_parse_error(p, node, "write `version: 1`",
				      "version: unknown version %.20s", node->text);
	return 0;
}

/* The file's name without folders and ending, for a policy that gives itself none. */
static char *default_name(const char *file)
{
	const char *start = strrchr(file, '/');
	size_t length, ending = strlen(".yaml");

	start = start ? start + 1 : file;
	length = strlen(start);
	if (length > ending && strcmp(start + length - ending, ".yaml") == 0)
		length -= ending;
	return strndup(start, length > AW_ID_MAX ? AW_ID_MAX : length);
}

static int read_name(struct aw_parse *p, const struct aw_yaml_node *root)
{
	const struct aw_yaml_node *node = aw_yaml_get(root, "name");
	const char *name;
	int err;

	if (node) {
		err = aw_parse_name(p, node, "name", &name);
		if (err)
			return err;
	}
	if (p->file != 0)
		return 0; /* the policy is called as its main file says */
	p->policy->name = node ? strdup(name) : default_name(p->policy->files[0]);
	return p->policy->name ? 0 : -ENOMEM;
}

static int read_administrator(struct aw_parse *p, const struct aw_yaml_node *root)
{
	const struct aw_yaml_node *node = aw_yaml_get(root, "administrator");
	struct aw_parse_file *file = &p->files[p->file];
	bool is_allowed = file->is_administrators;

	file->is_administrators = false;
	if (!node)
		return 0;
	if (node->kind != AW_YAML_SCALAR || aw_yaml_type_of(node) != AW_YAML_BOOL)
		return aw_parse_error(p, node, "write `administrator: true`",
				      "administrator: expected true or false");
	if (strcasecmp(node->text, "true") != 0)
		return 0;
	if (!is_allowed)
		return aw_parse_error(p, node, "chown root and chmod go-w the file",
				      "administrator: the file is not owned by root, or its group "
				      "or others can write it");
	file->is_administrators = true;
	return 0;
}

static int read_includes(struct aw_parse *p, const struct aw_yaml_node *node)
{
	const struct aw_yaml_node *items;
	const char *name;
	size_t n;
	int err;

	err = aw_parse_items(p, node, "include", &items, &n);
	for (size_t i = 0; i < n && !err; i++) {
		err = aw_parse_text(p, &items[i], "include", &name);
		if (!err)
			err = aw_parse_include(p, &items[i], name);
	}
	return err;
}

int aw_parse_document(struct aw_parse *p, const struct aw_yaml_node *root)
{
	static const char *const keys[] = {"version",	"name",	   "administrator",
					   "include",	"anchors", "subjects",
					   "resolvers", "leases",  "rules"};
	static const struct {
		const char *key;
		int (*read)(struct aw_parse *p, const struct aw_yaml_node *node);
	} parts[] = {
		{"include", read_includes},	 {"anchors", aw_parse_anchors},
		{"subjects", aw_parse_subjects}, {"resolvers", aw_parse_resolvers},
		{"leases", aw_parse_leases},	 {"rules", aw_parse_rules},
	};
	int err;

	err = aw_parse_keys(p, root, "policy", keys, sizeof(keys) / sizeof(*keys));
	if (!err)
		err = read_version(p, root);
	if (!err)
		err = read_name(p, root);
	if (!err)
		err = read_administrator(p, root);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && !err; i++) {
		const struct aw_yaml_node *node = aw_yaml_get(root, parts[i].key);

		if (node)
			err = parts[i].read(p, node);
	}
	return err;
}
