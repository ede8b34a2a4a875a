/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open addressing with linear probing over one arena of words. What the words mean is the
 * caller's.
 */
#include "policy/automaton_intern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 64

int aw_array_reserve(void **array, size_t *n_reserved, size_t need, size_t item_bytes)
{
	size_t n = *n_reserved ? *n_reserved : 16;
	void *grown;

	if (need <= *n_reserved)
		return 0;
	while (n < need)
		n *= 2;
	grown = reallocarray(*array, n, item_bytes);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*n_reserved = n;
	return 0;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

static uint32_t hash_words(const uint32_t *words, size_t length)
{
	uint64_t hash = mix(0, length);

	for (size_t i = 0; i < length; i++)
		hash = mix(hash, words[i]);
	return (uint32_t)(mix(hash, 0) >> 16);
}

static int grow_slots(struct aw_intern *table)
{
	size_t n = table->n_slots ? 2 * table->n_slots : SLOTS_FIRST;
	uint32_t *slots = calloc(n, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t id = 0; id < table->n; id++) {
		size_t slot = table->entries[id].hash & (n - 1);

		while (slots[slot])
			slot = (slot + 1) & (n - 1);
		slots[slot] = (uint32_t)id + 1;
	}
	free(table->slots);
	table->slots = slots;
	table->n_slots = n;
	return 0;
}

static int append(struct aw_intern *table, const uint32_t *words, size_t length, uint32_t hash)
{
	int r;

	if (table->n_words + length >= UINT32_MAX || table->n + 1 >= UINT32_MAX)
		return -E2BIG;
	r = AW_RESERVE(&table->words, &table->n_words_reserved, table->n_words + length);
	if (r == 0)
		r = AW_RESERVE(&table->entries, &table->n_reserved, table->n + 1);
	if (r < 0)
		return r;
	table->entries[table->n] = (struct aw_intern_entry){
		.hash = hash, .offset = (uint32_t)table->n_words, .length = (uint32_t)length};
	if (length > 0)
		memcpy(table->words + table->n_words, words, length * sizeof(*words));
	table->n_words += length;
	table->n++;
	return 0;
}

int aw_intern_put(struct aw_intern *table, const uint32_t *words, size_t length, uint32_t *ret_id)
{
	uint32_t hash = hash_words(words, length);
	size_t slot;
	int r;

	if (2 * (table->n + 1) > table->n_slots) {
		r = grow_slots(table);
		if (r < 0)
			return r;
	}
	for (slot = hash & (table->n_slots - 1); table->slots[slot];
	     slot = (slot + 1) & (table->n_slots - 1)) {
		uint32_t id = table->slots[slot] - 1;
		const struct aw_intern_entry *entry = &table->entries[id];

		if (entry->hash == hash && entry->length == length &&
		    (length == 0 ||
		     memcmp(table->words + entry->offset, words, length * sizeof(*words)) == 0)) {
			*ret_id = id;
			return 0;
		}
	}
	r = append(table, words, length, hash);
	if (r < 0)
		return r;
	table->slots[slot] = (uint32_t)table->n;
	*ret_id = (uint32_t)table->n - 1;
	return 0;
}

const uint32_t *aw_intern_get(const struct aw_intern *table, uint32_t id, size_t *ret_length)
{
	*ret_length = table->entries[id].length;
	return table->words + table->entries[id].offset;
}

void aw_intern_reset(struct aw_intern *table)
{
	/* A large table is often reset after a few entries: clear just their slots. */
	for (size_t id = 0; id < table->n && table->n < table->n_slots / 16; id++) {
		size_t slot = table->entries[id].hash & (table->n_slots - 1);

		while (table->slots[slot] != id + 1)
			slot = (slot + 1) & (table->n_slots - 1);
		table->slots[slot] = 0;
	}
	if (table->n >= table->n_slots / 16 && table->n_slots)
		memset(table->slots, 0, table->n_slots * sizeof(*table->slots));
	table->n = 0;
	table->n_words = 0;
}

void aw_intern_clear(struct aw_intern *table)
{
	free(table->words);
	free(table->entries);
	free(table->slots);
	*table = (struct aw_intern){};
}

size_t aw_intern_bytes(const struct aw_intern *table)
{
	return table->n_words_reserved * sizeof(*table->words) +
	       table->n_reserved * sizeof(*table->entries) + table->n_slots * sizeof(*table->slots);
}

static struct aw_pairs_slot *find_slot(struct aw_pairs_slot *slots, size_t n_slots, uint64_t key)
{
	size_t slot = mix(0, key) >> 20 & (n_slots - 1);

	while (slots[slot].value != AW_NO_ID && slots[slot].key != key)
		slot = (slot + 1) & (n_slots - 1);
	return &slots[slot];
}

uint32_t aw_pairs_get(const struct aw_pairs *map, uint64_t key)
{
	return map->n_slots ? find_slot(map->slots, map->n_slots, key)->value : AW_NO_ID;
}

static int grow_map(struct aw_pairs *map)
{
	size_t n = map->n_slots ? 2 * map->n_slots : SLOTS_FIRST;
	struct aw_pairs_slot *slots = calloc(n, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		slots[i].value = AW_NO_ID;
	for (size_t i = 0; i < map->n_slots; i++)
		if (map->slots[i].value != AW_NO_ID)
			*find_slot(slots, n, map->slots[i].key) = map->slots[i];
	free(map->slots);
	map->slots = slots;
	map->n_slots = n;
	return 0;
}

int aw_pairs_add(struct aw_pairs *map, uint64_t key, uint32_t value)
{
	if (2 * (map->n + 1) > map->n_slots) {
		int r = grow_map(map);

		if (r < 0)
			return r;
	}
	*find_slot(map->slots, map->n_slots, key) =
		(struct aw_pairs_slot){.key = key, .value = value};
	map->n++;
	return 0;
}

void aw_pairs_clear(struct aw_pairs *map)
{
	free(map->slots);
	*map = (struct aw_pairs){};
}

static int compare_words(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void insertion_sort(uint32_t *values, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint32_t value = values[i];
		size_t j = i;

		for (; j > 0 && values[j - 1] > value; j--)
			values[j] = values[j - 1];
		values[j] = value;
	}
}

size_t aw_sort_unique(uint32_t *values, size_t n)
{
	size_t kept = 0;

	if (n <= 24)
		insertion_sort(values, n);
	else
		qsort(values, n, sizeof(*values), compare_words);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || values[kept - 1] != values[i])
			values[kept++] = values[i];
	return kept;
}
