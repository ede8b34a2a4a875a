/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is not worth remembering. Once rules match whatever follows (their pattern ended in `**`),
 * every rule that can no longer change a verdict may be forgotten: that keeps floating patterns
 * from multiplying the states of the automaton. All that is here may err on the side of
 * remembering.
 */
#include <string.h>

#include "policy/compile_claim.h"
#include "policy/compile_rows.h"

static bool has_special(const struct aw_claim *claim, uint32_t special)
{
	for (size_t i = 0; i < claim->n_specials; i++)
		if (claim->specials[i] == special)
			return true;
	return claim->has_overflowed;
}

/* Operations of a denial that a lift in the claim can take away. */
static uint32_t ops_lifted_by(const struct aw_claims *claims, const struct aw_claim *claim,
			      uint32_t denial)
{
	uint32_t ops = 0;

	if (claim->has_overflowed)
		return claims->specials[denial].lifted_ops;
	for (size_t i = 0; i < claim->n_specials; i++) {
		const struct aw_special *special = &claims->specials[claim->specials[i]];

		if (special->is_lift && special->denial == denial)
			ops |= special->ops;
	}
	return ops;
}

/*
 * What is claimed for good, by column: plain rows, and of denials (but for `except`) what nothing
 * can lift.
 */
static void base_rows(const struct aw_claims *claims, const struct aw_claim *held,
		      const struct aw_claim *live, uint32_t except, uint64_t rows[AW_CLAIM_COLUMNS])
{
	memcpy(rows, held->row, sizeof(held->row));
	for (size_t i = 0; i < held->n_specials; i++) {
		uint32_t id = held->specials[i], lifted;

		if (claims->specials[id].is_lift || id == except)
			continue;
		lifted = ops_lifted_by(claims, held, id) | ops_lifted_by(claims, live, id);
		for (unsigned j = 0; j < AW_CLAIM_COLUMNS; j++)
			rows[j] = aw_row_max(rows[j],
					     claims->specials[id].row[j] & ~aw_row_mask(lifted));
	}
}

static bool covers(const uint64_t base[AW_CLAIM_COLUMNS], const uint64_t rows[AW_CLAIM_COLUMNS])
{
	for (unsigned i = 0; i < AW_CLAIM_COLUMNS; i++)
		if (!aw_row_covers(aw_row_max(base[0], base[i]), rows[i]))
			return false;
	return true;
}

static void remove_special(struct aw_claim *claim, size_t i)
{
	claim->n_specials--;
	memmove(&claim->specials[i], &claim->specials[i + 1],
		(claim->n_specials - i) * sizeof(*claim->specials));
}

/* Denials without a lift become plain, lifts without a denial go. */
static void plain_specials(const struct aw_claims *claims, struct aw_claim *held,
			   const struct aw_claim *live)
{
	for (size_t i = 0; i < held->n_specials;) {
		uint32_t id = held->specials[i];
		const struct aw_special *special = &claims->specials[id];

		if (special->is_lift && !has_special(held, special->denial) &&
		    !has_special(live, special->denial)) {
			remove_special(held, i);
		} else if (!special->is_lift &&
			   !(ops_lifted_by(claims, held, id) | ops_lifted_by(claims, live, id))) {
			for (unsigned j = 0; j < AW_CLAIM_COLUMNS; j++)
				held->row[j] = aw_row_max(held->row[j], special->row[j]);
			remove_special(held, i);
		} else {
			i++;
		}
	}
}

/* Specials whose whole effect the rest of the claim has anyway. */
static void drop_specials(const struct aw_claims *claims, struct aw_claim *held,
			  const struct aw_claim *live)
{
	for (size_t i = 0; i < held->n_specials;) {
		uint32_t id = held->specials[i];
		uint64_t base[AW_CLAIM_COLUMNS];

		base_rows(claims, held, live, id, base);
		if (covers(base, claims->specials[id].row))
			remove_special(held, i);
		else
			i++;
	}
}

int aw_claims_settle(struct aw_claims *claims, uint32_t held, uint32_t live, uint32_t *ret)
{
	struct aw_claim claim = claims->claims[held];
	struct aw_claim other;
	uint32_t id;
	int r;

	if (claim.n_specials == 0 || claim.has_overflowed) {
		*ret = held;
		return 0;
	}
	id = aw_pairs_get(&claims->settled, aw_pair(held, live));
	if (id == AW_NO_ID) {
		other = claims->claims[live];
		plain_specials(claims, &claim, &other);
		drop_specials(claims, &claim, &other);
		r = aw_claims_intern(claims, &claim, &id);
		if (r == 0)
			r = aw_pairs_add(&claims->settled, aw_pair(held, live), id);
		if (r < 0)
			return r;
	}
	*ret = id;
	return 0;
}

/* Whether a special that is not yet claimed could change a verdict if it were. */
static bool matters(const struct aw_claims *claims, const struct aw_claim *holds,
		    const struct aw_claim *live, uint32_t id)
{
	const struct aw_special *special = &claims->specials[id];

	if (has_special(holds, id))
		return false;
	if (special->is_lift && !has_special(holds, special->denial) &&
	    !has_special(live, special->denial))
		return false;
	return !covers(claims->base, special->row);
}

bool aw_claims_is_useless(struct aw_claims *claims, uint32_t held, uint32_t live, uint32_t claim)
{
	const struct aw_claim *holds = &claims->claims[held];
	const struct aw_claim *c = &claims->claims[claim];

	if (claims->base_of != held || claims->base_live != live) {
		base_rows(claims, holds, &claims->claims[live], AW_NO_ID, claims->base);
		claims->base_of = held;
		claims->base_live = live;
	}
	if (holds->has_overflowed || c->has_overflowed || c->subjects & ~holds->subjects ||
	    c->limits & ~holds->limits || !covers(claims->base, c->row))
		return false;
	for (size_t i = 0; i < c->n_specials; i++)
		if (matters(claims, holds, &claims->claims[live], c->specials[i]))
			return false;
	return true;
}
