/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subset construction. A state is a claim that holds whatever follows and a sorted list of items;
 * its work depends on the edges of its items, not on the number of byte classes.
 */
#include "policy/automaton.h"

#include <errno.h>
#include <string.h>

#include "policy/automaton_forget.h"

/* A growing list of words. */
struct list {
	uint32_t *words;
	size_t n, n_reserved;
};

/* One edge of an item of the state at work. */
struct move {
	uint32_t set_or_next; /* wide: the set; narrow: the class's next move + 1, or 0 */
	uint32_t target;
};

struct builder {
	const struct aw_nfa *nfa;
	struct aw_automaton *automaton;
	struct aw_intern states; /* { claim held, items … } */
	struct aw_automaton_census *census;
	size_t n_fallback, n_first_edge, n_edges, n_edges_reserved, n_colour, n_held;

	/* The state at work. */
	uint32_t held;
	struct move *wide, *narrow;
	size_t n_wide, n_wide_reserved, n_narrow, n_narrow_reserved;
	uint32_t class_moves[256]; /* index + 1 of the class's first narrow move, or 0 */
	uint64_t touched[4];	   /* classes that may lead elsewhere than the fallback */
	struct list next;	   /* word 0: held */
};

void aw_automaton_clear(struct aw_automaton *automaton)
{
	free(automaton->fallback);
	free(automaton->first_edge);
	free(automaton->edges);
	free(automaton->colour);
	*automaton = (struct aw_automaton){};
}

void aw_automaton_census_clear(struct aw_automaton_census *census)
{
	free(census->by_item);
	free(census->by_held);
	*census = (struct aw_automaton_census){};
}

uint32_t aw_automaton_step(const struct aw_automaton *automaton, uint32_t state, uint8_t byte)
{
	uint8_t byte_class = automaton->class_of[byte];

	for (uint32_t i = automaton->first_edge[state]; i < automaton->first_edge[state + 1]; i++)
		if (automaton->edges[i].byte_class == byte_class)
			return automaton->edges[i].target;
	return automaton->fallback[state];
}

static void touch(struct builder *b, uint32_t byte_class)
{
	b->touched[byte_class / 64] |= 1ull << (byte_class % 64);
}

static int add_narrow(struct builder *b, uint8_t byte_class, uint32_t target)
{
	int r = AW_RESERVE(&b->narrow, &b->n_narrow_reserved, b->n_narrow + 1);

	if (r < 0)
		return r;
	b->narrow[b->n_narrow] =
		(struct move){.set_or_next = b->class_moves[byte_class], .target = target};
	b->class_moves[byte_class] = (uint32_t)++b->n_narrow;
	touch(b, byte_class);
	return 0;
}

static int add_move(struct builder *b, uint32_t set, uint32_t target)
{
	const struct aw_nfa *nfa = b->nfa;
	int r = 0;

	if (nfa->is_wide[set]) {
		r = AW_RESERVE(&b->wide, &b->n_wide_reserved, b->n_wide + 1);
		if (r < 0)
			return r;
		b->wide[b->n_wide++] = (struct move){.set_or_next = set, .target = target};
	}
	for (uint32_t i = nfa->class_begin[set]; r == 0 && i < nfa->class_begin[set + 1]; i++) {
		if (nfa->is_wide[set])
			touch(b, nfa->class_list[i]);
		else
			r = add_narrow(b, nfa->class_list[i], target);
	}
	return r;
}

/* All edges of all items of a state. */
static int collect_moves(struct builder *b, uint32_t state)
{
	size_t n, length;
	const uint32_t *words = aw_intern_get(&b->states, state, &n);
	int r = 0;

	b->held = words[0];
	b->n_wide = b->n_narrow = 0;
	memset(b->class_moves, 0, sizeof(b->class_moves));
	memset(b->touched, 0, sizeof(b->touched));
	for (size_t i = 1; r == 0 && i < n; i++) {
		const uint32_t *item = aw_intern_get(&b->nfa->items, words[i], &length);

		if (item[AW_ITEM_LOOP] != AW_NFA_NO_SET)
			r = add_move(b, item[AW_ITEM_LOOP], words[i]);
		for (size_t j = AW_ITEM_EDGES; r == 0 && j < length; j += 2)
			r = add_move(b, item[j], item[j + 1]);
	}
	return r;
}

