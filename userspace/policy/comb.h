/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packs automata into the cells of an image by row displacement (layout: abi/policy.h). Several
 * automata share one comb; what else lies in the cells is placed before the first of them, where no
 * state's cells can reach.
 */
#pragma once

#include "policy/automaton.h"

#define AW_COMB_UNUSED ((uint64_t)AW_CELL_DEFAULT << 32) /* no state has the high bit */

struct aw_comb {
	uint64_t *cells;   /* unused ones equal to no state */
	size_t n_cells;	   /* that a walk can touch; those beyond are unused */
	size_t n_reserved; /* allocated */
	size_t n_taken;
	size_t first_free;
	uint64_t *taken; /* a bit per cell, n_reserved and a margin */
	size_t limit;	 /* cells that there can be */
};

int aw_comb_init(struct aw_comb *comb, size_t limit);
void aw_comb_clear(struct aw_comb *comb);

/* Room for n plain cells after all that was placed before; only before the first automaton. */
int aw_comb_reserve(struct aw_comb *comb, size_t n, uint32_t *ret_first);

/*
 * Packs an automaton whose colours are verdict ids. ret_start[i] is the cell of the start i.
 * −E2BIG: it does not fit below the limit.
 */
int aw_comb_pack(struct aw_comb *comb, const struct aw_automaton *automaton, struct aw_dfa *ret,
		 uint32_t ret_start[AW_AUTOMATON_STARTS]);
