/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First fit, rows with most cells first, 64 places at a time on a bitmap of taken cells. A row of a
 * shape that was placed before starts to look where the last one was put: all places before it are
 * known not to fit.
 */
#include "policy/comb.h"

#include <errno.h>
#include <string.h>

#define CELLS_FIRST   4096
#define SHAPES	      (1u << 14) /* remembered places, by hash of the shape */
#define MARGIN	      (256 + 64) /* bits read past the last place of a row */
#define CLASSES_SHIFT 255	 /* up to so many classes are numbered from 1 */

/* A state as it will lie in the comb. */
struct row {
	uint32_t state;
	uint32_t n_edges;
	uint32_t first_edge; /* into the packer's edges */
	uint32_t fallback;
};

struct packer {
	struct aw_comb *comb;
	const struct aw_automaton *automaton;
	unsigned shift; /* class c lies at state + c + shift */
	struct row *rows;
	struct aw_automaton_edge *edges;
	size_t n_edges, n_edges_reserved;
	uint32_t *place; /* of a state */
	struct {
		uint64_t shape;
		uint32_t place;
	} seen[SHAPES];
};

static int grow(struct aw_comb *comb, size_t need)
{
	size_t n = comb->n_reserved ? comb->n_reserved : CELLS_FIRST;
	uint64_t *cells, *taken;

	if (need > comb->limit)
		return -E2BIG;
	while (n < need)
		n *= 2;
	if (n == comb->n_reserved)
		return 0;
	cells = reallocarray(comb->cells, n, sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	comb->cells = cells;
	taken = reallocarray(comb->taken, (n + 2 * MARGIN) / 64, sizeof(*taken));
	if (!taken)
		return -ENOMEM;
	for (size_t i = comb->n_reserved; i < n; i++)
		cells[i] = AW_COMB_UNUSED;
	for (size_t i = comb->n_reserved ? (comb->n_reserved + 2 * MARGIN) / 64 : 0;
	     i < (n + 2 * MARGIN) / 64; i++)
		taken[i] = 0;
	comb->taken = taken;
	comb->n_reserved = n;
	return 0;
}

int aw_comb_init(struct aw_comb *comb, size_t limit)
{
	uint32_t zero;

	*comb = (struct aw_comb){.limit = limit};
	return aw_comb_reserve(comb, 1, &zero); /* there is no state 0 */
}

void aw_comb_clear(struct aw_comb *comb)
{
	free(comb->cells);
	free(comb->taken);
	*comb = (struct aw_comb){};
}

static void take(struct aw_comb *comb, size_t cell, uint64_t value)
{
	comb->cells[cell] = value;
	comb->taken[cell / 64] |= 1ull << (cell % 64);
	comb->n_taken++;
	while (comb->taken[comb->first_free / 64] >> (comb->first_free % 64) & 1)
		comb->first_free++;
}

int aw_comb_reserve(struct aw_comb *comb, size_t n, uint32_t *ret_first)
{
	size_t first = comb->n_cells;
	int r = grow(comb, first + n);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		take(comb, first + i, AW_COMB_UNUSED);
	comb->n_cells = first + n;
	*ret_first = (uint32_t)first;
	return 0;
}

static int append_edge(struct packer *p, uint32_t byte_class, uint32_t target)
{
	int r = AW_RESERVE(&p->edges, &p->n_edges_reserved, p->n_edges + 1);

	if (r < 0)
		return r;
	p->edges[p->n_edges++] =
		(struct aw_automaton_edge){.byte_class = byte_class, .target = target};
	return 0;
}

static int compare_targets(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The target that most classes lead to; the fallback where it is not beaten. */
static uint32_t commonest_target(const struct aw_automaton *a, uint32_t state)
{
	uint32_t targets[256], best = a->fallback[state];
	uint32_t n = a->first_edge[state + 1] - a->first_edge[state], best_n = a->n_classes - n;

	if (n <= best_n)
		return best;
	for (uint32_t i = 0; i < n; i++)
		targets[i] = a->edges[a->first_edge[state] + i].target;
	qsort(targets, n, sizeof(*targets), compare_targets);
	for (uint32_t i = 0, run; i < n; i += run) {
		for (run = 1; i + run < n && targets[i + run] == targets[i]; run++)
			;
		if (run > best_n) {
			best_n = run;
			best = targets[i];
		}
	}
	return best;
}

/* Class 0 has a cell only where classes are numbered from 1; else its target is the fallback. */
static int make_row(struct packer *p, uint32_t state, struct row *ret)
{
	const struct aw_automaton *a = p->automaton;
	uint32_t e = a->first_edge[state], end = a->first_edge[state + 1];
	int r = 0;

	*ret = (struct row){.state = state,
			    .first_edge = (uint32_t)p->n_edges,
			    .fallback = p->shift ? commonest_target(a, state) : a->fallback[state]};
	if (ret->fallback == a->fallback[state]) {
		for (; r == 0 && e < end; e++)
			r = append_edge(p, a->edges[e].byte_class, a->edges[e].target);
	} else {
		for (uint32_t c = 0; r == 0 && c < a->n_classes; c++) {
			bool is_edge = e < end && a->edges[e].byte_class == c;
			uint32_t target = is_edge ? a->edges[e].target : a->fallback[state];

			e += is_edge;
			if (target != ret->fallback)
				r = append_edge(p, c, target);
		}
	}
	ret->n_edges = (uint32_t)p->n_edges - ret->first_edge;
	return r;
}

/* Densest first; then those of one shape together, and in the order of their states. */
static int compare_rows(const void *a, const void *b, void *userdata)
{
	const struct packer *p = userdata;
	const struct row *x = a, *y = b;

	if (x->n_edges != y->n_edges)
		return x->n_edges > y->n_edges ? -1 : 1;
	for (uint32_t i = 0; i < x->n_edges; i++) {
		uint32_t c = p->edges[x->first_edge + i].byte_class;
		uint32_t d = p->edges[y->first_edge + i].byte_class;

		if (c != d)
			return c < d ? -1 : 1;
	}
	return x->state < y->state ? -1 : 1;
}

static uint64_t shape_of(const struct packer *p, const struct row *row)
{
	uint64_t hash = row->n_edges + 1;

	for (uint32_t i = 0; i < row->n_edges; i++) {
		hash = (hash ^ p->edges[row->first_edge + i].byte_class) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 32;
	}
	return hash;
}

/* 64 bits of the bitmap from any bit on. */
static uint64_t window(const uint64_t *bits, size_t at)
{
	uint64_t low = bits[at / 64] >> (at % 64);

	return at % 64 ? low | bits[at / 64 + 1] << (64 - at % 64) : low;
}

/* First place from `from` on where the state's own cell and all its edges' are free. */
static int find_place(struct packer *p, const struct row *row, size_t from, uint32_t *ret)
{
	for (size_t at = from;; at += 64) {
		uint64_t free_places;
		int r = grow(p->comb, at + MARGIN);

		if (r < 0)
			return r;
		free_places = ~window(p->comb->taken, at);
		for (uint32_t i = 0; free_places && i < row->n_edges; i++) {
			uint32_t c = p->edges[row->first_edge + i].byte_class + p->shift;

			free_places &= ~window(p->comb->taken, at + c);
		}
		if (free_places) {
			*ret = (uint32_t)(at + (size_t)__builtin_ctzll(free_places));
			return 0;
		}
	}
}

static int place_row(struct packer *p, const struct row *row)
{
	uint64_t shape = shape_of(p, row);
	uint32_t slot = (uint32_t)(shape >> 32) & (SHAPES - 1), place;
	bool is_known = p->seen[slot].shape == shape;
	int r = find_place(p, row, is_known ? p->seen[slot].place : p->comb->first_free, &place);

	if (r < 0)
		return r;
	p->seen[slot].shape = shape;
	p->seen[slot].place = place;
	p->place[row->state] = place;
	if (place + 256u > p->comb->n_cells)
		p->comb->n_cells = place + 256u;
	take(p->comb, place, AW_COMB_UNUSED);
	for (uint32_t i = 0; i < row->n_edges; i++)
		take(p->comb, place + p->edges[row->first_edge + i].byte_class + p->shift,
		     AW_COMB_UNUSED);
	return 0;
}

/* Once every state has its place. */
static void fill_row(struct packer *p, const struct row *row)
{
	uint64_t *cells = p->comb->cells;
	uint32_t place = p->place[row->state], head = AW_CELL_DEFAULT;

	if (!row->n_edges && row->fallback == row->state)
		head |= AW_CELL_ABSORBING;
	cells[place] =
		(uint64_t)(head | p->automaton->colour[row->state]) << 32 | p->place[row->fallback];
	for (uint32_t i = 0; i < row->n_edges; i++) {
		const struct aw_automaton_edge *edge = &p->edges[row->first_edge + i];

		cells[place + edge->byte_class + p->shift] = aw_pair(place, p->place[edge->target]);
	}
}

static int pack_rows(struct packer *p)
{
	size_t n = p->automaton->n_states;
	int r = 0;

	for (uint32_t state = 0; r == 0 && state < n; state++)
		r = make_row(p, state, &p->rows[state]);
	if (r < 0)
		return r;
	qsort_r(p->rows, n, sizeof(*p->rows), compare_rows, p);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = place_row(p, &p->rows[i]);
	for (size_t i = 0; r == 0 && i < n; i++)
		fill_row(p, &p->rows[i]);
	return r;
}

int aw_comb_pack(struct aw_comb *comb, const struct aw_automaton *automaton, struct aw_dfa *ret,
		 uint32_t ret_start[AW_AUTOMATON_STARTS])
{
	_cleanup_free_ struct packer *p = calloc(1, sizeof(*p));
	_cleanup_free_ struct row *rows = calloc(automaton->n_states, sizeof(*rows));
	_cleanup_free_ uint32_t *place = calloc(automaton->n_states, sizeof(*place));
	size_t taken_before = comb->n_taken;
	int r;

	if (!p || !rows || !place)
		return -ENOMEM;
	p->comb = comb;
	p->automaton = automaton;
	p->shift = automaton->n_classes <= CLASSES_SHIFT;
	p->rows = rows;
	p->place = place;
	r = pack_rows(p);
	free(p->edges);
	if (r < 0)
		return r;
	for (size_t i = 0; i < AW_AUTOMATON_STARTS; i++)
		ret_start[i] = place[automaton->start[i]];
	*ret = (struct aw_dfa){.start = ret_start[0],
			       .n_classes = automaton->n_classes,
			       .n_states = (uint32_t)automaton->n_states,
			       .n_cells = (uint32_t)(comb->n_taken - taken_before)};
	for (unsigned byte = 0; byte < 256; byte++)
		ret->byte_class[byte] = (uint8_t)(automaton->class_of[byte] + p->shift);
	return 0;
}
