/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of generalize*.c share: the state of one generalisation, and adding facts to
 * rules. Private to baseline/.
 */
#pragma once

#include "base/buffer.h"
#include "baseline/generalize.h"

/* A tree of names as the walk sees it. */
struct aw_walk_root {
	const char *prefix; /* "", "${HOME}", "nested:" */
	uint32_t node;
	enum aw_path_root path_root;
	bool is_workspace;
	bool is_special; /* whole names, no segments */
};

struct aw_walk {
	struct aw_evidence *evidence;
	struct aw_learned *learned;
	struct aw_sensitive_set *sensitive;
	const struct aw_walk_root *root; /* of the tree under way */
	struct aw_buffer pattern;	 /* of the node under way */
	/* Per node, of what is not used by a rule yet: */
	uint32_t *live;	 /* facts on it and below */
	uint32_t *below; /* set of runs of those */
};

#define AW_FILE_OPS                                                                       \
	(1u << AW_OP_READ | 1u << AW_OP_WRITE | 1u << AW_OP_CREATE | 1u << AW_OP_DELETE | \
	 1u << AW_OP_RENAME | 1u << AW_OP_LINK | 1u << AW_OP_ATTR)

/* A new rule of this class for the walk's pattern, `suffix` behind it. Borrowed until the next. */
int aw_walk_rule(struct aw_walk *walk, enum aw_learned_class class, const char *suffix,
		 struct aw_learned_rule **ret);

/* Makes the rule stand for a fact. */
int aw_walk_use(struct aw_walk *walk, struct aw_learned_rule *rule, struct aw_fact *fact);

/*
 * Makes the rule stand for all facts of these operations on a node and below it; for a tree of the
 * system, without the harmless ones among sensitive names.
 */
int aw_walk_use_below(struct aw_walk *walk, struct aw_learned_rule *rule, uint32_t node,
		      uint32_t ops);

/* generalize_sensitive.c: literal rules for all that is sensitive. */
int aw_walk_sensitive(struct aw_walk *walk);

/* generalize_trees.c: the workspace and the system's folders. */
int aw_walk_trees(struct aw_walk *walk);

/* generalize_folder.c: all that is left below the root, folder by folder. */
int aw_walk_folders(struct aw_walk *walk);

/* generalize_net.c: the addresses. */
int aw_walk_endpoints(struct aw_walk *walk);
