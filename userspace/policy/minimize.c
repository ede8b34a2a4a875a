/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partition refinement in which only states whose followers changed block are looked at again, and
 * of a block that splits the largest part keeps its number (Wißmann et al., "Efficient and modular
 * coalgebraic partition refinement", 2020): each state is renumbered at most log n times.
 */
#include "policy/minimize.h"

#include <errno.h>
#include <string.h>

#include "policy/minimize_quotient.h"

/*
 * States stand in `order`, block by block; in each block the first n_dirty are those whose
 * followers may have changed block.
 */
struct block {
	uint32_t begin;
	uint32_t n;
	uint32_t n_dirty;
	bool is_queued;
};

struct refiner {
	const struct aw_automaton *automaton;
	const uint32_t *colour; /* by state */
	uint32_t *order;
	uint32_t *place;    /* of a state in order */
	uint32_t *block_of; /* by state */
	struct block *blocks;
	size_t n_blocks;
	uint32_t *queue; /* ring of n_states + 1; a block is in it once */
	size_t queue_head, queue_length;
	uint32_t *pred_begin; /* predecessors of each state, n_states + 1 */
	uint32_t *preds;

	struct aw_intern signatures; /* of the block at work */
	uint32_t *signature;	     /* scratch, 1 + 2 * 255 words */
	uint32_t *part_of;	     /* by position in the block: number of its signature */
	uint32_t *part_n;	     /* scratch, by part */
	uint32_t *sorted;	     /* scratch */
};

static void refiner_clear(struct refiner *r)
{
	free(r->order);
	free(r->place);
	free(r->block_of);
	free(r->blocks);
	free(r->queue);
	free(r->pred_begin);
	free(r->preds);
	aw_intern_clear(&r->signatures);
	free(r->signature);
	free(r->part_of);
	free(r->part_n);
	free(r->sorted);
}

static int refiner_allocate(struct refiner *r)
{
	size_t n = r->automaton->n_states;

	r->order = calloc(n, sizeof(*r->order));
	r->place = calloc(n, sizeof(*r->place));
	r->block_of = calloc(n, sizeof(*r->block_of));
	r->blocks = calloc(n, sizeof(*r->blocks));
	r->queue = calloc(n + 1, sizeof(*r->queue));
	r->pred_begin = calloc(n + 2, sizeof(*r->pred_begin));
	r->preds = calloc(n + r->automaton->first_edge[n], sizeof(*r->preds));
	r->signature = calloc(1 + 2 * 256, sizeof(*r->signature));
	r->part_of = calloc(n, sizeof(*r->part_of));
	r->part_n = calloc(n + 1, sizeof(*r->part_n));
	r->sorted = calloc(n, sizeof(*r->sorted));
	return r->order && r->place && r->block_of && r->blocks && r->queue && r->pred_begin &&
			       r->preds && r->signature && r->part_of && r->part_n && r->sorted
		       ? 0
		       : -ENOMEM;
}

/* Counting sort of the edges by target. */
static void list_predecessors(struct refiner *r)
{
	const struct aw_automaton *a = r->automaton;
	uint32_t *begin = r->pred_begin + 1; /* shifted while it fills */

	for (size_t s = 0; s < a->n_states; s++)
		begin[a->fallback[s] + 1]++;
	for (size_t e = 0; e < a->first_edge[a->n_states]; e++)
		begin[a->edges[e].target + 1]++;
	for (size_t s = 0; s < a->n_states; s++)
		begin[s + 1] += begin[s];
	for (uint32_t s = 0; s < a->n_states; s++) {
		r->preds[begin[a->fallback[s]]++] = s;
		for (uint32_t e = a->first_edge[s]; e < a->first_edge[s + 1]; e++)
			r->preds[begin[a->edges[e].target]++] = s;
	}
}

static void enqueue(struct refiner *r, uint32_t block)
{
	struct block *b = &r->blocks[block];

	if (b->is_queued)
		return;
	b->is_queued = true;
	r->queue[(r->queue_head + r->queue_length++) % (r->automaton->n_states + 1)] = block;
}

static uint32_t dequeue(struct refiner *r)
{
	uint32_t block = r->queue[r->queue_head];

	r->queue_head = (r->queue_head + 1) % (r->automaton->n_states + 1);
	r->queue_length--;
	r->blocks[block].is_queued = false;
	return block;
}

/* One block per colour, everything dirty. */
static int first_blocks(struct refiner *r)
{
	size_t n = r->automaton->n_states;
	uint32_t begin = 0;

	for (uint32_t s = 0; s < n; s++) {
		int error = aw_intern_put(&r->signatures, &r->colour[s], 1, &r->block_of[s]);

		if (error < 0)
			return error;
		r->blocks[r->block_of[s]].n++;
	}
	r->n_blocks = r->signatures.n;
	for (uint32_t block = 0; block < r->n_blocks; block++) {
		r->blocks[block].begin = begin;
		begin += r->blocks[block].n;
		enqueue(r, block);
	}
	for (uint32_t s = 0; s < n; s++) {
		struct block *block = &r->blocks[r->block_of[s]];

		r->place[s] = block->begin + block->n_dirty++;
		r->order[r->place[s]] = s;
	}
	return 0;
}

static void mark_dirty(struct refiner *r, uint32_t state)
{
	struct block *block = &r->blocks[r->block_of[state]];
	uint32_t to = block->begin + block->n_dirty, other;

	if (r->place[state] < to || block->n == 1)
		return;
	other = r->order[to];
	r->order[r->place[state]] = other;
	r->place[other] = r->place[state];
	r->order[to] = state;
	r->place[state] = to;
	block->n_dirty++;
	enqueue(r, r->block_of[state]);
}

/* Where the state leads, in blocks; equal for states that cannot be told apart yet. */
static int sign(struct refiner *r, uint32_t state, uint32_t *ret_part)
{
	const struct aw_automaton *a = r->automaton;
	uint32_t fallback = r->block_of[a->fallback[state]];
	size_t n = 0;

	r->signature[n++] = fallback;
	for (uint32_t e = a->first_edge[state]; e < a->first_edge[state + 1]; e++) {
		uint32_t block = r->block_of[a->edges[e].target];

		if (block == fallback)
			continue;
		r->signature[n++] = a->edges[e].byte_class;
		r->signature[n++] = block;
	}
	return aw_intern_put(&r->signatures, r->signature, n, ret_part);
}

/*
 * Signs the dirty states, and one clean state for all of them: ret_clean_part is theirs, or
 * AW_NO_ID where none is clean.
 */
static int sign_block(struct refiner *r, const struct block *block, uint32_t *ret_clean_part)
{
	int error = 0;

	aw_intern_reset(&r->signatures);
	*ret_clean_part = AW_NO_ID;
	if (block->n_dirty < block->n)
		error = sign(r, r->order[block->begin + block->n_dirty], ret_clean_part);
	for (uint32_t i = 0; error == 0 && i < block->n_dirty; i++)
		error = sign(r, r->order[block->begin + i], &r->part_of[i]);
	return error;
}

/*
 * Puts the first n states of the block in the order of their parts (those with the part `last` at
 * the end, next to the clean states, which have it too) and leaves in part_n where each ends.
 */
static void sort_parts(struct refiner *r, uint32_t begin, uint32_t n, uint32_t last)
{
	size_t n_parts = r->signatures.n;
	uint32_t at = 0, n_last;

	memset(r->part_n, 0, (n_parts + 1) * sizeof(*r->part_n));
	for (uint32_t i = 0; i < n; i++)
		r->part_n[r->part_of[i]]++;
	n_last = last == AW_NO_ID ? 0 : r->part_n[last];
	for (size_t part = 0; part < n_parts; part++) {
		uint32_t count = r->part_n[part];

		r->part_n[part] = part == last ? n - n_last : at;
		at += part == last ? 0 : count;
	}
	for (uint32_t i = 0; i < n; i++)
		r->sorted[r->part_n[r->part_of[i]]++] = r->order[begin + i];
	for (uint32_t i = 0; i < n; i++) {
		r->order[begin + i] = r->sorted[i];
		r->place[r->sorted[i]] = begin + i;
	}
}

/* Gives the states begin … begin + n − 1 of order a block of their own. */
static void found_block(struct refiner *r, uint32_t begin, uint32_t n)
{
	uint32_t block = (uint32_t)r->n_blocks++;

	r->blocks[block] = (struct block){.begin = begin, .n = n};
	for (uint32_t i = begin; i < begin + n; i++)
		r->block_of[r->order[i]] = block;
}

/* The predecessors of all states of the block become dirty. */
static void disturb(struct refiner *r, const struct block *block)
{
	uint32_t n = block->n;

	/* A copy, for marking moves states about in their blocks, this one too. */
	memcpy(r->sorted, r->order + block->begin, n * sizeof(*r->sorted));
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t p = r->pred_begin[r->sorted[i]]; p < r->pred_begin[r->sorted[i] + 1];
		     p++)
			mark_dirty(r, r->preds[p]);
}

