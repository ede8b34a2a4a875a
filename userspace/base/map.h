/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash map from numbers or byte strings to pointers. Keys come from agents, so the hash is keyed
 * (SipHash-1-3) with a secret of each map. Values and the bytes of keys belong to the caller.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

#define AW_MAP_MAX (1u << 24) /* entries of one map; more is -E2BIG */

struct aw_map;

/* An entry as aw_map_next gives it: key is NULL where the key is a number. */
struct aw_map_entry {
	const void *key;
	uint64_t number; /* the number, or the length of key in bytes */
	void *value;	 /* never NULL */
	uint64_t hash;
};

/* -ENOMEM, or -errno where the system gives no random bytes. */
int aw_map_new(struct aw_map **ret);
/* Frees the map alone. */
struct aw_map *aw_map_free(struct aw_map *map);
AW_DEFINE_CLEANUP(struct aw_map *, aw_map_free);

size_t aw_map_size(const struct aw_map *map);

/* NULL where absent. */
void *aw_map_get(const struct aw_map *map, const void *key, size_t length);
void *aw_map_get_u64(const struct aw_map *map, uint64_t key);

/*
 * Adds an entry; -EEXIST where the key is there already, -ENOMEM, -E2BIG. The bytes of key are
 * borrowed: they usually lie in the value, and stay unchanged while the entry is in the map.
 */
int aw_map_put(struct aw_map *map, const void *key, size_t length, void *value);
int aw_map_put_u64(struct aw_map *map, uint64_t key, void *value);

/* Takes the entry out and returns its value; NULL where absent. */
void *aw_map_remove(struct aw_map *map, const void *key, size_t length);
void *aw_map_remove_u64(struct aw_map *map, uint64_t key);

/*
 * The next entry in no particular order, NULL at the end; *cursor starts at 0. The map must not
 * change in between, but for emptying it with aw_map_clear at the end.
 */
const struct aw_map_entry *aw_map_next(const struct aw_map *map, size_t *cursor);
void aw_map_clear(struct aw_map *map);
