/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree of names in a few arrays: a million names must fit into a small machine's memory. Children
 * are found through one open hash over (parent, name), keyed with a secret, for the names come from
 * agents.
 */
#include "baseline/name_tree.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define SLOTS_MIN 1024 /* a power of two */

int aw_name_tree_init(struct aw_name_tree *tree)
{
	int r;

	*tree = (struct aw_name_tree){0};
	if (getrandom(&tree->seed, sizeof(tree->seed), 0) != sizeof(tree->seed))
		return -errno;
	tree->slots = calloc(SLOTS_MIN, sizeof(*tree->slots));
	if (!tree->slots)
		return -ENOMEM;
	tree->n_slots = SLOTS_MIN;
	r = aw_vec_push(&tree->nodes, (struct aw_tree_node){0});
	if (r == 0)
		r = aw_vec_push(&tree->facts, (struct aw_fact){0});
	if (r < 0)
		aw_name_tree_done(tree);
	return r;
}

void aw_name_tree_done(struct aw_name_tree *tree)
{
	aw_vec_done(&tree->nodes);
	aw_vec_done(&tree->facts);
	free(tree->text);
	free(tree->slots);
	*tree = (struct aw_name_tree){0};
}

static uint64_t hash_of(const struct aw_name_tree *tree, uint32_t parent, const char *name,
			size_t length)
{
	uint64_t hash = tree->seed ^ (parent * 0x9e3779b97f4a7c15);

	for (size_t i = 0; i < length; i++) {
		hash = (hash ^ (uint8_t)name[i]) * 0xff51afd7ed558ccd;
		hash ^= hash >> 32;
	}
	return hash;
}

static size_t find_slot(const struct aw_name_tree *tree, uint32_t parent, const char *name,
			size_t length)
{
	const size_t mask = tree->n_slots - 1;

	for (size_t i = hash_of(tree, parent, name, length) & mask;; i = (i + 1) & mask) {
		const struct aw_tree_node *node = aw_tree_node(tree, tree->slots[i]);

		if (!tree->slots[i] || (node->parent == parent && node->name_length == length &&
					!memcmp(tree->text + node->name, name, length)))
			return i;
	}
}

static int grow_slots(struct aw_name_tree *tree)
{
	uint32_t *slots = calloc(2 * tree->n_slots, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(tree->slots);
	tree->slots = slots;
	tree->n_slots *= 2;
	for (uint32_t i = 1; i < tree->nodes.n; i++) {
		const struct aw_tree_node *node = aw_tree_node(tree, i);

		if (node->parent)
			tree->slots[find_slot(tree, node->parent, tree->text + node->name,
					      node->name_length)] = i;
	}
	return 0;
}

/* The bytes of a name into the text, with a zero byte behind them. */
static int add_text(struct aw_name_tree *tree, const char *name, size_t length, uint32_t *ret)
{
	if (tree->text_length + length + 1 > tree->text_size) {
		const size_t size = 2 * (tree->text_length + length + SLOTS_MIN);
		char *larger;

		if (size > UINT32_MAX)
			return -E2BIG;
		larger = realloc(tree->text, size);
		if (!larger)
			return -ENOMEM;
		tree->text = larger;
		tree->text_size = size;
	}
	memcpy(tree->text + tree->text_length, name, length);
	tree->text[tree->text_length + length] = '\0';
	*ret = (uint32_t)tree->text_length;
	tree->text_length += length + 1;
	return 0;
}

static int add_node(struct aw_name_tree *tree, uint32_t parent, const char *name, size_t length,
		    uint32_t *ret)
{
	struct aw_tree_node node = {.parent = parent, .name_length = (uint16_t)length};
	int r;

	if (tree->nodes.n >= AW_TREE_NODES_MAX || length > UINT16_MAX)
		return -E2BIG;
	r = add_text(tree, name, length, &node.name);
	if (r == 0)
		r = aw_vec_push(&tree->nodes, node);
	if (r < 0)
		return r;
	*ret = (uint32_t)tree->nodes.n - 1;
	return 0;
}

int aw_name_tree_add_root(struct aw_name_tree *tree, const char *name, uint32_t *ret)
{
	return add_node(tree, 0, name, strlen(name), ret);
}

int aw_name_tree_child(struct aw_name_tree *tree, uint32_t parent, const char *name, size_t length,
		       uint32_t *ret)
{
	uint32_t node = tree->slots[find_slot(tree, parent, name, length)];
	int r = 0;

	if (!node) {
		if (2 * tree->nodes.n > tree->n_slots)
			r = grow_slots(tree);
		if (r == 0)
			r = add_node(tree, parent, name, length, &node);
		if (r < 0)
			return r;
		aw_tree_node(tree, node)->next_sibling = aw_tree_node(tree, parent)->first_child;
		aw_tree_node(tree, parent)->first_child = node;
		/* Only a slot that is free is looked for: the new node is in none yet. */
		tree->slots[find_slot(tree, parent, name, length)] = node;
	}
	*ret = node;
	return 0;
}

int aw_name_tree_path(struct aw_name_tree *tree, uint32_t root, const char *path, size_t length,
		      uint32_t *ret)
{
	uint32_t node = root;

	for (size_t at = 0; at < length;) {
		const char *slash = memchr(path + at, '/', length - at);
		const size_t n = slash ? (size_t)(slash - path) - at : length - at;

		if (n > 0) {
			const int r = aw_name_tree_child(tree, node, path + at, n, &node);

			if (r < 0)
				return r;
		}
		at += n + 1;
	}
	*ret = node;
	return 0;
}

uint32_t aw_name_tree_find(const struct aw_name_tree *tree, uint32_t root, const char *path,
			   size_t length)
{
	uint32_t node = root;

	for (size_t at = 0; at < length && node;) {
		const char *slash = memchr(path + at, '/', length - at);
		const size_t n = slash ? (size_t)(slash - path) - at : length - at;

		if (n > 0)
			node = tree->slots[find_slot(tree, node, path + at, n)];
		at += n + 1;
	}
	return node;
}

struct aw_fact *aw_name_tree_fact(struct aw_name_tree *tree, uint32_t node, enum aw_op op,
				  bool make)
{
	struct aw_fact fact = {.op = (uint8_t)op, .first_ns = UINT64_MAX};

	for (uint32_t i = aw_tree_node(tree, node)->first_fact; i; i = tree->facts.items[i].next)
		if (tree->facts.items[i].op == op)
			return &tree->facts.items[i];
	if (!make)
		return NULL;
	fact.next = aw_tree_node(tree, node)->first_fact;
	for (int i = 0; i < AW_FACT_SUBJECTS; i++)
		fact.subjects[i] = AW_FACT_NO_SUBJECT;
	if (tree->facts.n >= UINT32_MAX || aw_vec_push(&tree->facts, fact) < 0)
		return NULL;
	aw_tree_node(tree, node)->first_fact = (uint32_t)tree->facts.n - 1;
	return &tree->facts.items[tree->facts.n - 1];
}