static int push(struct list *list, uint32_t word)
{
	int r = AW_RESERVE(&list->words, &list->n_reserved, list->n + 1);

	if (r < 0)
		return r;
	list->words[list->n++] = word;
	return 0;
}

static int count_held(struct builder *b, uint32_t held)
{
	struct aw_automaton_census *census = b->census;
	int r = AW_RESERVE(&census->by_held, &b->n_held, (size_t)held + 1);

	if (r < 0)
		return r;
	while (census->n_held <= held)
		census->by_held[census->n_held++] = 0;
	census->by_held[held]++;
	return 0;
}

/* The colour of a state: the union of all that its end claims. */
static int note_state(struct builder *b, uint32_t state)
{
	struct aw_automaton *a = b->automaton;
	size_t n, length;
	const uint32_t *words = aw_intern_get(&b->states, state, &n);
	uint32_t colour = words[0];
	int r = AW_RESERVE(&a->colour, &b->n_colour, (size_t)state + 1);

	for (size_t i = 1; r == 0 && i < n; i++) {
		b->census->by_item[words[i]]++;
		r = aw_claims_union(
			b->nfa->claims, colour,
			aw_intern_get(&b->nfa->items, words[i], &length)[AW_ITEM_ACCEPT], &colour);
	}
	if (r < 0)
		return r;
	a->colour[state] = colour;
	return count_held(b, words[0]);
}

/* The state of the items in b->next (unsorted, from word 1). */
static int next_state(struct builder *b, uint32_t held, uint32_t *ret)
{
	uint32_t *items = b->next.words + 1;
	size_t n = aw_sort_unique(items, b->next.n - 1), before = b->states.n, length;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = aw_claims_union(b->nfa->claims, held,
				    aw_intern_get(&b->nfa->items, items[i], &length)[AW_ITEM_REST],
				    &held);
	if (r == 0)
		r = aw_automaton_forget(b->nfa, &held, items, &n);
	b->next.words[0] = held;
	if (r == 0)
		r = aw_intern_put(&b->states, b->next.words, n + 1, ret);
	if (r == 0 && b->states.n > before)
		r = note_state(b, *ret);
	return r;
}

/* byte is the lowest of its class. */
static int class_target(struct builder *b, uint32_t byte_class, uint32_t *ret)
{
	uint8_t byte = b->nfa->lowest_byte[byte_class];
	size_t length;
	int r;

	b->next.n = 0;
	r = push(&b->next, AW_CLAIM_NONE);
	for (uint32_t i = b->class_moves[byte_class]; r == 0 && i; i = b->narrow[i - 1].set_or_next)
		r = push(&b->next, b->narrow[i - 1].target);
	for (size_t i = 0; r == 0 && i < b->n_wide; i++) {
		struct aw_byteset set;

		memcpy(&set, aw_intern_get(&b->nfa->sets, b->wide[i].set_or_next, &length),
		       sizeof(set));
		if (aw_byteset_has(&set, byte))
			r = push(&b->next, b->wide[i].target);
	}
	return r < 0 ? r : next_state(b, b->held, ret);
}

static int add_edge(struct builder *b, uint32_t byte_class, uint32_t target)
{
	struct aw_automaton *a = b->automaton;
	int r = AW_RESERVE(&a->edges, &b->n_edges_reserved, b->n_edges + 1);

	if (r < 0)
		return r;
	a->edges[b->n_edges++] =
		(struct aw_automaton_edge){.target = target, .byte_class = byte_class};
	return 0;
}

