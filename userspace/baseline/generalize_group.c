/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grouping the children of a folder: first by kinds of names, then by openness (generalize_open.c),
 * and each of the rest for itself.
 */
#include "baseline/generalize_group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A child whose name is of a kind. */
struct typed {
	struct aw_child *child;
	char *pattern;
	enum aw_segment_type type;
};

void aw_folder_done(struct aw_folder *folder)
{
	aw_vec_for_each (group, &folder->groups) {
		free(group->pattern);
		aw_vec_done(&group->nodes);
	}
	aw_vec_done(&folder->groups);
	aw_vec_done(&folder->children);
	aw_vec_done(&folder->child_nodes);
}

static int compare_names(const struct aw_name_tree *tree, uint32_t a, uint32_t b)
{
	const struct aw_tree_node *x = aw_tree_node(tree, a), *y = aw_tree_node(tree, b);
	const size_t shorter = x->name_length < y->name_length ? x->name_length : y->name_length;
	const int order = memcmp(tree->text + x->name, tree->text + y->name, shorter);

	return order ? order
		     : (x->name_length > y->name_length) - (x->name_length < y->name_length);
}

static int compare_nodes(const void *a, const void *b, void *tree)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return compare_names(tree, x, y) ?: (x > y) - (x < y);
}

static int add_child(struct aw_walk *walk, struct aw_folder *folder, size_t first, size_t n)
{
	const struct aw_name_tree *tree = &walk->evidence->tree;
	const uint32_t *nodes = folder->child_nodes.items + first;
	struct aw_child child = {.name = aw_tree_name(tree, nodes[0]),
				 .length = aw_tree_node(tree, nodes[0])->name_length,
				 .first = first,
				 .n_nodes = n};

	for (size_t i = 0; i < n; i++) {
		uint32_t facts = 0;
		int r = aw_run_sets_union(walk->evidence->sets, child.set, walk->below[nodes[i]],
					  &child.set);

		if (r < 0)
			return r;
		for (uint32_t f = aw_tree_node(tree, nodes[i])->first_fact; f;
		     f = tree->facts.items[f].next) {
			if (tree->facts.items[f].is_used)
				continue;
			child.ops |= 1u << tree->facts.items[f].op;
			child.is_excepted |= tree->facts.items[f].is_excepted;
			facts++;
		}
		child.is_folder |= walk->live[nodes[i]] > facts;
	}
	return aw_vec_push(&folder->children, child);
}

static int collect(struct aw_walk *walk, struct aw_folder *folder)
{
	struct aw_name_tree *tree = &walk->evidence->tree;
	int r = 0;

	for (size_t i = 0; i < folder->n_nodes && r == 0; i++)
		for (uint32_t c = aw_tree_node(tree, folder->nodes[i])->first_child; c && r == 0;
		     c = aw_tree_node(tree, c)->next_sibling)
			if (walk->live[c] > 0)
				r = aw_vec_push(&folder->child_nodes, c);
	if (folder->child_nodes.n > 1)
		qsort_r(folder->child_nodes.items, folder->child_nodes.n, sizeof(uint32_t),
			compare_nodes, tree);
	for (size_t first = 0, n; first < folder->child_nodes.n && r == 0; first += n) {
		n = 1;
		while (first + n < folder->child_nodes.n &&
		       compare_names(tree, folder->child_nodes.items[first],
				     folder->child_nodes.items[first + n]) == 0)
			n++;
		r = add_child(walk, folder, first, n);
	}
	return r;
}

int aw_folder_add(struct aw_walk *walk, struct aw_folder *folder, struct aw_child *const *members,
		  size_t n_members, const struct aw_group *like, bool *retadded)
{
	const struct aw_segment segment = {like->pattern, strlen(like->pattern), like->is_glob};
	struct aw_group group = {
		.is_glob = like->is_glob, .class = like->class, .type = like->type};
	struct aw_sensitive_state narrow = {0};
	bool is_leaf = true;
	int r = 0;

	*retadded = false;
	group.state = aw_sensitive_step(walk->sensitive, &folder->state, segment);
	for (size_t i = 0; i < n_members; i++) {
		const struct aw_segment name = {members[i]->name, members[i]->length, false};
		const struct aw_sensitive_state one =
			aw_sensitive_step(walk->sensitive, &folder->state, name);

		for (int w = 0; w < AW_SENSITIVE_WORDS; w++)
			narrow.bits[w] |= one.bits[w];
		is_leaf = is_leaf && !members[i]->is_folder;
	}
	if (aw_sensitive_is_wider(walk->sensitive, &group.state, &narrow, is_leaf))
		return 0;
	for (size_t i = 0; i < n_members && r == 0; i++)
		for (size_t k = 0; k < members[i]->n_nodes && r == 0; k++)
			r = aw_vec_push(&group.nodes,
					folder->child_nodes.items[members[i]->first + k]);
	group.pattern = strdup(like->pattern);
	if (r == 0)
		r = group.pattern ? aw_vec_push(&folder->groups, group) : -ENOMEM;
	if (r < 0) {
		free(group.pattern);
		aw_vec_done(&group.nodes);
		return r;
	}
	for (size_t i = 0; i < n_members; i++)
		members[i]->is_taken = true;
	*retadded = true;
	return 0;
}

static int compare_typed(const void *a, const void *b)
{
	const struct typed *x = a, *y = b;
	const int order = strcmp(x->pattern, y->pattern);

	return order ? order : (x->child > y->child) - (x->child < y->child);
}

