/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the trie of tokens. Freezing it is automaton_freeze.c's.
 */
#include "policy/automaton_nfa.h"

#include <errno.h>
#include <string.h>

static int add_set(struct aw_nfa *nfa, const struct aw_byteset *set, uint32_t *ret)
{
	uint32_t words[8];

	memcpy(words, set->bits, sizeof(words));
	return aw_intern_put(&nfa->sets, words, 8, ret);
}

int aw_nfa_init(struct aw_nfa *nfa, struct aw_claims *claims)
{
	struct aw_byteset none = {}, slash = aw_byteset_range('/', '/'),
			  any = aw_byteset_range(0, 255);
	uint32_t id;
	int r;

	*nfa = (struct aw_nfa){.claims = claims};
	r = add_set(nfa, &none, &id);
	if (r == 0)
		r = add_set(nfa, &slash, &nfa->set_slash);
	if (r == 0)
		r = add_set(nfa, &any, &nfa->set_any);
	return r;
}

void aw_nfa_clear(struct aw_nfa *nfa)
{
	free(nfa->nodes);
	free(nfa->edges);
	aw_pairs_clear(&nfa->children);
	aw_intern_clear(&nfa->sets);
	free(nfa->leaves);
	aw_intern_clear(&nfa->items);
	free(nfa->item_of);
	free(nfa->reach);
	free(nfa->is_wide);
	free(nfa->class_begin);
	free(nfa->class_list);
	*nfa = (struct aw_nfa){};
}

static int add_node(struct aw_nfa *nfa, uint32_t parent, uint32_t *ret)
{
	int r;

	if (nfa->n_nodes == AW_NFA_NODES_MAX)
		return -E2BIG;
	r = AW_RESERVE(&nfa->nodes, &nfa->n_nodes_reserved, nfa->n_nodes + 1);
	if (r < 0)
		return r;
	nfa->nodes[nfa->n_nodes] =
		(struct aw_nfa_node){.parent = parent, .first_edge = AW_NO_ID, .star = AW_NO_ID};
	*ret = (uint32_t)nfa->n_nodes++;
	return 0;
}

int aw_nfa_add_root(struct aw_nfa *nfa, uint32_t *ret_node)
{
	return add_node(nfa, AW_NO_ID, ret_node);
}

static int add_edge(struct aw_nfa *nfa, uint32_t from, uint32_t set, uint32_t target)
{
	int r = AW_RESERVE(&nfa->edges, &nfa->n_edges_reserved, nfa->n_edges + 1);

	if (r < 0)
		return r;
	nfa->edges[nfa->n_edges] = (struct aw_nfa_edge){
		.set = set, .target = target, .next = nfa->nodes[from].first_edge};
	nfa->nodes[from].first_edge = (uint32_t)nfa->n_edges++;
	return 0;
}

static int add_set_child(struct aw_nfa *nfa, uint32_t node, uint32_t set, uint32_t *ret)
{
	int r = add_node(nfa, node, ret);

	return r < 0 ? r : add_edge(nfa, node, set, *ret);
}

/* A star is a node that loops and is entered with the one before it. */
static int add_star_child(struct aw_nfa *nfa, uint32_t node, uint32_t set, uint32_t *ret)
{
	int r = add_node(nfa, node, ret);

	if (r < 0)
		return r;
	nfa->nodes[*ret].loop = set;
	nfa->nodes[*ret].star = nfa->nodes[node].star;
	nfa->nodes[node].star = *ret;
	return 0;
}

/*
 * After a '/', directly or after any number of segments: a node that loops over everything, and
 * one for the starts of segments, which is the child.
 */
static int add_segments_child(struct aw_nfa *nfa, uint32_t node, uint32_t *ret)
{
	uint32_t inside;
	int r = add_set_child(nfa, node, nfa->set_slash, &inside);

	if (r == 0)
		r = add_set_child(nfa, inside, nfa->set_slash, ret);
	if (r == 0)
		r = add_edge(nfa, node, nfa->set_slash, *ret);
	if (r == 0)
		nfa->nodes[inside].loop = nfa->set_any;
	return r;
}

static int find_child(struct aw_nfa *nfa, uint32_t node, const struct aw_glob_token *token,
		      uint32_t *ret)
{
	uint32_t set, child;
	uint64_t key;
	int r = add_set(nfa, &token->set, &set);

	if (r < 0)
		return r;
	key = aw_pair(node, set << 2 | token->kind);
	child = aw_pairs_get(&nfa->children, key);
	if (child == AW_NO_ID) {
		if (token->kind == AW_GLOB_SET)
			r = add_set_child(nfa, node, set, &child);
		else if (token->kind == AW_GLOB_STAR)
			r = add_star_child(nfa, node, set, &child);
		else
			r = add_segments_child(nfa, node, &child);
		if (r == 0)
			r = aw_pairs_add(&nfa->children, key, child);
		if (r < 0)
			return r;
	}
	*ret = child;
	return 0;
}

int aw_nfa_add(struct aw_nfa *nfa, uint32_t root, const struct aw_glob_token *tokens,
	       size_t n_tokens, uint32_t claim, uint32_t owner)
{
	uint32_t node = root;
	bool has_rest = n_tokens > 0 && tokens[n_tokens - 1].kind == AW_GLOB_REST;
	uint32_t *end;
	int r;

	for (size_t i = 0; i < n_tokens - has_rest; i++) {
		if (tokens[i].kind == AW_GLOB_SELF) {
			end = &nfa->nodes[node].accept;
			r = aw_claims_union(nfa->claims, *end, claim, end);
		} else {
			r = find_child(nfa, node, &tokens[i], &node);
		}
		if (r < 0)
			return r;
	}
	end = has_rest ? &nfa->nodes[node].rest : &nfa->nodes[node].accept;
	r = aw_claims_union(nfa->claims, *end, claim, end);
	if (r == 0)
		r = AW_RESERVE(&nfa->leaves, &nfa->n_leaves_reserved, nfa->n_leaves + 1);
	if (r < 0)
		return r;
	nfa->leaves[nfa->n_leaves++] = (struct aw_nfa_leaf){.node = node, .owner = owner};
	return 0;
}

size_t aw_nfa_enter(const struct aw_nfa *nfa, uint32_t node, uint32_t items[AW_NFA_ENTER_MAX])
{
	size_t n = 0;

	for (; node != AW_NO_ID && n < AW_NFA_ENTER_MAX; node = nfa->nodes[node].star)
		if (nfa->item_of[node] != AW_NO_ID)
			items[n++] = nfa->item_of[node];
	return n;
}

size_t aw_nfa_bytes(const struct aw_nfa *nfa)
{
	return nfa->n_nodes_reserved * sizeof(*nfa->nodes) +
	       nfa->n_edges_reserved * sizeof(*nfa->edges) +
	       nfa->children.n_slots * sizeof(*nfa->children.slots) + aw_intern_bytes(&nfa->items);
}
