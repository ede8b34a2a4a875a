/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the objects of a baseline stand in the tree of names: below the root, an anchor, in a
 * nested namespace, or as whole names that have no path.
 */
#include <errno.h>
#include <string.h>

#include "baseline/evidence_parts.h"

static int anchor_root(struct aw_evidence *e, const char *name, uint32_t *ret)
{
	size_t at = 0;
	char *copy;
	int r;

	while (at < e->n_anchors && strcmp(e->anchors[at].name, name) < 0)
		at++;
	if (at < e->n_anchors && !strcmp(e->anchors[at].name, name)) {
		*ret = e->anchors[at].root;
		return 0;
	}
	if (e->n_anchors == AW_ANCHORS_MAX)
		return -E2BIG;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	r = aw_name_tree_add_root(&e->tree, name, ret);
	if (r < 0) {
		free(copy);
		return r;
	}
	memmove(&e->anchors[at + 1], &e->anchors[at], (e->n_anchors - at) * sizeof(e->anchors[0]));
	e->anchors[at] = (struct aw_evidence_anchor){copy, *ret};
	e->n_anchors++;
	return 0;
}

/* The node of an object's name; 0 where it has none. */
static int find_node(struct aw_evidence *e, const struct aw_observation *act, uint32_t *ret)
{
	static const char nested[] = "nested:";
	const size_t mark = strlen(nested);
	const struct aw_bytes name = act->object;
	uint32_t root = e->absolute;
	int r;

	*ret = 0;
	switch (act->kind) {
	case AW_OBJECT_ANCHORED:
		r = anchor_root(e, act->anchor, &root);
		return r < 0 ? r : aw_name_tree_path(&e->tree, root, name.data, name.length, ret);
	case AW_OBJECT_PATH:
		if (name.length == 0 || name.data[0] != '/')
			return 0;
		return aw_name_tree_path(&e->tree, root, name.data, name.length, ret);
	case AW_OBJECT_NESTED:
		if (name.length <= mark || memcmp(name.data, nested, mark) != 0 ||
		    name.data[mark] != '/')
			return 0;
		return aw_name_tree_path(&e->tree, e->nested, name.data + mark, name.length - mark,
					 ret);
	case AW_OBJECT_ANONYMOUS:
	case AW_OBJECT_ABSTRACT:
		if (name.length == 0)
			return 0;
		return aw_name_tree_child(&e->tree, e->special, name.data, name.length, ret);
	case AW_OBJECT_GUARD:
		return aw_name_tree_child(&e->tree, e->guards, name.data, name.length, ret);
	default:
		return 0;
	}
}

int aw_evidence_add_name(struct aw_evidence *e, const struct aw_observation *act, uint32_t set)
{
	uint32_t node = 0, subject = 0;
	struct aw_fact *fact;
	int r = find_node(e, act, &node);

	if (r == 0 && !node) {
		e->n_unnamed++;
		return 0;
	}
	if (r == 0)
		r = aw_evidence_add_subject(e, act->exe, &subject);
	if (r < 0)
		return r;
	fact = aw_name_tree_fact(&e->tree, node, act->op, true);
	if (!fact)
		return -ENOMEM;
	fact->count += act->count;
	if (act->first_ns < fact->first_ns)
		fact->first_ns = act->first_ns;
	if (act->last_ns > fact->last_ns)
		fact->last_ns = act->last_ns;
	aw_evidence_note_subject(e, fact->subjects, subject);
	e->n_acts += act->kind != AW_OBJECT_GUARD;
	return aw_run_sets_union(e->sets, fact->set, set, &fact->set);
}
