/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All patterns of one automaton as a nondeterministic one: built as a trie of tokens, so that
 * patterns share what they start with, then frozen into items that share what they end with. An
 * item knows no pattern and no rule, only what is claimed where it ends.
 */
#pragma once

#include "policy/automaton_intern.h"
#include "policy/compile_claim.h"
#include "policy/glob.h"

#define AW_NFA_NODES_MAX (1u << 22) /* positions in all patterns together */
#define AW_NFA_NO_SET	 0	    /* no byte */

/* A position. Edges to later nodes only, but for its loop. */
struct aw_nfa_node {
	uint32_t parent;
	uint32_t first_edge; /* into edges, AW_NO_ID */
	uint32_t loop;	     /* bytes that stay here */
	uint32_t star;	     /* the node entered together with this one, or AW_NO_ID */
	uint32_t accept;     /* claim of the names that end here */
	uint32_t rest;	     /* claim of all names that come here, whatever follows */
};

struct aw_nfa_edge {
	uint32_t set;
	uint32_t target;
	uint32_t next;
};

/* Where an owner's pattern ends; for naming the owners of large automata. */
struct aw_nfa_leaf {
	uint32_t node;
	uint32_t owner;
};

/*
 * A frozen item is a key in `items`: { rest, accept, loop, then sorted pairs of set and item }. Its
 * rest is claimed for good once the item is entered.
 */
enum aw_nfa_item_word {
	AW_ITEM_REST,
	AW_ITEM_ACCEPT,
	AW_ITEM_LOOP,
	AW_ITEM_EDGES,
};

struct aw_nfa {
	struct aw_claims *claims; /* borrowed */
	struct aw_nfa_node *nodes;
	size_t n_nodes, n_nodes_reserved;
	struct aw_nfa_edge *edges;
	size_t n_edges, n_edges_reserved;
	struct aw_pairs children; /* (node, kind and set) → node */
	struct aw_intern sets;	  /* struct aw_byteset */
	struct aw_nfa_leaf *leaves;
	size_t n_leaves, n_leaves_reserved;
	uint32_t set_slash, set_any;

	/* Frozen. */
	struct aw_intern items;
	uint32_t *item_of; /* by node; AW_NO_ID: entering it is no item of its own */
	uint32_t *reach;   /* by item: union of the claims that can still come of it */
	size_t n_reach_reserved;

	/* Classes of bytes that no set tells apart, numbered by their lowest byte: 0 has byte 0. */
	unsigned n_classes;
	uint8_t class_of[256];
	uint8_t lowest_byte[256]; /* by class */
	/*
	 * By set: the classes in it, or where it holds byte 0 (is_wide) the classes not in it, as
	 * class_list[class_begin[set] … class_begin[set + 1] − 1].
	 */
	bool *is_wide;
	uint32_t *class_begin;
	uint8_t *class_list;
};

int aw_nfa_init(struct aw_nfa *nfa, struct aw_claims *claims);
void aw_nfa_clear(struct aw_nfa *nfa);

/* A start of its own; names are read from it. */
int aw_nfa_add_root(struct aw_nfa *nfa, uint32_t *ret_node);
/*
 * Names from root that the tokens match make the claim. −E2BIG: more than AW_NFA_NODES_MAX.
 */
int aw_nfa_add(struct aw_nfa *nfa, uint32_t root, const struct aw_glob_token *tokens,
	       size_t n_tokens, uint32_t claim, uint32_t owner);

/* Nothing can be added any more. */
int aw_nfa_freeze(struct aw_nfa *nfa);

/* Items that entering a node means: its own and those of its stars (over segments, over names). */
#define AW_NFA_ENTER_MAX 3
/* Returns how many. */
size_t aw_nfa_enter(const struct aw_nfa *nfa, uint32_t node, uint32_t items[AW_NFA_ENTER_MAX]);

size_t aw_nfa_bytes(const struct aw_nfa *nfa);
