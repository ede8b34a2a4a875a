/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the quotient breadth-first from the starts, and merges byte classes. Which states are
 * equivalent is minimize.c's to find.
 */
#include "policy/minimize_quotient.h"

#include <errno.h>
#include <string.h>

#include "policy/minimize.h"

struct quotient {
	const struct aw_automaton *from;
	const uint32_t *block_of;
	uint32_t *number_of; /* of a block, or AW_NO_ID */
	uint32_t *witness;   /* of a number: one state of its block */
	struct aw_automaton to;
};

static uint32_t number(struct quotient *q, uint32_t state)
{
	uint32_t *number = &q->number_of[q->block_of[state]];

	if (*number == AW_NO_ID) {
		*number = (uint32_t)q->to.n_states++;
		q->witness[*number] = state;
	}
	return *number;
}

static int quotient_allocate(struct quotient *q, size_t n_blocks)
{
	size_t n_edges = q->from->first_edge[q->from->n_states];

	q->number_of = malloc(n_blocks * sizeof(*q->number_of));
	q->witness = malloc(n_blocks * sizeof(*q->witness));
	q->to.fallback = malloc(n_blocks * sizeof(*q->to.fallback));
	q->to.first_edge = malloc((n_blocks + 1) * sizeof(*q->to.first_edge));
	q->to.edges = malloc((n_edges + 1) * sizeof(*q->to.edges));
	q->to.colour = malloc(n_blocks * sizeof(*q->to.colour));
	if (!q->number_of || !q->witness || !q->to.fallback || !q->to.first_edge || !q->to.edges ||
	    !q->to.colour)
		return -ENOMEM;
	memset(q->number_of, 0xff, n_blocks * sizeof(*q->number_of));
	return 0;
}

/* Visits states in the order of their numbers, while visiting gives new ones. */
static void copy_states(struct quotient *q)
{
	uint32_t n_edges = 0;

	for (size_t i = 0; i < AW_AUTOMATON_STARTS; i++)
		q->to.start[i] = number(q, q->from->start[i]);
	for (size_t state = 0; state < q->to.n_states; state++) {
		uint32_t old = q->witness[state];
		uint32_t fallback = number(q, q->from->fallback[old]);

		q->to.colour[state] = q->from->colour[old];
		q->to.fallback[state] = fallback;
		q->to.first_edge[state] = n_edges;
		for (uint32_t e = q->from->first_edge[old]; e < q->from->first_edge[old + 1]; e++) {
			uint32_t target = number(q, q->from->edges[e].target);

			if (target != fallback)
				q->to.edges[n_edges++] = (struct aw_automaton_edge){
					.target = target,
					.byte_class = q->from->edges[e].byte_class};
		}
	}
	q->to.first_edge[q->to.n_states] = n_edges;
}

int aw_automaton_quotient(struct aw_automaton *automaton, const uint32_t *block_of, size_t n_blocks)
{
	struct quotient q = {.from = automaton, .block_of = block_of};
	int r = quotient_allocate(&q, n_blocks);

	if (r == 0) {
		copy_states(&q);
		q.to.n_classes = automaton->n_classes;
		memcpy(q.to.class_of, automaton->class_of, sizeof(q.to.class_of));
		aw_automaton_clear(automaton);
		*automaton = q.to;
	} else {
		aw_automaton_clear(&q.to);
	}
	free(q.number_of);
	free(q.witness);
	return r;
}

/* Classes by what the states seen so far make of them. */
struct columns {
	uint32_t group_of[256]; /* by class; group 0 has class 0 */
	uint32_t group_n[256];
	uint32_t n_groups;
};

static int compare_edges(const void *a, const void *b)
{
	const struct aw_automaton_edge *x = a, *y = b;

	if (x->target != y->target)
		return x->target < y->target ? -1 : 1;
	return x->byte_class < y->byte_class ? -1 : x->byte_class > y->byte_class;
}

/* The classes of one group that lead to one target leave it, unless they are all of it. */
static void split_group(struct columns *c, const struct aw_automaton_edge *edges, size_t n,
			uint32_t group)
{
	uint32_t count = 0, to = c->n_groups;

	for (size_t i = 0; i < n; i++)
		count += c->group_of[edges[i].byte_class] == group;
	if (count == 0 || count == c->group_n[group])
		return;
	c->n_groups++;
	c->group_n[group] -= count;
	c->group_n[to] = count;
	for (size_t i = 0; i < n; i++)
		if (c->group_of[edges[i].byte_class] == group)
			c->group_of[edges[i].byte_class] = to;
}

/* Splits groups by one state's edges. */
static void split_columns(struct columns *c, const struct aw_automaton_edge *edges, size_t n)
{
	struct aw_automaton_edge sorted[256];
	size_t run = 1;

	memcpy(sorted, edges, n * sizeof(*edges));
	qsort(sorted, n, sizeof(*sorted), compare_edges);
	for (size_t i = 0; i < n; i += run) {
		for (run = 1; i + run < n && sorted[i + run].target == sorted[i].target; run++)
			;
		for (size_t j = i; j < i + run; j++)
			split_group(c, sorted + i, run, c->group_of[sorted[j].byte_class]);
	}
}

/* Numbers groups by their lowest class, which keeps the order of lowest bytes. */
static unsigned number_groups(const struct columns *c, unsigned n_classes, uint8_t number_of[256],
			      bool is_first[256])
{
	int number[256];
	unsigned n = 0;

	memset(number, -1, sizeof(number));
	for (unsigned i = 0; i < n_classes; i++) {
		is_first[i] = number[c->group_of[i]] < 0;
		if (is_first[i])
			number[c->group_of[i]] = (int)n++;
		number_of[i] = (uint8_t)number[c->group_of[i]];
	}
	return n;
}

void aw_automaton_merge_classes(struct aw_automaton *a)
{
	struct columns columns = {.n_groups = 1, .group_n = {a->n_classes}};
	uint8_t number_of[256];
	bool is_first[256];
	uint32_t n_edges = 0, begin = 0;

	for (size_t s = 0; s < a->n_states && columns.n_groups < a->n_classes; s++)
		split_columns(&columns, a->edges + a->first_edge[s],
			      a->first_edge[s + 1] - a->first_edge[s]);
	a->n_classes = number_groups(&columns, a->n_classes, number_of, is_first);
	for (unsigned byte = 0; byte < 256; byte++)
		a->class_of[byte] = number_of[a->class_of[byte]];
	for (size_t s = 0; s < a->n_states; s++) {
		uint32_t end = a->first_edge[s + 1];

		for (uint32_t e = begin; e < end; e++)
			if (is_first[a->edges[e].byte_class])
				a->edges[n_edges++] = (struct aw_automaton_edge){
					.target = a->edges[e].target,
					.byte_class = number_of[a->edges[e].byte_class]};
		begin = end;
		a->first_edge[s + 1] = n_edges;
	}
}
