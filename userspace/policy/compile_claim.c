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

static_assert(sizeof(struct aw_claim) % sizeof(uint32_t) == 0, "a claim is a key of words");
static_assert(AW_ACTION_ALLOW + 1 == (int)AW_VERDICT_ALLOW, "actions are numbered as verdicts");
static_assert(AW_ACTION_FORBID + 1 == (int)AW_VERDICT_FORBID, "actions are numbered as verdicts");

static uint64_t row_of(const struct aw_rule *rule, uint32_t ops)
{
	/* Actions are numbered as verdicts are, without `none`. */
	return aw_row_mask(ops) & (rule->action + 1) * 0x1111111111111111ull;
}

/* The same row for any process, or in the columns of classes. */
static void fill_rows(uint64_t rows[AW_CLAIM_COLUMNS], uint32_t classes, uint64_t row)
{
	for (unsigned i = 0; i < AW_SUBJECTS_MAX; i++)
		rows[1 + i] = classes >> i & 1 ? row : 0;
	rows[0] = classes ? 0 : row;
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

int aw_claims_init(struct aw_claims *claims)
{
	struct aw_claim none = {};
	uint32_t id;

	*claims = (struct aw_claims){.base_of = AW_NO_ID};
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
static int add_special(struct aw_claims *claims, const uint32_t key[3],
		       const struct aw_special *special, uint32_t *ret_special)
{
	size_t before = claims->special_keys.n;
	uint32_t id;
	int r = AW_RESERVE(&claims->specials, &claims->n_specials_reserved, before + 1);

	if (r == 0)
		r = aw_intern_put(&claims->special_keys, key, 3, &id);
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
	struct aw_special special = {.rule = denial, .ops = ops, .subjects = denial->subjects};
	uint32_t key[] = {AW_NO_ID, (uint32_t)claims->special_keys.n, 0};

	fill_rows(special.row, denial->subjects, row_of(denial, ops));
	return add_special(claims, key, &special, ret_special);
}

int aw_claims_add_rule(struct aw_claims *claims, const struct aw_rule *rule, uint32_t ops,
		       uint32_t special, uint32_t *ret_claim)
{
	struct aw_claim claim = {};

	if (special == AW_NO_ID) {
		fill_rows(claim.row, rule->subjects, row_of(rule, ops));
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
				     .subjects = lift->subjects,
				     .denial = denial};
	struct aw_claim claim = {.n_specials = 1};
	uint32_t key[] = {denial, ops, lift->subjects};
	int r;

	for (unsigned i = 0; i < AW_CLAIM_COLUMNS; i++)
		special.row[i] = claims->specials[denial].row[i] & aw_row_mask(ops);
	r = add_special(claims, key, &special, &claim.specials[0]);
	if (r < 0)
		return r;
	claims->specials[denial].lifted_ops |= ops;
	fill_rows(claim.row, lift->subjects, row_of(lift, ops));
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

/* What of a process in these classes a table of columns says. */
static uint64_t row_for(const uint64_t rows[AW_CLAIM_COLUMNS], uint32_t classes)
{
	uint64_t row = rows[0];

	for (unsigned i = 0; i < AW_SUBJECTS_MAX; i++)
		if (classes >> i & 1)
			row = aw_row_max(row, rows[1 + i]);
	return row;
}

uint64_t aw_claims_verdicts(const struct aw_claims *claims, uint32_t claim, uint32_t classes)
{
	const struct aw_claim *c = &claims->claims[claim];
	uint64_t row = row_for(c->row, classes);

	for (size_t i = 0; i < c->n_specials; i++) {
		const struct aw_special *denial = &claims->specials[c->specials[i]];
		uint32_t lifted = 0;

		if (denial->is_lift)
			continue;
		for (size_t j = 0; j < c->n_specials; j++) {
			const struct aw_special *lift = &claims->specials[c->specials[j]];

			if (lift->is_lift && lift->denial == c->specials[i] &&
			    (lift->subjects == 0 || lift->subjects & classes))
				lifted |= lift->ops;
		}
		row = aw_row_max(row, row_for(denial->row, classes) & ~aw_row_mask(lifted));
	}
	return row;
}
