/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trees that become one rule as wholes: the agent's workspace, for all that it does with files,
 * and the system's own programs and data, for reading. Which of the latter there are was reviewed
 * once, here: they hold what packages install and nothing that a site keeps secret.
 */
#include <string.h>

#include "baseline/generalize_state.h"

#define READ	 (1u << AW_OP_READ)
#define READ_MAP (1u << AW_OP_READ | 1u << AW_OP_MAP)

static const struct {
	const char *path;
	uint32_t ops;
} system_trees[] = {
	{"/bin", READ},
	{"/etc/alternatives", READ},
	{"/etc/ca-certificates", READ},
	{"/etc/ld.so.conf.d", READ},
	{"/etc/ssl/certs", READ},
	{"/lib", READ_MAP},
	{"/lib32", READ_MAP},
	{"/lib64", READ_MAP},
	{"/nix/store", READ_MAP},
	{"/sbin", READ},
	{"/sys/devices/system/cpu", READ},
	{"/sys/devices/system/node", READ},
	{"/usr/bin", READ},
	{"/usr/games", READ},
	{"/usr/include", READ},
	{"/usr/lib", READ_MAP},
	{"/usr/lib32", READ_MAP},
	{"/usr/lib64", READ_MAP},
	{"/usr/libexec", READ_MAP},
	{"/usr/local/bin", READ},
	{"/usr/local/include", READ},
	{"/usr/local/lib", READ_MAP},
	{"/usr/local/share", READ},
	{"/usr/sbin", READ},
	{"/usr/share", READ},
};

/* Names below a node that have an unused fact of these operations; counting ends at `enough`. */
static size_t count_names(const struct aw_walk *walk, uint32_t node, uint32_t ops, size_t enough)
{
	const struct aw_name_tree *tree = &walk->evidence->tree;
	size_t n = 0;

	for (uint32_t i = aw_tree_node(tree, node)->first_fact; i; i = tree->facts.items[i].next)
		if (!tree->facts.items[i].is_used && (ops >> tree->facts.items[i].op & 1))
			n = 1;
	for (uint32_t c = aw_tree_node(tree, node)->first_child; c && n < enough;
	     c = aw_tree_node(tree, c)->next_sibling)
		n += count_names(walk, c, ops, enough - n);
	return n;
}

static int take_tree(struct aw_walk *walk, uint32_t node, enum aw_learned_class class, uint32_t ops)
{
	struct aw_learned_rule *rule = NULL;
	int r;

	if (count_names(walk, node, ops, AW_SYSTEM_NAMES_MIN) < AW_SYSTEM_NAMES_MIN)
		return 0;
	r = aw_walk_rule(walk, class, "/**", &rule);
	return r < 0 ? r : aw_walk_use_below(walk, rule, node, ops);
}

int aw_walk_trees(struct aw_walk *walk)
{
	const struct aw_name_tree *tree = &walk->evidence->tree;

	if (walk->root->is_workspace)
		return take_tree(walk, walk->root->node, AW_LEARNED_WORKSPACE, AW_FILE_OPS);
	if (walk->root->node != walk->evidence->absolute)
		return 0;
	for (size_t i = 0; i < sizeof(system_trees) / sizeof(system_trees[0]); i++) {
		const char *path = system_trees[i].path;
		const uint32_t node = aw_name_tree_find(tree, walk->root->node, path, strlen(path));
		int r = 0;

		aw_buffer_clear(&walk->pattern);
		aw_buffer_append_string(&walk->pattern, path);
		if (node)
			r = take_tree(walk, node, AW_LEARNED_SYSTEM, system_trees[i].ops);
		if (r < 0)
			return r;
	}
	return 0;
}
