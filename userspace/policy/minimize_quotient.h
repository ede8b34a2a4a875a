/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The automaton of the blocks of another one, in canonical numbering. Private to minimize*.c.
 */
#pragma once

#include "policy/automaton.h"

/*
 * States of one block (block_of, by state) must have equal colours and lead to equal blocks.
 * 0 or −ENOMEM; the automaton is unchanged on failure.
 */
int aw_automaton_quotient(struct aw_automaton *automaton, const uint32_t *block_of,
			  size_t n_blocks);
