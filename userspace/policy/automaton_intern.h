/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small containers of the policy compiler: a table that numbers distinct sequences of words, and a
 * map from 64-bit keys to 32-bit values. Both only grow, and compare whole keys: a collision of
 * hashes can never merge two states.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define AW_NO_ID UINT32_MAX

struct aw_intern_entry {
	uint32_t hash;
	uint32_t offset; /* in words */
	uint32_t length;
};

/* Zeroed is empty. */
struct aw_intern {
	uint32_t *words;
	size_t n_words, n_words_reserved;
	struct aw_intern_entry *entries;
	size_t n, n_reserved;
	uint32_t *slots; /* id + 1, or 0 */
	size_t n_slots;
};

/* The number of the sequence, from 0 in order of first arrival. 0, −ENOMEM, −E2BIG (> 2^32). */
int aw_intern_put(struct aw_intern *table, const uint32_t *words, size_t length, uint32_t *ret_id);
/* Borrowed until the next put. */
const uint32_t *aw_intern_get(const struct aw_intern *table, uint32_t id, size_t *ret_length);
/* Empties the table and keeps its memory. */
void aw_intern_reset(struct aw_intern *table);
void aw_intern_clear(struct aw_intern *table);
size_t aw_intern_bytes(const struct aw_intern *table);

/* Zeroed is empty. */
struct aw_pairs {
	struct aw_pairs_slot {
		uint64_t key;
		uint32_t value; /* AW_NO_ID: the slot is free */
	} * slots;
	size_t n, n_slots;
};

/* AW_NO_ID where the key is absent. */
uint32_t aw_pairs_get(const struct aw_pairs *map, uint64_t key);
/* The key must be absent, the value not AW_NO_ID. 0 or −ENOMEM. */
int aw_pairs_add(struct aw_pairs *map, uint64_t key, uint32_t value);
void aw_pairs_clear(struct aw_pairs *map);

static inline uint64_t aw_pair(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

/* Makes room for `need` items; doubles. 0 or −ENOMEM. */
int aw_array_reserve(void **array, size_t *n_reserved, size_t need, size_t item_bytes);
#define AW_RESERVE(array, n_reserved, need) \
	aw_array_reserve((void **)(array), n_reserved, need, sizeof(**(array)))

/* Sorts ascending and drops repeats; returns how many are left. */
size_t aw_sort_unique(uint32_t *values, size_t n);
