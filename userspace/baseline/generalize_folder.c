/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk through what is left: at each folder its children are grouped, each group becomes rules
 * for its own facts, and the walk goes on below it.
 */
#include <stdlib.h>
#include <string.h>

#include "baseline/generalize_group.h"

static int walk_folder(struct aw_walk *walk, const uint32_t *nodes, size_t n_nodes,
		       const struct aw_sensitive_state *state, const struct aw_group *context);

/* Facts of a node itself that no rule stands for yet. */
static uint32_t count_facts(const struct aw_walk *walk, uint32_t node)
{
	const struct aw_name_tree *tree = &walk->evidence->tree;
	uint32_t n = 0;

	for (uint32_t f = aw_tree_node(tree, node)->first_fact; f; f = tree->facts.items[f].next)
		n += !tree->facts.items[f].is_used;
	return n;
}

static bool has_facts(const struct aw_walk *walk, const uint32_t *nodes, size_t n_nodes)
{
	for (size_t i = 0; i < n_nodes; i++)
		if (count_facts(walk, nodes[i]) > 0)
			return true;
	return false;
}

/* A rule for what was done to the nodes themselves. */
static int rule_for_nodes(struct aw_walk *walk, const uint32_t *nodes, size_t n_nodes,
			  const struct aw_group *context)
{
	struct aw_name_tree *tree = &walk->evidence->tree;
	struct aw_learned_rule *rule = NULL;
	int r;

	if (!has_facts(walk, nodes, n_nodes))
		return 0;
	r = aw_walk_rule(walk, context ? context->class : AW_LEARNED_LITERAL, "", &rule);
	if (r < 0)
		return r;
	rule->type = context ? context->type : AW_SEGMENT_PLAIN;
	for (size_t i = 0; i < n_nodes; i++) {
		bool is_named = false;

		for (uint32_t f = aw_tree_node(tree, nodes[i])->first_fact; f;
		     f = tree->facts.items[f].next) {
			if (tree->facts.items[f].is_used)
				continue;
			is_named = true;
			r = aw_walk_use(walk, rule, &tree->facts.items[f]);
			if (r < 0)
				return r;
		}
		rule->n_names += is_named;
	}
	return 0;
}

/* Whether every run that used something below a folder had made that folder itself. */
static bool is_made_by_runs(struct aw_walk *walk, uint32_t node)
{
	struct aw_name_tree *tree = &walk->evidence->tree;
	const struct aw_fact *made = aw_name_tree_fact(tree, node, AW_OP_CREATE, false);

	return made && aw_run_sets_is_subset(walk->evidence->sets, walk->below[node], made->set);
}

static bool is_own(struct aw_walk *walk, const struct aw_group *group)
{
	uint64_t n_below = 0;

	if (walk->root->is_special || aw_sensitive_lies_below(walk->sensitive, &group->state))
		return false;
	for (size_t i = 0; i < group->nodes.n; i++) {
		const uint32_t node = group->nodes.items[i];

		if (!is_made_by_runs(walk, node))
			return false;
		n_below += walk->live[node] - count_facts(walk, node);
	}
	return n_below >= AW_OWN_FACTS_MIN;
}

static int rule_for_own(struct aw_walk *walk, const struct aw_group *group)
{
	struct aw_learned_rule *rule = NULL;
	int r = aw_walk_rule(walk, AW_LEARNED_OWN, "/**", &rule);

	if (r < 0)
		return r;
	rule->type = group->type;
	for (size_t i = 0; i < group->nodes.n && r == 0; i++)
		r = aw_walk_use_below(walk, rule, group->nodes.items[i], UINT32_MAX);
	return r;
}

static int walk_group(struct aw_walk *walk, const struct aw_group *group)
{
	const size_t length = walk->pattern.length;
	int r;

	if (!walk->root->is_special)
		aw_buffer_append_char(&walk->pattern, '/');
	aw_buffer_append_string(&walk->pattern, group->pattern);
	if (walk->pattern.error)
		return walk->pattern.error;
	if (is_own(walk, group)) {
		r = rule_for_own(walk, group);
	} else {
		r = rule_for_nodes(walk, group->nodes.items, group->nodes.n, group);
		if (r == 0)
			r = walk_folder(walk, group->nodes.items, group->nodes.n, &group->state,
					group);
	}
	aw_buffer_truncate(&walk->pattern, length);
	return r;
}

/*
 * Below a glob the names are literal again, but the rule as a whole is not: it keeps the class of
 * the glob above it. context is the group that the nodes are of; NULL for a root.
 */
static int walk_folder(struct aw_walk *walk, const uint32_t *nodes, size_t n_nodes,
		       const struct aw_sensitive_state *state, const struct aw_group *context)
{
	__attribute__((cleanup(aw_folder_done))) struct aw_folder folder = {
		.nodes = nodes,
		.n_nodes = n_nodes,
		.name = aw_tree_name(&walk->evidence->tree, nodes[0]),
		.name_length = aw_tree_node(&walk->evidence->tree, nodes[0])->name_length,
		.state = *state,
	};
	int r = aw_folder_group(walk, &folder);

	for (size_t i = 0; i < folder.groups.n && r == 0; i++) {
		struct aw_group *group = &folder.groups.items[i];

		if (group->class == AW_LEARNED_LITERAL && context) {
			group->class = context->class;
			group->type = context->type;
		}
		r = walk_group(walk, group);
	}
	return r;
}

int aw_walk_folders(struct aw_walk *walk)
{
	const struct aw_sensitive_state start =
		aw_sensitive_start(walk->sensitive, walk->root->path_root);
	const uint32_t node = walk->root->node;
	int r = rule_for_nodes(walk, &node, 1, NULL);

	return r < 0 ? r : walk_folder(walk, &node, 1, &start, NULL);
}
