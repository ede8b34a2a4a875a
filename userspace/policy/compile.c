/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a compilation, in order: rules to patterns to claims (compile_rules.c), patterns to
 * deterministic automata (automaton.h), claims to verdict rows (compile_verdicts.c), smallest form
 * (minimize.h), image (compile_image.c).
 *
 * The image depends on what the policy says, not on how: the minimised automata, their byte classes
 * and the verdict ids are numbered canonically, so the order of rules and patterns, or a pattern
 * that another one covers, changes neither a byte nor the hash. The order in which subjects and
 * anchors are declared does, for that is how the kernel knows them.
 */
#include "policy/compile.h"

#include <errno.h>
#include <string.h>

#include "policy/compile_state.h"
#include "policy/minimize.h"

static void clear_compilation(struct aw_compilation *c)
{
	for (int kind = 0; kind < AW_DFAS; kind++) {
		struct aw_compile_side *side = &c->sides[kind];

		aw_automaton_clear(&side->automaton);
		aw_nfa_clear(&side->nfa);
		aw_claims_clear(&side->claims);
		free(side->denials);
		free(side->asked_denials);
		aw_automaton_census_clear(&side->census);
	}
	aw_intern_clear(&c->rows);
}

static int out_of_memory(struct aw_compilation *c)
{
	return aw_diag_set(c->reterr, -ENOMEM, NULL, 0, 0, NULL, "no memory to compile policy '%s'",
			   c->policy->name ? c->policy->name : "");
}

static struct aw_automaton_starts find_starts(const struct aw_compilation *c,
					      const struct aw_compile_side *side)
{
	struct aw_automaton_starts starts;

	memset(&starts, 0xff, sizeof(starts));
	starts.roots[0][0] = side->root;
	starts.roots[0][1] = side->floating_root;
	starts.roots[1][0] = side->host_root; /* of the side that has no anchors */
	for (size_t i = 0; side->floating_root != AW_NO_ID && i < c->policy->n_anchors; i++) {
		starts.roots[1 + i][0] = side->anchor_root[i];
		starts.roots[1 + i][1] = side->floating_root;
	}
	return starts;
}

static int too_many_specials(struct aw_compilation *c, const struct aw_compile_side *side,
			     const struct aw_claim *claim)
{
	const struct aw_rule *rules[2];

	for (size_t i = 0; i < 2; i++)
		rules[i] = side->claims.specials[claim->specials[i]].rule;
	return aw_diag_set(c->reterr, -E2BIG, rules[0]->source.file, rules[0]->source.line,
			   rules[0]->source.column,
			   "let one lift name several paths instead of writing many lifts",
			   "more than %d lifted denials and lifts match the same name "
			   "(AW_CLAIM_SPECIALS_MAX), among them rules '%s' and '%s'",
			   AW_CLAIM_SPECIALS_MAX, rules[0]->id, rules[1]->id);
}

static int build_automaton(struct aw_compilation *c, enum aw_dfa_kind kind)
{
	struct aw_compile_side *side = &c->sides[kind];
	struct aw_automaton_starts starts = find_starts(c, side);
	const char *limit = NULL;
	int r = aw_nfa_freeze(&side->nfa);

	if (r < 0)
		return r;
	r = aw_automaton_build(&side->automaton, &side->nfa, &starts, &side->census, &limit);
	if (r == -E2BIG)
		return aw_compile_blame(
			c, kind, limit ? limit : "4 Gi words of states",
			kind == AW_DFA_NET
				? "write wider ranges, and fewer hosts"
				: "each pattern with `**` in its middle, and each floating one "
				  "that differs from the others in operations or classes, can "
				  "double the states");
	for (size_t i = 0; r == 0 && i < side->automaton.n_states; i++) {
		const struct aw_claim *claim = &side->claims.claims[side->automaton.colour[i]];

		if (claim->has_overflowed)
			return too_many_specials(c, side, claim);
	}
	return r;
}

static int compile(struct aw_compilation *c, struct aw_image **ret)
{
	int r = aw_limits_collect(&c->limits, c->policy);

	if (r == -E2BIG) /* the parser refuses it before, at the rule that is one too many */
		return aw_diag_set(c->reterr, r, NULL, 0, 0, NULL,
				   "more budgets in all than AW_LIMITS_MAX (%d)", AW_LIMITS_MAX);
	if (r == 0)
		r = aw_compile_rules(c);

	for (int kind = 0; r == 0 && kind < AW_DFAS; kind++)
		r = build_automaton(c, (enum aw_dfa_kind)kind);
	if (r == 0)
		r = aw_compile_subject_sets(c);
	if (r == 0)
		r = aw_compile_colour(c);
	for (int kind = 0; r == 0 && kind < AW_DFAS; kind++) {
		r = aw_automaton_minimize(&c->sides[kind].automaton);
		if (r == 0)
			aw_automaton_merge_classes(&c->sides[kind].automaton);
	}
	if (r == 0)
		r = aw_compile_number_verdicts(c);
	if (r == 0)
		r = aw_compile_check_limits(c);
	return r == 0 ? aw_compile_image(c, ret) : r;
}

int aw_policy_compile(struct aw_image **ret, const struct aw_policy *policy, struct aw_diag *reterr)
{
	struct aw_compilation c = {.policy = policy, .reterr = reterr};
	struct aw_image *image;
	int r = compile(&c, &image);

	if (r == -ENOMEM)
		out_of_memory(&c);
	clear_compilation(&c);
	if (r == 0)
		*ret = image;
	return r;
}
