/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Literal rules of class REVIEW for every sensitive name that was seen. Done before anything is
 * widened, so that no later step can take such a name along.
 */
#include <stdlib.h>

#include "baseline/generalize_state.h"

/* Makes rules for the facts of one node: one for each entry of the list that they meet. */
static int review_node(struct aw_walk *walk, uint32_t node, const struct aw_sensitive_state *state)
{
	struct aw_name_tree *tree = &walk->evidence->tree;
	const size_t first_rule = walk->learned->rules.n;

	for (uint32_t i = aw_tree_node(tree, node)->first_fact; i; i = tree->facts.items[i].next) {
		struct aw_fact *fact = &tree->facts.items[i];
		struct aw_learned_rule *rule = NULL;
		const struct aw_sensitive *hit =
			aw_sensitive_hit(walk->sensitive, state, 1u << fact->op, true);
		int r = 0;

		if (!hit) {
			fact->is_excepted = aw_sensitive_hit(walk->sensitive, state, 1u << fact->op,
							     false) != NULL;
			continue;
		}
		for (size_t k = first_rule; k < walk->learned->rules.n && !rule; k++)
			if (walk->learned->rules.items[k].sensitive == hit)
				rule = &walk->learned->rules.items[k];
		if (!rule) {
			r = aw_walk_rule(walk, AW_LEARNED_REVIEW, "", &rule);
			if (r < 0)
				return r;
			rule->sensitive = hit;
			rule->n_names = 1;
		}
		r = aw_walk_use(walk, rule, fact);
		if (r < 0)
			return r;
	}
	return 0;
}

static int review_below(struct aw_walk *walk, uint32_t node, const struct aw_sensitive_state *state)
{
	struct aw_name_tree *tree = &walk->evidence->tree;
	const size_t length = walk->pattern.length;
	int r = 0;

	for (uint32_t child = aw_tree_node(tree, node)->first_child; child && r == 0;
	     child = aw_tree_node(tree, child)->next_sibling) {
		const struct aw_segment segment = {aw_tree_name(tree, child),
						   aw_tree_node(tree, child)->name_length, false};
		const struct aw_sensitive_state next =
			aw_sensitive_step(walk->sensitive, state, segment);

		aw_buffer_append_char(&walk->pattern, '/');
		r = aw_segment_escape(&walk->pattern, segment.text, segment.length);
		if (r == 0)
			r = review_node(walk, child, &next);
		if (r == 0)
			r = review_below(walk, child, &next);
		aw_buffer_truncate(&walk->pattern, length);
	}
	return r;
}

int aw_walk_sensitive(struct aw_walk *walk)
{
	const struct aw_sensitive_state start =
		aw_sensitive_start(walk->sensitive, walk->root->path_root);

	if (walk->root->is_special)
		return 0;
	return review_below(walk, walk->root->node, &start);
}
