/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes an automaton smallest: one state per distinct future, one class per distinct column. States
 * are numbered in breadth-first order from the starts, so that two automata that accept the same
 * names with the same colours come out byte for byte equal.
 */
#pragma once

#include "policy/automaton.h"

/* 0 or −ENOMEM; the automaton is unchanged on failure. */
int aw_automaton_minimize(struct aw_automaton *automaton);

/*
 * The coarsest partition in which states of one block have equal colours (by state, instead of the
 * automaton's own) and lead to equal blocks. ret_block_of is by state. 0 or −ENOMEM.
 */
int aw_automaton_partition(const struct aw_automaton *automaton, const uint32_t *colour,
			   uint32_t *ret_block_of, size_t *ret_n_blocks);

/* Merges byte classes that no state tells apart. Keeps the numbering rule (lowest byte). */
void aw_automaton_merge_classes(struct aw_automaton *automaton);
