/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drops items from a state that can change no verdict any more. What makes a claim useless is
 * compile_settle.c's to say.
 */
#include "policy/automaton_forget.h"

/* What may still be claimed from the items; only asked where there are lifts. */
static int live_claim(const struct aw_nfa *nfa, const uint32_t *items, size_t n, uint32_t *ret)
{
	uint32_t live = AW_CLAIM_NONE;
	int r = 0;

	if (nfa->claims->special_keys.n > 0)
		for (size_t i = 0; r == 0 && i < n; i++)
			r = aw_claims_union(nfa->claims, live, nfa->reach[items[i]], &live);
	*ret = live;
	return r;
}

int aw_automaton_forget(const struct aw_nfa *nfa, uint32_t *held, uint32_t *items, size_t *n)
{
	struct aw_claims *claims = nfa->claims;
	size_t kept = *n;

	if (*held == AW_CLAIM_NONE)
		return 0;
	do {
		uint32_t live;
		int r = live_claim(nfa, items, kept, &live);

		if (r == 0)
			r = aw_claims_settle(claims, *held, live, held);
		if (r < 0)
			return r;
		*n = kept;
		kept = 0;
		for (size_t i = 0; i < *n; i++)
			if (!aw_claims_is_useless(claims, *held, live, nfa->reach[items[i]]))
				items[kept++] = items[i];
	} while (kept < *n && claims->special_keys.n > 0);
	*n = kept;
	return 0;
}
