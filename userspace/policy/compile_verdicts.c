/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From claims to verdict ids: two claims with the same verdicts for every set of classes and every
 * operation, and the same classes for the name, have one id; in the end for each block that names
 * with them are in.
 */
#include <errno.h>
#include <string.h>

#include "policy/compile_rows.h"
#include "policy/compile_state.h"

#define ROW_WORDS_MAX (2 * 2 * AW_CONDITION_MASKS * AW_SUBJECT_SETS_MAX + AW_NAME_WORDS)
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
	uint64_t limits = claims->claims[claim].limits, always = aw_limits_row(&c->limits, limits);
	uint32_t conditions = 0;
	size_t n = 0;

	do { /* every subset of the conditions, the empty one first */
		for (unsigned lost = 0; lost <= (c->widening != 0); lost++)
			for (size_t set = 0; set < c->n_sets; set++) {
				struct aw_seen seen = {c->sets[set], lost, conditions};
				uint64_t row = aw_claims_verdicts(claims, claim, &seen);

				if (is_changeable(row))
					always |= AW_ROW_CHANGEABLE;
				words[n++] = (uint32_t)row;
				words[n++] = (uint32_t)(row >> 32);
			}
		conditions = (conditions - c->conditions) & c->conditions;
	} while (conditions);
	for (size_t i = 0; i < n; i += 2) {
		words[i] |= (uint32_t)always;
		words[i + 1] |= (uint32_t)(always >> 32);
	}
	words[n++] = (uint32_t)limits;
	words[n++] = (uint32_t)(limits >> 32);
	words[n++] = claims->claims[claim].subjects;
	return n;
}

static int too_many_verdicts(struct aw_compilation *c, enum aw_dfa_kind kind)
{
	return aw_compile_blame(c, kind, "65535 combinations of verdicts (AW_VID_MAX)",
				"use fewer combinations of operations and classes");
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
		return too_many_verdicts(c, kind);
	return r;
}

int aw_compile_colour(struct aw_compilation *c)
{
	uint32_t none[ROW_WORDS_MAX] = {}, id;
	int r = aw_intern_put(&c->rows, none, 2 * aw_compile_row_sets(c) + AW_NAME_WORDS, &id);

	for (int kind = 0; r == 0 && kind < AW_DFAS; kind++)
		r = colour_side(c, (enum aw_dfa_kind)kind);
	return r;
}

/* Ids for pairs of a row and a block, in order of first use; rows without a pair are dropped. */
static int number_side(struct aw_compilation *c, enum aw_dfa_kind kind, struct aw_intern *pairs)
{
	struct aw_automaton *automaton = &c->sides[kind].automaton;
	_cleanup_free_ uint32_t *block = calloc(automaton->n_states, sizeof(*block));
	int r = block ? 0 : -ENOMEM;

	if (r == 0 && kind == AW_DFA_PATH)
		r = aw_compile_blocks(c, automaton, block);
	for (size_t i = 0; r == 0 && i < automaton->n_states; i++) {
		const uint32_t pair[] = {automaton->colour[i], block[i]};

		r = aw_intern_put(pairs, pair, 2, &automaton->colour[i]);
	}
	return r;
}

/* The rows of the pairs, with their blocks. */
static int take_rows(struct aw_compilation *c, const struct aw_intern *pairs,
		     struct aw_intern *rows)
{
	size_t n_words = 2 * aw_compile_row_sets(c) + AW_NAME_WORDS, n;
	_cleanup_free_ uint32_t *words = calloc(n_words + 1, sizeof(*words));
	uint32_t id;
	int r = words ? 0 : -ENOMEM;

	for (uint32_t i = 0; r == 0 && i < pairs->n; i++) {
		const uint32_t *pair = aw_intern_get(pairs, i, &n);

		memcpy(words, aw_intern_get(&c->rows, pair[0], &n), n_words * sizeof(*words));
		words[n_words] = pair[1];
		r = aw_intern_put(rows, words, n_words + 1, &id);
	}
	return r;
}

int aw_compile_number_verdicts(struct aw_compilation *c)
{
	struct aw_intern pairs = {}, rows = {};
	uint32_t id;
	int r = aw_intern_put(&pairs, (const uint32_t[]){0, 0}, 2, &id);

	for (int kind = 0; r == 0 && kind < AW_DFAS; kind++)
		r = number_side(c, (enum aw_dfa_kind)kind, &pairs);
	if (r == 0 && pairs.n > AW_VID_MAX)
		r = too_many_verdicts(c, AW_DFA_PATH);
	if (r == 0)
		r = take_rows(c, &pairs, &rows);
	aw_intern_clear(&pairs);
	aw_intern_clear(&c->rows);
	c->rows = rows;
	return r;
}
