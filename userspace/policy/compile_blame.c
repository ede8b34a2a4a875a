/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names the rules that make an automaton large: each state counts for the items that stood in it,
 * and each item for the patterns that share it.
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
				share->states += (double)side->occurrences[item] / patterns[item];
		}
	}
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
	const struct aw_compile_side *side = &c->sides[kind];
	size_t n_owners = c->policy->n_rules + c->policy->n_subjects;
	_cleanup_free_ uint32_t *patterns = calloc(side->nfa.items.n + 1, sizeof(*patterns));
	_cleanup_free_ struct share *shares = calloc(n_owners + 1, sizeof(*shares));
	struct aw_source source = {}, unused;
	char names[NAMED * (AW_ID_MAX + 4) + 1] = "";

	if (!patterns || !shares)
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
