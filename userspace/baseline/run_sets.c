/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of runs, interned: one array of bit words, and an open hash over it by content.
 */
#include "baseline/run_sets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 256 /* a power of two */

struct aw_run_sets {
	size_t n_words;	 /* of one set */
	uint64_t *words; /* of all sets, one after another */
	size_t n_sets, n_allocated;
	uint32_t *slots; /* number of a set plus one; 0: free */
	size_t n_slots;
	uint64_t *scratch;
};

int aw_run_sets_new(struct aw_run_sets **ret, size_t n_runs)
{
	_cleanup_(aw_run_sets_freep) struct aw_run_sets *sets = NULL;
	uint32_t empty = 0;
	int r;

	if (n_runs > AW_RUNS_MAX)
		return -E2BIG;
	sets = calloc(1, sizeof(*sets));
	if (!sets)
		return -ENOMEM;
	sets->n_words = (n_runs + 63) / 64 ?: 1;
	sets->scratch = calloc(sets->n_words, sizeof(uint64_t));
	sets->slots = calloc(SLOTS_MIN, sizeof(*sets->slots));
	sets->n_slots = SLOTS_MIN;
	if (!sets->scratch || !sets->slots)
		return -ENOMEM;
	r = aw_run_sets_intern(sets, sets->scratch, &empty);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(sets);
	return 0;
}

struct aw_run_sets *aw_run_sets_free(struct aw_run_sets *sets)
{
	if (!sets)
		return NULL;
	free(sets->words);
	free(sets->slots);
	free(sets->scratch);
	free(sets);
	return NULL;
}

size_t aw_run_sets_words(const struct aw_run_sets *sets)
{
	return sets->n_words;
}

const uint64_t *aw_run_sets_bits(const struct aw_run_sets *sets, uint32_t set)
{
	return sets->words + set * sets->n_words;
}

static uint64_t hash_of(const struct aw_run_sets *sets, const uint64_t *bits)
{
	uint64_t hash = 0x9e3779b97f4a7c15;

	for (size_t i = 0; i < sets->n_words; i++) {
		hash = (hash ^ bits[i]) * 0xff51afd7ed558ccd;
		hash ^= hash >> 33;
	}
	return hash;
}

/* The slot that holds these bits, or the free one where they belong. */
static uint32_t *find_slot(struct aw_run_sets *sets, const uint64_t *bits)
{
	const size_t mask = sets->n_slots - 1;

	for (size_t i = hash_of(sets, bits) & mask;; i = (i + 1) & mask) {
		const uint32_t slot = sets->slots[i];

		if (!slot ||
		    !memcmp(aw_run_sets_bits(sets, slot - 1), bits, sets->n_words * sizeof(*bits)))
			return &sets->slots[i];
	}
}

static int grow_slots(struct aw_run_sets *sets)
{
	uint32_t *slots = calloc(2 * sets->n_slots, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(sets->slots);
	sets->slots = slots;
	sets->n_slots *= 2;
	for (size_t i = 0; i < sets->n_sets; i++)
		*find_slot(sets, aw_run_sets_bits(sets, (uint32_t)i)) = (uint32_t)i + 1;
	return 0;
}

static int grow_words(struct aw_run_sets *sets)
{
	const size_t n = sets->n_allocated ? 2 * sets->n_allocated : SLOTS_MIN / 2;
	uint64_t *larger = reallocarray(sets->words, n, sets->n_words * sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	sets->words = larger;
	sets->n_allocated = n;
	return 0;
}

int aw_run_sets_intern(struct aw_run_sets *sets, const uint64_t *bits, uint32_t *ret)
{
	uint32_t *slot;
	int r = 0;

	if (sets->n_sets > 0) {
		slot = find_slot(sets, bits);
		if (*slot) {
			*ret = *slot - 1;
			return 0;
		}
	}
	if (sets->n_sets == AW_RUN_SETS_MAX)
		return -E2BIG;
	if (sets->n_sets == sets->n_allocated)
		r = grow_words(sets);
	if (r == 0 && 2 * (sets->n_sets + 1) > sets->n_slots)
		r = grow_slots(sets);
	if (r < 0)
		return r;
	slot = find_slot(sets, bits);
	memcpy(sets->words + sets->n_sets * sets->n_words, bits, sets->n_words * sizeof(*bits));
	*slot = (uint32_t)++sets->n_sets;
	*ret = *slot - 1;
	return 0;
}

int aw_run_sets_union(struct aw_run_sets *sets, uint32_t a, uint32_t b, uint32_t *ret)
{
	if (a == b || b == AW_RUN_SET_EMPTY) {
		*ret = a;
		return 0;
	}
	for (size_t i = 0; i < sets->n_words; i++)
		sets->scratch[i] = aw_run_sets_bits(sets, a)[i] | aw_run_sets_bits(sets, b)[i];
	return aw_run_sets_intern(sets, sets->scratch, ret);
}

uint32_t aw_run_sets_size(const struct aw_run_sets *sets, uint32_t set)
{
	const uint64_t *bits = aw_run_sets_bits(sets, set);
	uint32_t n = 0;

	for (size_t i = 0; i < sets->n_words; i++)
		n += (uint32_t)__builtin_popcountll(bits[i]);
	return n;
}

int aw_run_sets_is_subset(const struct aw_run_sets *sets, uint32_t a, uint32_t b)
{
	const uint64_t *x = aw_run_sets_bits(sets, a), *y = aw_run_sets_bits(sets, b);

	for (size_t i = 0; i < sets->n_words; i++)
		if (x[i] & ~y[i])
			return 0;
	return 1;
}
