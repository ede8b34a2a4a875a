/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The children of one folder, put into groups that one segment of a pattern stands for each.
 * Private to baseline/.
 */
#pragma once

#include "baseline/generalize_state.h"

/* Children of one name, in all the folders that the pattern under way stands for. */
struct aw_child {
	const char *name;
	size_t length;
	size_t first; /* in the group's nodes */
	size_t n_nodes;
	uint32_t set;	  /* runs of it and all below */
	uint32_t ops;	  /* on it, not below */
	bool is_folder;	  /* something is below it */
	bool is_excepted; /* stays a literal: see struct aw_fact */
	bool is_taken;	  /* a group stands for it */
};

struct aw_group {
	char *pattern; /* one segment */
	bool is_glob;
	enum aw_learned_class class;
	enum aw_segment_type type;
	AW_VEC(uint32_t) nodes;
	struct aw_sensitive_state state; /* behind the segment */
};

/* One folder: what goes in, and the groups that come out. */
struct aw_folder {
	const uint32_t *nodes; /* the folders that the pattern stands for */
	size_t n_nodes;
	const char *name; /* of the last of them: context for kinds of names */
	size_t name_length;
	struct aw_sensitive_state state;
	AW_VEC(uint32_t) child_nodes; /* sorted by name */
	AW_VEC(struct aw_child) children;
	AW_VEC(struct aw_group) groups; /* in order of their patterns */
};

void aw_folder_done(struct aw_folder *folder);

/* Fills the groups: every live child is in exactly one. */
int aw_folder_group(struct aw_walk *walk, struct aw_folder *folder);

/* Adds a group for these children unless it would widen over something sensitive. */
int aw_folder_add(struct aw_walk *walk, struct aw_folder *folder, struct aw_child *const *members,
		  size_t n_members, const struct aw_group *like, bool *retadded);

/* generalize_open.c: groups for what differs from run to run among the children not taken. */
int aw_folder_open(struct aw_walk *walk, struct aw_folder *folder);
