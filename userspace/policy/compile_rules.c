/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns rules and classes of subjects into claims and their patterns into the nondeterministic
 * automata. Ranges of addresses are compile_net.c's, host names compile_host.c's.
 */
#include <errno.h>
#include <string.h>

#include "policy/compile_state.h"

#define fail_at_rule(c, rule, hint, ...)                                            \
	aw_diag_set((c)->reterr, -EINVAL, (rule)->source.file, (rule)->source.line, \
		    (rule)->source.column, hint, __VA_ARGS__)

/* Whose pattern is being added. */
struct addition {
	struct aw_compilation *c;
	uint32_t anchor;
	uint32_t claim;
	uint32_t owner;
};

static int add_to(const struct addition *a, uint32_t root, const struct aw_glob *glob, size_t skip)
{
	/* An anchor alone has no tokens, and no array of them. */
	const struct aw_glob_token *tokens = glob->n_tokens ? glob->tokens + skip : NULL;

	return aw_nfa_add(&a->c->sides[AW_DFA_PATH].nfa, root, tokens, glob->n_tokens - skip,
			  a->claim, a->owner);
}

static int add_glob(const struct aw_glob *glob, void *userdata)
{
	const struct addition *a = userdata;
	const struct aw_compile_side *side = &a->c->sides[AW_DFA_PATH];
	int r;

	switch (glob->root) {
	case AW_GLOB_ABSOLUTE:
		return add_to(a, side->root, glob, 0);
	case AW_GLOB_ANCHORED:
		return add_to(a, side->anchor_root[a->anchor], glob, 0);
	case AW_GLOB_FLOATING:
		if (glob->tokens[0].kind != AW_GLOB_SELF)
			return add_to(a, side->floating_root, glob, 0);
	}
	/* `**` alone: all that has a root, and the anchors themselves, whose name is empty. */
	r = add_to(a, side->root, glob, 1);
	for (size_t i = 0; r == 0 && i < a->c->policy->n_anchors; i++)
		r = add_to(a, side->anchor_root[i], glob, 0);
	return r;
}

