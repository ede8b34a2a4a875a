/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes claims out of rules, unites them, and reads verdicts from them. Which claims are worth
 * keeping in an automaton's state is compile_settle.c's.
 */
#include "policy/compile_claim.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "policy/compile_rows.h"

#define SPECIAL_KEY 4 /* words */

static_assert(sizeof(struct aw_claim) % sizeof(uint32_t) == 0, "a claim is a key of words");
static_assert(AW_ACTION_ALLOW + 1 == (int)AW_VERDICT_ALLOW, "actions are numbered as verdicts");
static_assert(AW_ACTION_FORBID + 1 == (int)AW_VERDICT_FORBID, "actions are numbered as verdicts");

static uint64_t row_of(const struct aw_rule *rule, uint32_t ops)
{
	/* Actions are numbered as verdicts are, without `none`. */
	return aw_row_mask(ops) & AW_ROW_OF(rule->action + 1);
}

/* The number of the guise that the rule speaks in; n_guises where it has none yet. */
static size_t find_guise(const struct aw_claims *claims, const struct aw_rule *rule)
{
	size_t i = 0;

	while (i < claims->n_guises && (claims->guises[i].subjects != rule->subjects ||
					claims->guises[i].conditions != rule->conditions))
		i++;
	return i;
}

int aw_claims_add_guise(struct aw_claims *claims, const struct aw_rule *rule)
{
	size_t i = find_guise(claims, rule);

	if (i < claims->n_guises)
		return 0;
	if (i == AW_CLAIM_GUISES_MAX)
		return -E2BIG;
	claims->guises[i] = (struct aw_guise){rule->subjects, rule->conditions};
	claims->n_guises++;
	return 0;
}

/* The same row for any process, in the columns of the rule's classes, or in that of its guise. */
static void fill_rows(const struct aw_claims *claims, uint64_t rows[AW_CLAIM_COLUMNS],
		      const struct aw_rule *rule, uint64_t row)
{
	memset(rows, 0, AW_CLAIM_COLUMNS * sizeof(*rows));
	if (rule->conditions) {
		rows[1 + AW_SUBJECTS_MAX + find_guise(claims, rule)] = row;
		return;
	}
	for (unsigned i = 0; i < AW_SUBJECTS_MAX; i++)
		rows[1 + i] = rule->subjects >> i & 1 ? row : 0;
	rows[0] = rule->subjects ? 0 : row;
}

/* One spelling for what means the same: a class's column says only what is stronger. */
static void normalize(struct aw_claim *claim)
{
	for (unsigned i = 1; i < AW_CLAIM_COLUMNS; i++)
		claim->row[i] &= ~aw_row_not_above(claim->row[i], claim->row[0]);
}

int aw_claims_intern(struct aw_claims *claims, struct aw_claim *claim, uint32_t *ret)
{
	size_t bytes =
		offsetof(struct aw_claim, specials) + claim->n_specials * sizeof(*claim->specials);
	size_t before = claims->keys.n;
	uint32_t id;
	int r;

	normalize(claim);
	r = AW_RESERVE(&claims->claims, &claims->n_claims_reserved, before + 1);
	if (r == 0)
		r = aw_intern_put(&claims->keys, (const uint32_t *)claim, bytes / sizeof(uint32_t),
				  &id);
	if (r < 0)
		return r;
	if (id == before)
		claims->claims[id] = *claim;
	*ret = id;
	return 0;
}

int aw_claims_init(struct aw_claims *claims, const struct aw_limits *limits)
{
	struct aw_claim none = {};
	uint32_t id;

	*claims = (struct aw_claims){.base_of = AW_NO_ID, .limits = limits};
	return aw_claims_intern(claims, &none, &id);
}

void aw_claims_clear(struct aw_claims *claims)
{
	aw_intern_clear(&claims->keys);
	aw_intern_clear(&claims->special_keys);
	aw_pairs_clear(&claims->unions);
	aw_pairs_clear(&claims->settled);
	free(claims->claims);
	free(claims->specials);
	*claims = (struct aw_claims){};
}

size_t aw_claims_bytes(const struct aw_claims *claims)
{
	return aw_intern_bytes(&claims->keys) +
	       claims->n_claims_reserved * sizeof(*claims->claims) +
	       (claims->unions.n_slots + claims->settled.n_slots) * sizeof(struct aw_pairs_slot);
}