/* All but the largest part leave the block; their predecessors become dirty. */
static void split(struct refiner *r, uint32_t block, uint32_t clean_part)
{
	uint32_t begin = r->blocks[block].begin, n = r->blocks[block].n;
	size_t n_parts = r->signatures.n, first_new = r->n_blocks;
	uint32_t largest_begin = 0, largest_n = 0, at;

	/* Parts lie in order of their ends, the clean one's last: part_n holds the ends. */
	for (int pass = 0; pass < 2; pass++) {
		at = begin;
		for (size_t i = 0; i < n_parts + 1; i++) {
			size_t part = i < n_parts ? i : clean_part;
			uint32_t end, size;

			if (clean_part == AW_NO_ID ? i == n_parts : i == clean_part)
				continue;
			end = part == clean_part ? begin + n : begin + r->part_n[part];
			size = end - at;
			if (pass == 0 && size > largest_n) {
				largest_n = size;
				largest_begin = at;
			} else if (pass == 1 && at != largest_begin) {
				found_block(r, at, size);
			}
			at = end;
		}
	}
	r->blocks[block].begin = largest_begin;
	r->blocks[block].n = largest_n;
	for (size_t b = first_new; b < r->n_blocks; b++)
		disturb(r, &r->blocks[b]);
}

static int refine_block(struct refiner *r, uint32_t block)
{
	struct block b = r->blocks[block];
	uint32_t clean_part;
	int error = sign_block(r, &b, &clean_part);

	if (error < 0)
		return error;
	r->blocks[block].n_dirty = 0;
	if (r->signatures.n > 1) {
		sort_parts(r, b.begin, b.n_dirty, clean_part);
		split(r, block, clean_part);
	}
	return 0;
}

static int refine(struct refiner *r)
{
	int error = refiner_allocate(r);

	if (error == 0) {
		list_predecessors(r);
		error = first_blocks(r);
	}
	while (error == 0 && r->queue_length > 0)
		error = refine_block(r, dequeue(r));
	return error;
}

int aw_automaton_minimize(struct aw_automaton *automaton)
{
	struct refiner r = {.automaton = automaton, .colour = automaton->colour};
	int error = refine(&r);

	if (error == 0)
		error = aw_automaton_quotient(automaton, r.block_of, r.n_blocks);
	refiner_clear(&r);
	return error;
}

int aw_automaton_partition(const struct aw_automaton *automaton, const uint32_t *colour,
			   uint32_t *ret_block_of, size_t *ret_n_blocks)
{
	struct refiner r = {.automaton = automaton, .colour = colour};
	int error = refine(&r);

	if (error == 0) {
		memcpy(ret_block_of, r.block_of, automaton->n_states * sizeof(*ret_block_of));
		*ret_n_blocks = r.n_blocks;
	}
	refiner_clear(&r);
	return error;
}
