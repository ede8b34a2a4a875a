/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deterministic automata over bytes, sparse: each state has a fallback and the byte classes that
 * lead elsewhere. Owns their form and their construction from patterns; minimize.h makes them
 * smallest, comb.h packs them for the kernel.
 */
#pragma once

#include "policy/automaton_nfa.h"

#define AW_AUTOMATON_STATES_MAX 2000000
#define AW_AUTOMATON_BYTES_MAX	(1ull << 30)
#define AW_AUTOMATON_STARTS	(1 + AW_ANCHORS_MAX) /* absolute names, then by anchor */

struct aw_automaton_edge {
	uint32_t target;
	uint32_t byte_class; /* never 0 */
};

struct aw_automaton {
	size_t n_states;
	uint32_t *fallback;		 /* where class 0, and every class without an edge, leads */
	uint32_t *first_edge;		 /* n_states + 1 */
	struct aw_automaton_edge *edges; /* of a state by class, none to its fallback */
	uint32_t *colour; /* what a name that ends here means: first a claim, then a verdict id */
	uint32_t start[AW_AUTOMATON_STARTS];
	unsigned n_classes;
	uint8_t class_of[256]; /* of a byte; numbered by lowest byte */
};

void aw_automaton_clear(struct aw_automaton *automaton);
uint32_t aw_automaton_step(const struct aw_automaton *automaton, uint32_t state, uint8_t byte);

/*
 * Subset construction: start[i] reads names from both roots of starts[i] (AW_NO_ID: none).
 * Colours are claims. −E2BIG: a limit above, *ret_limit says which and occurrences counts, by item
 * of nfa, in how many states it stood. Frees what of nfa it does not need after the first state.
 */
struct aw_automaton_starts {
	uint32_t roots[AW_AUTOMATON_STARTS][2];
};

int aw_automaton_build(struct aw_automaton *ret, struct aw_nfa *nfa,
		       const struct aw_automaton_starts *starts, uint32_t *occurrences,
		       const char **ret_limit);