/* The number of the special with this key; row, lifted_ops are those of the first. */
static int add_special(struct aw_claims *claims, const uint32_t key[SPECIAL_KEY],
		       const struct aw_special *special, uint32_t *ret_special)
{
	size_t before = claims->special_keys.n;
	uint32_t id;
	int r = AW_RESERVE(&claims->specials, &claims->n_specials_reserved, before + 1);

	if (r == 0)
		r = aw_intern_put(&claims->special_keys, key, SPECIAL_KEY, &id);
	if (r < 0)
		return r;
	if (id == before)
		claims->specials[id] = *special;
	*ret_special = id;
	return 0;
}

int aw_claims_add_denial(struct aw_claims *claims, const struct aw_rule *denial, uint32_t ops,
			 uint32_t *ret_special)
{
	struct aw_special special = {.rule = denial, .ops = ops};
	uint32_t key[SPECIAL_KEY] = {AW_NO_ID, (uint32_t)claims->special_keys.n};

	fill_rows(claims, special.row, denial, row_of(denial, ops));
	return add_special(claims, key, &special, ret_special);
}

int aw_claims_add_rule(struct aw_claims *claims, const struct aw_rule *rule, uint32_t ops,
		       uint32_t special, uint32_t *ret_claim)
{
	struct aw_claim claim = {.limits = aw_limits_of(claims->limits, rule, ops)};

	if (special == AW_NO_ID) {
		fill_rows(claims, claim.row, rule, row_of(rule, ops));
	} else {
		claim.n_specials = 1;
		claim.specials[0] = special;
	}
	return aw_claims_intern(claims, &claim, ret_claim);
}

int aw_claims_add_lift(struct aw_claims *claims, const struct aw_rule *lift, uint32_t ops,
		       uint32_t denial, uint32_t *ret_claim)
{
	struct aw_special special = {.rule = lift,
				     .is_lift = true,
				     .ops = ops,
				     .guise = {lift->subjects, lift->conditions},
				     .denial = denial};
	struct aw_claim claim = {.n_specials = 1,
				 .limits = aw_limits_of(claims->limits, lift, ops)};
	uint32_t key[SPECIAL_KEY] = {denial, ops, lift->subjects, lift->conditions};
	int r;

	for (unsigned i = 0; i < AW_CLAIM_COLUMNS; i++)
		special.row[i] = claims->specials[denial].row[i] & aw_row_mask(ops);
	r = add_special(claims, key, &special, &claim.specials[0]);
	if (r < 0)
		return r;
	claims->specials[denial].lifted_ops |= ops;
	fill_rows(claims, claim.row, lift, row_of(lift, ops));
	return aw_claims_intern(claims, &claim, ret_claim);
}

int aw_claims_add_subject(struct aw_claims *claims, uint32_t subjects, uint32_t *ret_claim)
{
	struct aw_claim claim = {.subjects = subjects};

	return aw_claims_intern(claims, &claim, ret_claim);
}

/* Both lists are sorted and so is the result; what does not fit is lost, and said to be. */
static void unite_specials(struct aw_claim *claim, const struct aw_claim *other)
{
	uint32_t both[2 * AW_CLAIM_SPECIALS_MAX];
	size_t n = claim->n_specials;

	memcpy(both, claim->specials, n * sizeof(*both));
	memcpy(both + n, other->specials, other->n_specials * sizeof(*both));
	n = aw_sort_unique(both, n + other->n_specials);
	if (n > AW_CLAIM_SPECIALS_MAX || other->has_overflowed)
		claim->has_overflowed = true;
	claim->n_specials = n < AW_CLAIM_SPECIALS_MAX ? n : AW_CLAIM_SPECIALS_MAX;
	memcpy(claim->specials, both, claim->n_specials * sizeof(*both));
}