static int expand_state(struct builder *b, uint32_t state)
{
	struct aw_automaton *a = b->automaton;
	uint32_t fallback, target;
	int r = collect_moves(b, state);

	if (r == 0)
		r = AW_RESERVE(&a->fallback, &b->n_fallback, (size_t)state + 1);
	if (r == 0)
		r = AW_RESERVE(&a->first_edge, &b->n_first_edge, (size_t)state + 2);
	if (r == 0)
		r = class_target(b, 0, &fallback);
	if (r < 0)
		return r;
	a->fallback[state] = fallback;
	for (uint32_t word = 0; word < 4; word++) {
		for (uint64_t left = b->touched[word]; left; left &= left - 1) {
			uint32_t byte_class = 64 * word + (uint32_t)__builtin_ctzll(left);

			r = class_target(b, byte_class, &target);
			if (r == 0 && target != fallback)
				r = add_edge(b, byte_class, target);
			if (r < 0)
				return r;
		}
	}
	a->first_edge[state + 1] = (uint32_t)b->n_edges;
	return 0;
}

/* The dead state first, so that it always exists; then the starts. */
static int add_starts(struct builder *b, const struct aw_automaton_starts *starts)
{
	uint32_t items[AW_NFA_ENTER_MAX], dead;
	int r;

	b->next.n = 0;
	r = push(&b->next, AW_CLAIM_NONE);
	if (r == 0)
		r = next_state(b, AW_CLAIM_NONE, &dead);
	for (size_t i = 0; r == 0 && i < AW_AUTOMATON_STARTS; i++) {
		b->next.n = 1;
		for (size_t root = 0; root < 2; root++) {
			size_t n = 0;

			if (starts->roots[i][root] != AW_NO_ID)
				n = aw_nfa_enter(b->nfa, starts->roots[i][root], items);
			for (size_t j = 0; r == 0 && j < n; j++)
				r = push(&b->next, items[j]);
		}
		if (r == 0)
			r = next_state(b, AW_CLAIM_NONE, &b->automaton->start[i]);
	}
	return r;
}

static size_t bytes_used(const struct builder *b)
{
	return aw_nfa_bytes(b->nfa) + aw_claims_bytes(b->nfa->claims) +
	       aw_intern_bytes(&b->states) +
	       (b->n_fallback + b->n_first_edge + b->n_colour) * sizeof(uint32_t) +
	       b->n_edges_reserved * sizeof(*b->automaton->edges);
}

static int expand_states(struct builder *b, const char **ret_limit)
{
	int r = 0;

	for (uint32_t state = 0; r == 0 && state < b->states.n; state++) {
		*ret_limit = NULL;
		if (b->states.n > AW_AUTOMATON_STATES_MAX)
			*ret_limit = "2000000 states (AW_AUTOMATON_STATES_MAX)";
		else if (bytes_used(b) > AW_AUTOMATON_BYTES_MAX)
			*ret_limit = "1 GiB while it is built (AW_AUTOMATON_BYTES_MAX)";
		r = *ret_limit ? -E2BIG : expand_state(b, state);
	}
	return r;
}

int aw_automaton_build(struct aw_automaton *ret, const struct aw_nfa *nfa,
		       const struct aw_automaton_starts *starts,
		       struct aw_automaton_census *ret_census, const char **ret_limit)
{
	struct aw_automaton automaton = {.n_classes = nfa->n_classes};
	struct aw_automaton_census census = {.by_item = calloc(nfa->items.n + 1, sizeof(uint32_t))};
	struct builder b = {.nfa = nfa, .automaton = &automaton, .census = &census};
	int r = census.by_item ? AW_RESERVE(&automaton.first_edge, &b.n_first_edge, 1) : -ENOMEM;

	memcpy(automaton.class_of, nfa->class_of, sizeof(automaton.class_of));
	if (r == 0) {
		automaton.first_edge[0] = 0;
		r = add_starts(&b, starts);
	}
	if (r == 0)
		r = expand_states(&b, ret_limit);
	automaton.n_states = b.states.n;
	aw_intern_clear(&b.states);
	free(b.wide);
	free(b.narrow);
	free(b.next.words);
	*ret_census = census;
	if (r < 0)
		aw_automaton_clear(&automaton);
	else
		*ret = automaton;
	return r;
}