static int add_patterns(struct aw_compilation *c, const struct aw_pattern *patterns, size_t n,
			uint32_t claim, uint32_t owner)
{
	for (size_t i = 0; i < n; i++) {
		struct addition a = {.c = c,
				     .anchor = (uint32_t)patterns[i].anchor,
				     .claim = claim,
				     .owner = owner};
		int r = aw_glob_expand(&patterns[i], add_glob, &a, c->reterr);

		if (r == -E2BIG)
			return aw_diag_set(c->reterr, r, patterns[i].source.file,
					   patterns[i].source.line, patterns[i].source.column,
					   "shorten or split the policy",
					   "the patterns have more than %u positions "
					   "(AW_NFA_NODES_MAX), counted up to '%s'",
					   AW_NFA_NODES_MAX, patterns[i].text);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Of every rule: no special yet. */
static uint32_t *no_specials(const struct aw_policy *policy)
{
	size_t bytes = (policy->n_rules + 1) * sizeof(uint32_t);
	uint32_t *specials = malloc(bytes);

	if (specials)
		memset(specials, 0xff, bytes);
	return specials;
}

static int init_side(struct aw_compilation *c, enum aw_dfa_kind kind)
{
	struct aw_compile_side *side = &c->sides[kind];
	int r = aw_claims_init(&side->claims, &c->limits);

	side->ops = kind == AW_DFA_NET ? AW_NET_OPS : AW_PATH_OPS;
	side->floating_root = side->host_root = AW_NO_ID;
	side->denials = no_specials(c->policy);
	side->asked_denials = no_specials(c->policy);
	if (!side->denials || !side->asked_denials)
		return -ENOMEM;
	if (r == 0)
		r = aw_nfa_init(&side->nfa, &side->claims);
	if (r == 0)
		r = aw_nfa_add_root(&side->nfa, &side->root);
	if (r == 0 && kind == AW_DFA_NET && aw_compile_has_hosts(c->policy))
		r = aw_nfa_add_root(&side->nfa, &side->host_root);
	if (kind == AW_DFA_NET)
		return r;
	if (r == 0)
		r = aw_nfa_add_root(&side->nfa, &side->floating_root);
	for (size_t i = 0; r == 0 && i < c->policy->n_anchors; i++)
		r = aw_nfa_add_root(&side->nfa, &side->anchor_root[i]);
	return r;
}

/* Makes a denial a special of the side; what it says of questions is one of its own. */
static int add_denial(struct aw_compile_side *side, const struct aw_policy *policy,
		      const struct aw_rule *denial)
{
	size_t i = (size_t)(denial - policy->rules);
	uint32_t ops = denial->ops & side->ops;
	int r;

	if (side->denials[i] != AW_NO_ID)
		return 0;
	r = aw_claims_add_denial(&side->claims, denial, ops & ~AW_ASKED_OPS, &side->denials[i]);
	if (r == 0 && denial->n_hosts > 0)
		r = aw_claims_add_denial(&side->claims, denial, ops & AW_ASKED_OPS,
					 &side->asked_denials[i]);
	return r;
}

/* Finds what the rule lifts and makes it a special, on both sides, before any claim is made. */
static int find_denial(struct aw_compilation *c, const struct aw_rule *lift)
{
	const struct aw_rule *denial = aw_policy_find_rule(c->policy, lift->lifts);
	int r = 0;

	if (!denial)
		return fail_at_rule(c, lift, NULL, "rule '%s' lifts '%s', which is no rule",
				    lift->id, lift->lifts);
	if (denial->action != AW_ACTION_DENY)
		return fail_at_rule(c, lift, "only deny rules can be lifted",
				    "rule '%s' lifts '%s', which says %s", lift->id, denial->id,
				    aw_action_name(denial->action));
	if (lift->action != AW_ACTION_ALLOW && lift->action != AW_ACTION_FLAG)
		return fail_at_rule(c, lift, "a lift says allow or flag",
				    "rule '%s' lifts '%s' and says %s", lift->id, denial->id,
				    aw_action_name(lift->action));
	if ((lift->n_hosts > 0) != (denial->n_hosts > 0))
		return fail_at_rule(c, lift, "an address and its names are judged each by itself",
				    "rule '%s' lifts '%s': only one of them is about host names",
				    lift->id, denial->id);
	for (int kind = 0; r == 0 && kind < AW_DFAS; kind++)
		r = add_denial(&c->sides[kind], c->policy, denial);
	return r;
}

int aw_compile_claim(struct aw_compilation *c, enum aw_dfa_kind kind, const struct aw_rule *rule,
		     uint32_t ops, uint32_t *ret)
{
	struct aw_compile_side *side = &c->sides[kind];
	const uint32_t *denials = ops == AW_ASKED_OPS ? side->asked_denials : side->denials;
	const struct aw_rule *denial;

	ops &= rule->ops & side->ops;
	if (!rule->lifts)
		return aw_claims_add_rule(&side->claims, rule, ops,
					  denials[rule - c->policy->rules], ret);
	denial = aw_policy_find_rule(c->policy, rule->lifts);
	return aw_claims_add_lift(&side->claims, rule, ops, denials[denial - c->policy->rules],
				  ret);
}

static int add_rule(struct aw_compilation *c, const struct aw_rule *rule)
{
	uint32_t owner = (uint32_t)(rule - c->policy->rules), claim;
	int r = 0;

	if (rule->n_paths > 0 && rule->ops & AW_PATH_OPS) {
		r = aw_compile_claim(c, AW_DFA_PATH, rule, AW_PATH_OPS, &claim);
		if (r == 0)
			r = add_patterns(c, rule->paths, rule->n_paths, claim, owner);
	}
	if (r == 0 && rule->n_cidrs > 0 && rule->ops & AW_NET_OPS & ~AW_ASKED_OPS) {
		r = aw_compile_claim(c, AW_DFA_NET, rule, AW_NET_OPS & ~AW_ASKED_OPS, &claim);
		if (r == 0)
			r = aw_compile_net_rule(c, rule, claim, owner);
	}
	return r == 0 ? aw_compile_host_rule(c, rule, owner) : r;
}

static int add_subject(struct aw_compilation *c, size_t i)
{
	const struct aw_subject *subject = &c->policy->subjects[i];
	uint32_t claim, bit = 1u << i;
	int r;

	if (subject->kind == AW_SUBJECT_UNDER || !(c->classes & bit))
		return 0;
	if (subject->kind == AW_SUBJECT_SCRIPT)
		bit <<= 16;
	r = aw_claims_add_subject(&c->sides[AW_DFA_PATH].claims, bit, &claim);
	if (r < 0)
		return r;
	return add_patterns(c, subject->patterns, subject->n_patterns, claim,
			    (uint32_t)(c->policy->n_rules + i));
}

/* What rules depend on: classes that widen, conditions, and the pairs of both. */
static int find_guises(struct aw_compilation *c)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->policy->n_rules; i++) {
		const struct aw_rule *rule = &c->policy->rules[i];
		struct aw_rule asking;

		if (rule->action <= AW_ACTION_FLAG)
			c->widening |= rule->subjects & c->classes;
		else if (aw_compile_implies_asking(c->policy, rule, &asking))
			c->widening |= asking.subjects & c->classes;
		c->conditions |= rule->conditions;
		for (int kind = 0; r == 0 && rule->conditions && kind < AW_DFAS; kind++)
			r = aw_claims_add_guise(&c->sides[kind].claims, rule);
		if (r == -E2BIG)
			return aw_diag_set(c->reterr, r, rule->source.file, rule->source.line,
					   rule->source.column,
					   "let rules share their by: and when:, or split the "
					   "policy",
					   "rule '%s': more than %d combinations of by: and when: "
					   "(AW_CLAIM_GUISES_MAX)",
					   rule->id, AW_CLAIM_GUISES_MAX);
	}
	return r;
}

int aw_compile_rules(struct aw_compilation *c)
{
	const struct aw_policy *policy = c->policy;
	int r = 0;

	c->classes = aw_compile_used_classes(policy);
	for (int kind = 0; r == 0 && kind < AW_DFAS; kind++)
		r = init_side(c, (enum aw_dfa_kind)kind);
	if (r == 0)
		r = find_guises(c);
	for (size_t i = 0; r == 0 && i < policy->n_rules; i++)
		if (policy->rules[i].lifts)
			r = find_denial(c, &policy->rules[i]);
	for (size_t i = 0; r == 0 && i < policy->n_rules; i++)
		r = add_rule(c, &policy->rules[i]);
	for (size_t i = 0; r == 0 && i < policy->n_subjects; i++)
		r = add_subject(c, i);
	return r;
}
