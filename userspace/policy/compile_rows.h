/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic on verdict rows: sixteen strengths of four bits side by side in one word, of which the
 * highest bit is never set (AW_VERDICTS < 8).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi/policy.h"

#define AW_ROW_HIGH	    0x8888888888888888ull
#define AW_ROW_OF(strength) ((strength)*0x1111111111111111ull) /* for every operation */

static_assert(AW_VERDICTS <= 8, "a strength leaves its highest bit free");

/* All bits of every operation whose strength in a is not above that in b. */
static inline uint64_t aw_row_not_above(uint64_t a, uint64_t b)
{
	uint64_t at_least = ((b | AW_ROW_HIGH) - a) & AW_ROW_HIGH;

	return (at_least >> 3) * 0xf;
}

static inline uint64_t aw_row_max(uint64_t a, uint64_t b)
{
	uint64_t use_b = aw_row_not_above(a, b);

	return (a & ~use_b) | (b & use_b);
}

static inline bool aw_row_covers(uint64_t a, uint64_t b)
{
	return aw_row_not_above(b, a) == UINT64_MAX;
}

/* All bits of these operations. */
static inline uint64_t aw_row_mask(uint32_t ops)
{
	uint64_t row = 0;

	for (unsigned op = 0; op < AW_OPS; op++)
		if (ops >> op & 1)
			row |= 0xfull << (4 * op);
	return row;
}
