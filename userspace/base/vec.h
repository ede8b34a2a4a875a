/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growable array of any type. What the items own is the caller's to free before aw_vec_done.
 *
 *	AW_VEC(struct rule) rules = {};
 *	r = aw_vec_push(&rules, rule);
 *	aw_vec_for_each(item, &rules)
 *		use(item);
 */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define AW_VEC(type)             \
	struct {                 \
		type *items;     \
		size_t n;        \
		size_t capacity; \
	}

/* Room for one more of `size` bytes each; NULL without memory. For aw_vec_push. */
static inline void *aw_vec_grow(void *items, size_t n, size_t size, size_t *capacity)
{
	size_t wanted = *capacity ? 2 * *capacity : 8;
	void *grown;

	if (n < *capacity)
		return items;
	grown = reallocarray(items, wanted, size);
	if (grown)
		*capacity = wanted;
	return grown;
}

/* 0 or -ENOMEM; the vector is unchanged on failure. */
#define aw_vec_push(vec, ...)                                                                     \
	({                                                                                        \
		__typeof__(vec) _vec = (vec);                                                     \
		void *_grown =                                                                    \
			aw_vec_grow(_vec->items, _vec->n, sizeof(*_vec->items), &_vec->capacity); \
		if (_grown) {                                                                     \
			_vec->items = _grown;                                                     \
			_vec->items[_vec->n++] = (__VA_ARGS__);                                   \
		}                                                                                 \
		_grown ? 0 : -ENOMEM;                                                             \
	})

#define aw_vec_for_each(item, vec)                           \
	for (__typeof__(*(vec)->items) *item = (vec)->items; \
	     (vec)->n > 0 && item < (vec)->items + (vec)->n; item++)

#define aw_vec_done(vec)                      \
	do {                                  \
		__typeof__(vec) _vec = (vec); \
		free(_vec->items);            \
		_vec->items = NULL;           \
		_vec->n = 0;                  \
		_vec->capacity = 0;           \
	} while (0)