int aw_claims_union(struct aw_claims *claims, uint32_t a, uint32_t b, uint32_t *ret)
{
	uint64_t key = a < b ? aw_pair(a, b) : aw_pair(b, a);
	struct aw_claim claim;
	uint32_t id;
	int r;

	if (a == b || a == AW_CLAIM_NONE || b == AW_CLAIM_NONE) {
		*ret = a == AW_CLAIM_NONE ? b : a;
		return 0;
	}
	id = aw_pairs_get(&claims->unions, key);
	if (id == AW_NO_ID) {
		claim = claims->claims[a];
		for (unsigned i = 0; i < AW_CLAIM_COLUMNS; i++)
			claim.row[i] = aw_row_max(claim.row[i], claims->claims[b].row[i]);
		claim.subjects |= claims->claims[b].subjects;
		claim.limits |= claims->claims[b].limits;
		unite_specials(&claim, &claims->claims[b]);
		r = aw_claims_intern(claims, &claim, &id);
		if (r == 0)
			r = aw_pairs_add(&claims->unions, key, id);
		if (r < 0)
			return r;
	}
	*ret = id;
	return 0;
}

/* Whether a guise is that of the process and the file. */
static bool is_seen_as(const struct aw_seen *seen, struct aw_guise guise)
{
	return (!guise.subjects || guise.subjects & seen->classes) &&
	       (!guise.conditions || guise.conditions & seen->conditions);
}

/* What a process was given by its classes alone, when it has lost that. */
struct lost {
	uint64_t flagged; /* all bits of the operations that were flagged for its classes */
};

/* A class that is lost takes back what it allows, not what it denies, asks or reports. */
static uint64_t without_gifts(uint64_t row, struct lost *lost)
{
	uint64_t restricts = aw_row_not_above(AW_ROW_OF(AW_VERDICT_ASK), row);

	lost->flagged |= aw_row_not_above(AW_ROW_OF(AW_VERDICT_FLAG), row) & ~restricts;
	return row & restricts;
}

/* What a table of columns says of a process and a file. */
static uint64_t row_for(const struct aw_claims *claims, const uint64_t rows[AW_CLAIM_COLUMNS],
			const struct aw_seen *seen, struct lost *lost)
{
	uint64_t row = rows[0];

	for (unsigned i = 1; i < 1 + AW_SUBJECTS_MAX + claims->n_guises; i++) {
		struct aw_guise guise = {.subjects = i <= AW_SUBJECTS_MAX ? 1u << (i - 1) : 0};

		if (i > AW_SUBJECTS_MAX)
			guise = claims->guises[i - 1 - AW_SUBJECTS_MAX];
		if (!rows[i] || !is_seen_as(seen, guise))
			continue;
		row = aw_row_max(row, seen->is_unearned && guise.subjects
					      ? without_gifts(rows[i], lost)
					      : rows[i]);
	}
	return row;
}

static uint32_t ops_lifted_for(const struct aw_claims *claims, const struct aw_claim *claim,
			       uint32_t denial, const struct aw_seen *seen)
{
	uint32_t lifted = 0;

	for (size_t i = 0; i < claim->n_specials; i++) {
		const struct aw_special *lift = &claims->specials[claim->specials[i]];

		if (lift->is_lift && lift->denial == denial && is_seen_as(seen, lift->guise) &&
		    !(seen->is_unearned && lift->guise.subjects))
			lifted |= lift->ops;
	}
	return lifted;
}

uint64_t aw_claims_verdicts(const struct aw_claims *claims, uint32_t claim,
			    const struct aw_seen *seen)
{
	const struct aw_claim *c = &claims->claims[claim];
	struct lost lost = {};
	uint64_t row = row_for(claims, c->row, seen, &lost), allowed;

	for (size_t i = 0; i < c->n_specials; i++) {
		const struct aw_special *denial = &claims->specials[c->specials[i]];
		uint32_t lifted;

		if (denial->is_lift)
			continue;
		lifted = ops_lifted_for(claims, c, c->specials[i], seen);
		row = aw_row_max(row,
				 row_for(claims, denial->row, seen, &lost) & ~aw_row_mask(lifted));
	}
	/* What others allow is still reported. */
	allowed = aw_row_not_above(AW_ROW_OF(AW_VERDICT_ALLOW), row) &
		  ~aw_row_not_above(AW_ROW_OF(AW_VERDICT_FLAG), row);
	return aw_row_max(row, AW_ROW_OF(AW_VERDICT_FLAG) & lost.flagged & allowed);
}
