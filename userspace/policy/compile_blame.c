/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names the rules that make an automaton large: each state counts for the items that stand in it
 * and for the claims that it holds for good, and each of them for the patterns that share it.
 */
#include <errno.h>
#include <string.h>

#include "policy/compile_state.h"

#define NAMED 3

struct share {
	double states;
	uint32_t owner;
};

static int compare_shares(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	if (x->states != y->states)
		return x->states > y->states ? -1 : 1;
	return x->owner < y->owner ? -1 : x->owner > y->owner;
}

/* patterns[item]: how many patterns go through it. */
static void count_patterns(const struct aw_nfa *nfa, uint32_t *patterns)
{
	for (size_t i = 0; i < nfa->n_leaves; i++)
		for (uint32_t node = nfa->leaves[i].node; node != AW_NO_ID;
		     node = nfa->nodes[node].parent)
			if (nfa->item_of[node] != AW_NO_ID)
				patterns[nfa->item_of[node]]++;
}

static void add_shares(const struct aw_compile_side *side, const uint32_t *patterns,
		       struct share *shares)
{
	const struct aw_nfa *nfa = &side->nfa;

	for (size_t i = 0; i < nfa->n_leaves; i++) {
		struct share *share = &shares[nfa->leaves[i].owner];

		for (uint32_t node = nfa->leaves[i].node; node != AW_NO_ID;
		     node = nfa->nodes[node].parent) {
			uint32_t item = nfa->item_of[node];

			if (item != AW_NO_ID)
				share->states +=
					(double)side->census.by_item[item] / patterns[item];
		}
	}
}

/* States that remember that a claim which ends in `**` was made. */
static double states_holding(struct aw_compile_side *side, uint32_t claim)
{
	double states = 0;

	for (uint32_t held = 1; held < side->census.n_held; held++)
		if (side->census.by_held[held] &&
		    aw_claims_is_useless(&side->claims, held, AW_CLAIM_NONE, claim))
			states += side->census.by_held[held];
	return states;
}

/* by_claim: what each claim of a `**` counts for, and patterns that it is shared by. */
static int add_held(struct aw_compile_side *side, struct share *shares)
{
	const struct aw_nfa *nfa = &side->nfa;
	_cleanup_free_ struct {
		double states;
		uint32_t patterns;
	} *by_claim = calloc(side->claims.keys.n, sizeof(*by_claim));

	if (!by_claim)
		return -ENOMEM;
	for (size_t i = 0; i < nfa->n_leaves; i++) {
		uint32_t rest = nfa->nodes[nfa->leaves[i].node].rest;

		if (rest != AW_CLAIM_NONE && by_claim[rest].patterns++ == 0)
			by_claim[rest].states = states_holding(side, rest);
	}
	for (size_t i = 0; i < nfa->n_leaves; i++) {
		uint32_t rest = nfa->nodes[nfa->leaves[i].node].rest;

		if (rest != AW_CLAIM_NONE)
			shares[nfa->leaves[i].owner].states +=
				by_claim[rest].states / by_claim[rest].patterns;
	}
	return 0;
}

static const char *owner_name(const struct aw_policy *policy, uint32_t owner,
			      struct aw_source *ret_source)
{
	const struct aw_subject *subject;

	if (owner < policy->n_rules) {
		*ret_source = policy->rules[owner].source;
		return policy->rules[owner].id;
	}
	subject = &policy->subjects[owner - policy->n_rules];
	*ret_source = subject->source;
	return subject->name;
}

int aw_compile_blame(struct aw_compilation *c, enum aw_dfa_kind kind, const char *what,
		     const char *hint)
{
	struct aw_compile_side *side = &c->sides[kind];
	size_t n_owners = c->policy->n_rules + c->policy->n_subjects;
	_cleanup_free_ uint32_t *patterns = calloc(side->nfa.items.n + 1, sizeof(*patterns));
	_cleanup_free_ struct share *shares = calloc(n_owners + 1, sizeof(*shares));
	struct aw_source source = {}, unused;
	char names[NAMED * (AW_ID_MAX + 4) + 1] = "";

	if (!patterns || !shares || add_held(side, shares) < 0)
		return -ENOMEM;
	for (uint32_t owner = 0; owner < n_owners; owner++)
		shares[owner].owner = owner;
	count_patterns(&side->nfa, patterns);
	add_shares(side, patterns, shares);
	qsort(shares, n_owners, sizeof(*shares), compare_shares);
	for (size_t i = 0; i < NAMED && i < n_owners && shares[i].states > 0; i++) {
		size_t used = strlen(names);

		snprintf(names + used, sizeof(names) - used, "%s'%s'", i ? ", " : "",
			 owner_name(c->policy, shares[i].owner, i ? &unused : &source));
	}
	return aw_diag_set(c->reterr, -E2BIG, source.file, source.line, source.column, hint,
			   "the policy's automaton needs more than %s; most of it comes from %s",
			   what, names);
}
