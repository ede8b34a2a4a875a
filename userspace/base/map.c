/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open addressing with linear probing; removal moves later entries back, so that there are no
 * tombstones. At most three quarters full.
 */
#include "base/map.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define MAP_FIRST_CAPACITY 16

struct aw_map {
	struct aw_map_entry *entries; /* value NULL: free */
	size_t capacity;	      /* a power of two, or 0 */
	size_t size;
	uint64_t secret[2];
};

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

/* SipHash with one round a word and three to end (Aumasson and Bernstein, 2012). */
static uint64_t hash_bytes(const struct aw_map *map, const void *data, size_t length)
{
	const unsigned char *bytes = data;
	uint64_t v[4] = {map->secret[0] ^ 0x736f6d6570736575, map->secret[1] ^ 0x646f72616e646f6d,
			 map->secret[0] ^ 0x6c7967656e657261, map->secret[1] ^ 0x7465646279746573};
	uint64_t word;

	for (size_t left = length; left >= sizeof(word); left -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		bytes += sizeof(word);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = (uint64_t)length << 56;
	for (size_t i = 0; i < length % sizeof(word); i++)
		word |= (uint64_t)bytes[i] << (8 * i);
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

int aw_map_new(struct aw_map **ret)
{
	_cleanup_(aw_map_freep) struct aw_map *map = calloc(1, sizeof(*map));

	if (!map)
		return -ENOMEM;
	if (getrandom(map->secret, sizeof(map->secret), 0) != sizeof(map->secret))
		return -errno;
	*ret = TAKE_PTR(map);
	return 0;
}

struct aw_map *aw_map_free(struct aw_map *map)
{
	if (map)
		free(map->entries);
	free(map);
	return NULL;
}

size_t aw_map_size(const struct aw_map *map)
{
	return map->size;
}

/* A key to look for: with its hash, without a value. */
static struct aw_map_entry bytes_key(const struct aw_map *map, const void *key, size_t length)
{
	return (struct aw_map_entry){
		.key = key ?: "",
		.number = length,
		.hash = hash_bytes(map, key, length),
	};
}

static struct aw_map_entry number_key(const struct aw_map *map, uint64_t number)
{
	return (struct aw_map_entry){
		.number = number,
		.hash = hash_bytes(map, &number, sizeof(number)),
	};
}

static int is_same(const struct aw_map_entry *a, const struct aw_map_entry *b)
{
	if (a->hash != b->hash || a->number != b->number || !a->key != !b->key)
		return 0;
	return !a->key || memcmp(a->key, b->key, a->number) == 0;
}

/* The entry with this key, or the free one where it belongs. The map has free entries. */
static struct aw_map_entry *find(const struct aw_map *map, const struct aw_map_entry *key)
{
	size_t mask = map->capacity - 1;
	size_t i = key->hash & mask;

	while (map->entries[i].value && !is_same(&map->entries[i], key))
		i = (i + 1) & mask;
	return &map->entries[i];
}

static void *get(const struct aw_map *map, struct aw_map_entry key)
{
	return map->capacity ? find(map, &key)->value : NULL;
}

void *aw_map_get(const struct aw_map *map, const void *key, size_t length)
{
	return get(map, bytes_key(map, key, length));
}

void *aw_map_get_u64(const struct aw_map *map, uint64_t key)
{
	return get(map, number_key(map, key));
}

static int grow(struct aw_map *map)
{
	struct aw_map old = *map;
	size_t capacity = map->capacity ? 2 * map->capacity : MAP_FIRST_CAPACITY;
	struct aw_map_entry *entries;

	if (map->capacity && map->size < map->capacity / 4 * 3)
		return 0;
	if (map->size >= AW_MAP_MAX)
		return -E2BIG;
	entries = calloc(capacity, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	map->entries = entries;
	map->capacity = capacity;
	for (size_t i = 0; i < old.capacity; i++)
		if (old.entries[i].value)
			*find(map, &old.entries[i]) = old.entries[i];
	free(old.entries);
	return 0;
}

static int put(struct aw_map *map, struct aw_map_entry entry)
{
	struct aw_map_entry *place;
	int r;

	assert(entry.value);
	r = grow(map);
	if (r < 0)
		return r;
	place = find(map, &entry);
	if (place->value)
		return -EEXIST;
	*place = entry;
	map->size++;
	return 0;
}

int aw_map_put(struct aw_map *map, const void *key, size_t length, void *value)
{
	struct aw_map_entry entry = bytes_key(map, key, length);

	entry.value = value;
	return put(map, entry);
}

int aw_map_put_u64(struct aw_map *map, uint64_t key, void *value)
{
	struct aw_map_entry entry = number_key(map, key);

	entry.value = value;
	return put(map, entry);
}

/* Closes the gap at `hole`: each later entry of the run moves back if its home allows that. */
static void close_gap(struct aw_map *map, size_t hole)
{
	size_t mask = map->capacity - 1;

	for (size_t i = (hole + 1) & mask; map->entries[i].value; i = (i + 1) & mask) {
		size_t home = map->entries[i].hash & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		map->entries[hole] = map->entries[i];
		hole = i;
	}
	map->entries[hole] = (struct aw_map_entry){};
}

static void *remove_entry(struct aw_map *map, struct aw_map_entry key)
{
	struct aw_map_entry *place;
	void *value;

	if (map->capacity == 0)
		return NULL;
	place = find(map, &key);
	value = place->value;
	if (!value)
		return NULL;
	map->size--;
	close_gap(map, (size_t)(place - map->entries));
	return value;
}

void *aw_map_remove(struct aw_map *map, const void *key, size_t length)
{
	return remove_entry(map, bytes_key(map, key, length));
}

void *aw_map_remove_u64(struct aw_map *map, uint64_t key)
{
	return remove_entry(map, number_key(map, key));
}

const struct aw_map_entry *aw_map_next(const struct aw_map *map, size_t *cursor)
{
	while (*cursor < map->capacity) {
		const struct aw_map_entry *entry = &map->entries[(*cursor)++];

		if (entry->value)
			return entry;
	}
	return NULL;
}

void aw_map_clear(struct aw_map *map)
{
	if (map->capacity)
		memset(map->entries, 0, map->capacity * sizeof(*map->entries));
	map->size = 0;
}
