/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is denied below a name: all names that stand for folders with the same denials below them
 * have one number, so that the kernel can tell whether renaming a folder would take something out
 * from under a denial, or put it there. Denials are what rules say with ask, deny or forbid; where
 * no rule says anything, nothing is promised of what lies below.
 */
#include <errno.h>
#include <string.h>

#include "abi/decide.h"
#include "policy/compile_state.h"
#include "policy/minimize.h"

/* Two states have one colour where the same is denied of the names that end there; nothing: 0. */
static int colour_denials(struct aw_compilation *c, const struct aw_automaton *automaton,
			  uint32_t *ret_colour)
{
	size_t n_words = 2 * aw_compile_row_sets(c), n;
	_cleanup_free_ uint32_t *denials = calloc(n_words, sizeof(*denials));
	_cleanup_free_ uint32_t *colour_of = malloc(c->rows.n * sizeof(*colour_of));
	struct aw_intern known = {};
	uint32_t nothing;
	int r;

	if (!denials || !colour_of)
		return -ENOMEM;
	r = aw_intern_put(&known, denials, n_words, &nothing);
	for (uint32_t row = 0; r == 0 && row < c->rows.n; row++) {
		const uint32_t *words = aw_intern_get(&c->rows, row, &n);

		for (size_t i = 0; i < n_words; i += 2) {
			uint64_t denied = aw_row_denials(aw_pair(words[i + 1], words[i]));

			denials[i] = (uint32_t)(denied & AW_ROW_MOVES);
			denials[i + 1] = (uint32_t)((denied & AW_ROW_MOVES) >> 32);
		}
		r = aw_intern_put(&known, denials, n_words, &colour_of[row]);
	}
	for (size_t i = 0; r == 0 && i < automaton->n_states; i++)
		ret_colour[i] = colour_of[automaton->colour[i]];
	aw_intern_clear(&known);
	return r;
}

/* Whether nothing is denied of the name that ends here, nor of any that goes on. */
static bool is_free(const struct aw_automaton *automaton, const uint32_t *colour,
		    const uint32_t *block_of, uint32_t state)
{
	if (colour[state] || block_of[automaton->fallback[state]] != block_of[state])
		return false;
	for (uint32_t e = automaton->first_edge[state]; e < automaton->first_edge[state + 1]; e++)
		if (block_of[automaton->edges[e].target] != block_of[state])
			return false;
	return true;
}

/* In order of first use; 0 is the block of names below which nothing is denied. */
static void number_blocks(const struct aw_automaton *automaton, const uint32_t *colour,
			  const uint32_t *block_of, uint32_t *number_of, uint32_t *ret_block)
{
	uint32_t n_numbers = 1;

	for (uint32_t s = 0; s < automaton->n_states; s++)
		if (is_free(automaton, colour, block_of, s))
			number_of[block_of[s]] = 0;
	for (uint32_t s = 0; s < automaton->n_states; s++) {
		uint32_t below = block_of[aw_automaton_step(automaton, s, '/')];

		if (number_of[below] == AW_NO_ID)
			number_of[below] = n_numbers < AW_BLOCKS_MAX ? n_numbers++ : AW_BLOCK_OWN;
		ret_block[s] = number_of[below];
	}
}

int aw_compile_blocks(struct aw_compilation *c, const struct aw_automaton *automaton,
		      uint32_t *ret_block)
{
	size_t n_states = automaton->n_states, n_blocks = 0;
	_cleanup_free_ uint32_t *colour = calloc(n_states, sizeof(*colour));
	_cleanup_free_ uint32_t *block_of = calloc(n_states, sizeof(*block_of));
	_cleanup_free_ uint32_t *number_of = NULL;
	int r;

	if (!colour || !block_of)
		return -ENOMEM;
	r = colour_denials(c, automaton, colour);
	if (r == 0)
		r = aw_automaton_partition(automaton, colour, block_of, &n_blocks);
	if (r < 0)
		return r;
	number_of = malloc(n_blocks * sizeof(*number_of));
	if (!number_of)
		return -ENOMEM;
	memset(number_of, 0xff, n_blocks * sizeof(*number_of));
	number_blocks(automaton, colour, block_of, number_of, ret_block);
	return 0;
}
