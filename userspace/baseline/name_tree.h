/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names that a baseline's complete runs touched, as a tree of path segments, with what was done
 * to each (facts). Owns the memory of both; evidence.h fills it, generalize.h reads it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/policy.h"
#include "base/cleanup.h"
#include "base/vec.h"

#define AW_TREE_NODES_MAX  (1u << 24)
#define AW_FACT_SUBJECTS   3 /* subjects remembered per fact, for comments */
#define AW_FACT_NO_SUBJECT UINT32_MAX

/* Nodes and facts go by their numbers; 0 is no node, no fact. */
struct aw_tree_node {
	uint32_t parent;
	uint32_t first_child;
	uint32_t next_sibling;
	uint32_t first_fact;
	uint32_t name; /* offset in the tree's text */
	uint16_t name_length;
};

/* One operation on the name of a node, by whichever subjects. */
struct aw_fact {
	uint32_t next;
	uint32_t set; /* runs: run_sets.h */
	uint32_t subjects[AW_FACT_SUBJECTS];
	uint8_t op;
	bool is_used;	  /* a rule stands for it already */
	bool is_excepted; /* a harmless one among sensitive names: never behind a glob */
	uint64_t count, first_ns, last_ns;
};

struct aw_name_tree {
	AW_VEC(struct aw_tree_node) nodes;
	AW_VEC(struct aw_fact) facts;
	char *text;
	size_t text_length, text_size;
	uint32_t *slots; /* child lookup: numbers of nodes; 0: free */
	size_t n_slots;
	uint64_t seed;
};

int aw_name_tree_init(struct aw_name_tree *tree);
void aw_name_tree_done(struct aw_name_tree *tree);

/* A new root, with a name of its own. */
int aw_name_tree_add_root(struct aw_name_tree *tree, const char *name, uint32_t *ret);

/* The child of this name; made where it is missing. −E2BIG: AW_TREE_NODES_MAX. */
int aw_name_tree_child(struct aw_name_tree *tree, uint32_t parent, const char *name, size_t length,
		       uint32_t *ret);

/* The node of "/a/b" below root; "" is the root itself. Empty segments are passed over. */
int aw_name_tree_path(struct aw_name_tree *tree, uint32_t root, const char *path, size_t length,
		      uint32_t *ret);

/* The same without making nodes; 0 where there is none. */
uint32_t aw_name_tree_find(const struct aw_name_tree *tree, uint32_t root, const char *path,
			   size_t length);

/* The fact of this operation on a node, NULL where there is none; made with make. */
struct aw_fact *aw_name_tree_fact(struct aw_name_tree *tree, uint32_t node, enum aw_op op,
				  bool make);

static inline struct aw_tree_node *aw_tree_node(const struct aw_name_tree *tree, uint32_t node)
{
	return &tree->nodes.items[node];
}

static inline const char *aw_tree_name(const struct aw_name_tree *tree, uint32_t node)
{
	return tree->text + tree->nodes.items[node].name;
}
