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
/* Absolute names, then by anchor; of the other automaton addresses, then host names. */
#define AW_AUTOMATON_STARTS (1 + AW_ANCHORS_MAX)

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

/* Roots that each start reads names from, or AW_NO_ID. */
struct aw_automaton_starts {
	uint32_t roots[AW_AUTOMATON_STARTS][2];
};

/* In how many states each item of the patterns stood, and each claim was held whatever follows. */
struct aw_automaton_census {
	uint32_t *by_item; /* of all items */
	uint32_t *by_held; /* of claims up to n_held */
	size_t n_held;
};

/*
 * Subset construction. Colours are claims. 0, −ENOMEM, or −E2BIG with *ret_limit the limit above
 * that was met. The census is filled in any case and the caller's to clear.
 */
int aw_automaton_build(struct aw_automaton *ret, const struct aw_nfa *nfa,
		       const struct aw_automaton_starts *starts,
		       struct aw_automaton_census *ret_census, const char **ret_limit);
void aw_automaton_census_clear(struct aw_automaton_census *census);