/* Programs and sockets stay by name outside the workspace: a number there is part of the name. */
static bool may_widen(const struct aw_walk *walk, const struct aw_child *child)
{
	return walk->root->is_workspace ||
	       !(child->ops & (1u << AW_OP_EXEC | 1u << AW_OP_MAP | 1u << AW_OP_UNIX));
}

/* Whether the names of one kind are worth a glob. */
static bool is_evident(const struct aw_walk *walk, const struct typed *first, size_t n)
{
	const size_t n_runs = walk->evidence->n_complete;
	uint64_t n_once = 0, n_all = 0;

	for (size_t i = 0; i < n; i++) {
		const uint32_t size = aw_run_sets_size(walk->evidence->sets, first[i].child->set);

		n_once += size == 1;
		n_all += size;
	}
	if (first->type == AW_SEGMENT_OBJECT)
		return n > 1 || n_runs == 1;
	if (aw_segment_is_sure(first->type))
		return n_once > 0;
	return n_runs >= AW_TYPED_RUNS_MIN && n >= AW_TYPED_NAMES_MIN &&
	       aw_statistics_openness(n_once, n_all) > AW_OPENNESS_MIN;
}

/* Names seen once that happen not to look like their kind, but match its glob, go along. */
static int take_with(struct aw_walk *walk, struct aw_folder *folder, const struct typed *first,
		     size_t n)
{
	const struct aw_segment glob = {first->pattern, strlen(first->pattern), true};
	const struct aw_group like = {.pattern = first->pattern,
				      .is_glob = true,
				      .class = AW_LEARNED_TYPED,
				      .type = first->type};
	AW_VEC(struct aw_child *) members = {0};
	bool is_added = false;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = aw_vec_push(&members, first[i].child);
	aw_vec_for_each (child, &folder->children) {
		const struct aw_segment name = {child->name, child->length, false};
		bool is_member = false;

		for (size_t i = 0; i < n && !is_member; i++)
			is_member = first[i].child == child;
		if (r == 0 && !is_member && !child->is_taken && !child->is_excepted &&
		    (first->type == AW_SEGMENT_TEMPORARY || first->type == AW_SEGMENT_RANDOM) &&
		    aw_run_sets_size(walk->evidence->sets, child->set) == 1 &&
		    aw_segment_meet(glob, name))
			r = aw_vec_push(&members, child);
	}
	if (r == 0)
		r = aw_folder_add(walk, folder, members.items, members.n, &like, &is_added);
	aw_vec_done(&members);
	return r;
}

static int classify(struct aw_walk *walk, struct aw_folder *folder, struct typed *typed,
		    size_t *retn)
{
	int r = 0;

	aw_vec_for_each (child, &folder->children) {
		_cleanup_buffer_ struct aw_buffer pattern = {0};
		const enum aw_segment_type type = aw_segment_classify(
			folder->name, folder->name_length, child->name, child->length, &pattern);

		if (pattern.error)
			return pattern.error;
		if (type == AW_SEGMENT_PLAIN || child->is_excepted)
			continue;
		if (!aw_segment_is_sure(type) && !may_widen(walk, child))
			continue;
		typed[*retn] = (struct typed){child, aw_buffer_take_string(&pattern), type};
		if (!typed[(*retn)++].pattern)
			return -ENOMEM;
	}
	return r;
}

static int group_typed(struct aw_walk *walk, struct aw_folder *folder)
{
	_cleanup_free_ struct typed *typed = calloc(folder->children.n + 1, sizeof(*typed));
	size_t n = 0;
	int r;

	if (!typed)
		return -ENOMEM;
	r = classify(walk, folder, typed, &n);
	if (r == 0)
		qsort(typed, n, sizeof(*typed), compare_typed);
	for (size_t first = 0, used; first < n && r == 0; first += used) {
		used = 1;
		while (first + used < n &&
		       !strcmp(typed[first].pattern, typed[first + used].pattern))
			used++;
		if (!typed[first].child->is_taken && is_evident(walk, &typed[first], used))
			r = take_with(walk, folder, &typed[first], used);
	}
	for (size_t i = 0; i < n; i++)
		free(typed[i].pattern);
	return r;
}

static int group_rest(struct aw_walk *walk, struct aw_folder *folder)
{
	int r = 0;

	aw_vec_for_each (child, &folder->children) {
		_cleanup_buffer_ struct aw_buffer pattern = {0};
		struct aw_group like = {.class = AW_LEARNED_LITERAL};
		struct aw_child *member = child;
		bool is_added = false;

		if (child->is_taken)
			continue;
		r = aw_segment_escape(&pattern, child->name, child->length);
		if (r < 0)
			return r;
		like.is_glob = pattern.length != child->length ||
			       memcmp(pattern.data, child->name, child->length) != 0;
		like.pattern = aw_buffer_take_string(&pattern);
		if (!like.pattern)
			return -ENOMEM;
		r = aw_folder_add(walk, folder, &member, 1, &like, &is_added);
		free(like.pattern);
		if (r < 0)
			return r;
	}
	return r;
}

static int compare_groups(const void *a, const void *b)
{
	const struct aw_group *x = a, *y = b;

	return strcmp(x->pattern, y->pattern);
}

int aw_folder_group(struct aw_walk *walk, struct aw_folder *folder)
{
	int r = collect(walk, folder);

	if (r == 0)
		r = group_typed(walk, folder);
	if (r == 0)
		r = aw_folder_open(walk, folder);
	if (r == 0)
		r = group_rest(walk, folder);
	if (r == 0 && folder->groups.n > 1)
		qsort(folder->groups.items, folder->groups.n, sizeof(*folder->groups.items),
		      compare_groups);
	return r;
}
