/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From claims to verdict ids: two claims with the same verdicts for every set of classes and every
 * operation, and the same classes for the name, have one id.
 */
#include <errno.h>
#include <string.h>

#include "policy/compile_rows.h"
#include "policy/compile_state.h"

#define ROW_WORDS_MAX (2 * 2 * AW_CONDITION_MASKS * AW_SUBJECT_SETS_MAX + 1)
#define CHANGES                                                                             \
	(1u << AW_OP_WRITE | 1u << AW_OP_CREATE | 1u << AW_OP_DELETE | 1u << AW_OP_RENAME | \
	 1u << AW_OP_LINK)

size_t aw_compile_row_sets(const struct aw_compilation *c)
{
	return (c->n_sets << (c->widening != 0)) << __builtin_popcount(c->conditions);
}

/* Whether a row lets some operation through by which the content of a file can be changed. */
static bool is_changeable(uint64_t row)
{
	uint64_t permitted = aw_row_not_above(AW_ROW_OF(AW_VERDICT_ALLOW), row) &
			     ~aw_row_not_above(AW_ROW_OF(AW_VERDICT_ASK), row);

	return permitted & aw_row_mask(CHANGES);
}

static size_t write_row(const struct aw_compilation *c, const struct aw_claims *claims,
			uint32_t claim, uint32_t words[ROW_WORDS_MAX])
{
	uint32_t conditions = 0, high = 0;
	size_t n = 0;

	do { /* every subset of the conditions, the empty one first */
		for (unsigned lost = 0; lost <= (c->widening != 0); lost++)
			for (size_t set = 0; set < c->n_sets; set++) {
				struct aw_seen seen = {c->sets[set], lost, conditions};
				uint64_t row = aw_claims_verdicts(claims, claim, &seen);

				if (is_changeable(row))
					high = AW_ROW_CHANGEABLE >> 32;
				words[n++] = (uint32_t)row;
				words[n++] = (uint32_t)(row >> 32);
			}
		conditions = (conditions - c->conditions) & c->conditions;
	} while (conditions);
	for (size_t i = 1; i < n; i += 2)
		words[i] |= high;
	words[n++] = claims->claims[claim].subjects;
	return n;
}

static int colour_side(struct aw_compilation *c, enum aw_dfa_kind kind)
{
	struct aw_compile_side *side = &c->sides[kind];
	_cleanup_free_ uint32_t *id_of = malloc(side->claims.keys.n * sizeof(*id_of));
	uint32_t words[ROW_WORDS_MAX];
	int r = 0;

	if (!id_of)
		return -ENOMEM;
	memset(id_of, 0xff, side->claims.keys.n * sizeof(*id_of));
	for (size_t i = 0; r == 0 && c->rows.n <= AW_VID_MAX && i < side->automaton.n_states; i++) {
		uint32_t claim = side->automaton.colour[i];

		if (id_of[claim] == AW_NO_ID)
			r = aw_intern_put(&c->rows, words,
					  write_row(c, &side->claims, claim, words), &id_of[claim]);
		side->automaton.colour[i] = id_of[claim];
	}
	if (r == 0 && c->rows.n > AW_VID_MAX)
		return aw_compile_blame(c, kind, "65535 combinations of verdicts (AW_VID_MAX)",
					"use fewer combinations of operations and classes");
	return r;
}

int aw_compile_colour(struct aw_compilation *c)
{
	uint32_t none[ROW_WORDS_MAX] = {}, id;
	int r = aw_intern_put(&c->rows, none, 2 * aw_compile_row_sets(c) + 1, &id);

	for (int kind = 0; r == 0 && kind < AW_DFAS; kind++)
		r = colour_side(c, (enum aw_dfa_kind)kind);
	return r;
}

int aw_compile_number_verdicts(struct aw_compilation *c)
{
	_cleanup_free_ uint32_t *id_of = malloc(c->rows.n * sizeof(*id_of));
	struct aw_intern rows = {};
	size_t n;
	int r;

	if (!id_of)
		return -ENOMEM;
	memset(id_of, 0xff, c->rows.n * sizeof(*id_of));
	r = aw_intern_put(&rows, aw_intern_get(&c->rows, 0, &n), 2 * aw_compile_row_sets(c) + 1,
			  &id_of[0]);
	for (int kind = 0; r == 0 && kind < AW_DFAS; kind++) {
		struct aw_automaton *automaton = &c->sides[kind].automaton;

		for (size_t i = 0; r == 0 && i < automaton->n_states; i++) {
			uint32_t *colour = &automaton->colour[i];

			if (id_of[*colour] == AW_NO_ID)
				r = aw_intern_put(&rows, aw_intern_get(&c->rows, *colour, &n),
						  2 * aw_compile_row_sets(c) + 1, &id_of[*colour]);
			*colour = id_of[*colour];
		}
	}
	aw_intern_clear(&c->rows);
	c->rows = rows;
	return r;
}
