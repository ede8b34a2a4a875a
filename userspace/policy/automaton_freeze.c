/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Freezes the trie of tokens: merges positions from which the same follows, notes what can still be
 * claimed from each, and sorts bytes into classes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/automaton_nfa.h"

/* The key of one item while it is put together. */
struct item_key {
	uint32_t *words;
	size_t n, n_reserved;
	uint64_t *edges; /* pairs, to be sorted */
	size_t n_edges, n_edges_reserved;
};

static int compare_pairs(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Every edge of the node, once for each item that its target means. */
static int collect_edges(const struct aw_nfa *nfa, uint32_t node, struct item_key *key)
{
	uint32_t items[AW_NFA_ENTER_MAX];

	key->n_edges = 0;
	for (uint32_t i = nfa->nodes[node].first_edge; i != AW_NO_ID; i = nfa->edges[i].next) {
		size_t n = aw_nfa_enter(nfa, nfa->edges[i].target, items);
		int r = AW_RESERVE(&key->edges, &key->n_edges_reserved, key->n_edges + n);

		if (r < 0)
			return r;
		for (size_t j = 0; j < n; j++)
			key->edges[key->n_edges++] = aw_pair(nfa->edges[i].set, items[j]);
	}
	if (key->n_edges > 1)
		qsort(key->edges, key->n_edges, sizeof(*key->edges), compare_pairs);
	return 0;
}

static int write_key(const struct aw_nfa *nfa, uint32_t node, struct item_key *key)
{
	int r = AW_RESERVE(&key->words, &key->n_reserved, AW_ITEM_EDGES + 2 * key->n_edges);

	if (r < 0)
		return r;
	key->words[AW_ITEM_REST] = nfa->nodes[node].rest;
	key->words[AW_ITEM_ACCEPT] = nfa->nodes[node].accept;
	key->words[AW_ITEM_LOOP] = nfa->nodes[node].loop;
	key->n = AW_ITEM_EDGES;
	for (size_t i = 0; i < key->n_edges; i++) {
		if (i > 0 && key->edges[i] == key->edges[i - 1])
			continue;
		key->words[key->n++] = (uint32_t)(key->edges[i] >> 32);
		key->words[key->n++] = (uint32_t)key->edges[i];
	}
	return 0;
}

/* Union of what the new item claims itself and what its followers can. */
static int note_reach(struct aw_nfa *nfa, uint32_t item)
{
	size_t length;
	const uint32_t *words = aw_intern_get(&nfa->items, item, &length);
	uint32_t reach;
	int r = aw_claims_union(nfa->claims, words[AW_ITEM_REST], words[AW_ITEM_ACCEPT], &reach);

	for (size_t i = AW_ITEM_EDGES; r == 0 && i < length; i += 2)
		r = aw_claims_union(nfa->claims, reach, nfa->reach[words[i + 1]], &reach);
	if (r == 0)
		r = AW_RESERVE(&nfa->reach, &nfa->n_reach_reserved, (size_t)item + 1);
	if (r < 0)
		return r;
	nfa->reach[item] = reach;
	return 0;
}

static int merge_node(struct aw_nfa *nfa, uint32_t node, struct item_key *key)
{
	size_t before = nfa->items.n;
	const struct aw_nfa_node *n = &nfa->nodes[node];
	int r = collect_edges(nfa, node, key);

	if (r == 0)
		r = write_key(nfa, node, key);
	if (r < 0)
		return r;
	nfa->item_of[node] = AW_NO_ID;
	if (n->rest == AW_CLAIM_NONE && n->accept == AW_CLAIM_NONE && key->n == AW_ITEM_EDGES)
		return 0;
	r = aw_intern_put(&nfa->items, key->words, key->n, &nfa->item_of[node]);
	if (r == 0 && nfa->items.n > before)
		r = note_reach(nfa, nfa->item_of[node]);
	return r;
}

/* Edges lead to later nodes only, so from the last to the first every follower is merged. */
static int merge_nodes(struct aw_nfa *nfa)
{
	struct item_key key = {};
	int r = 0;

	nfa->item_of = calloc(nfa->n_nodes, sizeof(*nfa->item_of));
	if (!nfa->item_of)
		return -ENOMEM;
	for (size_t i = nfa->n_nodes; r == 0 && i-- > 0;)
		r = merge_node(nfa, (uint32_t)i, &key);
	free(key.words);
	free(key.edges);
	return r;
}

static const struct aw_byteset *get_set(const struct aw_nfa *nfa, uint32_t set,
					struct aw_byteset *buffer)
{
	size_t length;

	memcpy(buffer, aw_intern_get(&nfa->sets, set, &length), sizeof(*buffer));
	return buffer;
}

/* Splits every class that the set cuts; classes are numbered by their lowest byte. */
static void refine_classes(struct aw_nfa *nfa, const struct aw_byteset *set)
{
	unsigned n = 0;
	int renamed[2][256];

	memset(renamed, -1, sizeof(renamed));
	for (unsigned byte = 0; byte < 256; byte++) {
		int *name = &renamed[aw_byteset_has(set, (uint8_t)byte)][nfa->class_of[byte]];

		if (*name < 0) {
			nfa->lowest_byte[n] = (uint8_t)byte;
			*name = (int)n++;
		}
		nfa->class_of[byte] = (uint8_t)*name;
	}
	nfa->n_classes = n;
}

/* By set, the classes on that side of it where byte 0 is not. */
static int list_classes(struct aw_nfa *nfa)
{
	uint32_t n = 0;

	nfa->is_wide = calloc(nfa->sets.n, sizeof(*nfa->is_wide));
	nfa->class_begin = calloc(nfa->sets.n + 1, sizeof(*nfa->class_begin));
	nfa->class_list = calloc(nfa->sets.n, nfa->n_classes);
	if (!nfa->is_wide || !nfa->class_begin || !nfa->class_list)
		return -ENOMEM;
	for (uint32_t set = 0; set < nfa->sets.n; set++) {
		struct aw_byteset bytes;

		get_set(nfa, set, &bytes);
		nfa->is_wide[set] = aw_byteset_has(&bytes, 0);
		nfa->class_begin[set] = n;
		for (unsigned c = 0; c < nfa->n_classes; c++)
			if (aw_byteset_has(&bytes, nfa->lowest_byte[c]) != nfa->is_wide[set])
				nfa->class_list[n++] = (uint8_t)c;
	}
	nfa->class_begin[nfa->sets.n] = n;
	return 0;
}

int aw_nfa_freeze(struct aw_nfa *nfa)
{
	int r = merge_nodes(nfa);

	if (r < 0)
		return r;
	nfa->n_classes = 1;
	memset(nfa->class_of, 0, sizeof(nfa->class_of));
	for (uint32_t set = 0; set < nfa->sets.n; set++) {
		struct aw_byteset bytes;

		refine_classes(nfa, get_set(nfa, set, &bytes));
	}
	return list_classes(nfa);
}
