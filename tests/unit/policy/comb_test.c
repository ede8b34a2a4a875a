/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

#include "abi/decide.h"
#include "policy/comb.h"
#include "policy/compile_random.h"

#define LIMIT (1u << 17)

/* A dense table made sparse. density: percent of transitions that leave the fallback. */
static struct aw_automaton random_automaton(struct random *r, uint32_t n, unsigned n_classes,
					    uint32_t density)
{
	struct aw_automaton a = {.n_states = n, .n_classes = n_classes};
	size_t n_edges = 0;

	a.fallback = calloc(n, sizeof(*a.fallback));
	a.first_edge = calloc(n + 1, sizeof(*a.first_edge));
	a.edges = calloc((size_t)n * n_classes, sizeof(*a.edges));
	a.colour = calloc(n, sizeof(*a.colour));
	for (unsigned byte = 0; byte < 256; byte++)
		a.class_of[byte] = (uint8_t)(byte < n_classes ? byte : n_classes - 1);
	for (uint32_t s = 0; s < n; s++) {
		uint32_t common = pick(r, n);
		bool is_absorbing = !pick(r, 50);

		a.fallback[s] = is_absorbing ? s : pick(r, n);
		a.colour[s] = pick(r, 1000);
		for (uint32_t c = 1; c < n_classes && !is_absorbing; c++) {
			uint32_t target = pick(r, 3) ? common : pick(r, n);

			if (pick(r, 100) < density && target != a.fallback[s])
				a.edges[n_edges++] = (struct aw_automaton_edge){target, c};
		}
		a.first_edge[s + 1] = (uint32_t)n_edges;
	}
	for (size_t i = 0; i < AW_AUTOMATON_STARTS; i++)
		a.start[i] = pick(r, n);
	return a;
}

static bool leads_nowhere(const struct aw_automaton *a, uint32_t state)
{
	for (unsigned byte = 0; byte < 256; byte++)
		if (aw_automaton_step(a, state, (uint8_t)byte) != state)
			return false;
	return true;
}

/* Walks both at once, from every start. */
static void compare_walks(struct random *r, const struct aw_automaton *a,
			  const struct aw_comb *comb, const struct aw_dfa *dfa,
			  const uint32_t start[AW_AUTOMATON_STARTS])
{
	const __u64 *cells = (const __u64 *)comb->cells;

	for (size_t i = 0; i < AW_AUTOMATON_STARTS * 20; i++) {
		uint32_t s = a->start[i % AW_AUTOMATON_STARTS];
		uint32_t t = start[i % AW_AUTOMATON_STARTS];

		for (size_t j = 0; j < 200; j++) {
			uint8_t byte = (uint8_t)pick(r, 256);

			assert_int_equal(aw_dfa_accept(cells, LIMIT - 1, t), a->colour[s]);
			assert_true(t + dfa->byte_class[byte] < comb->n_cells);
			if (j % 16 == 0)
				assert_int_equal(aw_dfa_is_absorbing(cells, LIMIT - 1, t),
						 leads_nowhere(a, s));
			s = aw_automaton_step(a, s, byte);
			t = aw_dfa_step(cells, LIMIT - 1, t, dfa->byte_class[byte]);
		}
	}
}

static void walks_in_the_comb_are_walks_in_the_table(void **state)
{
	static const struct {
		uint32_t n_states;
		unsigned n_classes;
		uint32_t density;
	} shapes[] = {{1, 1, 0},     {1, 256, 100}, {50, 2, 50},   {300, 40, 3},
		      {100, 74, 60}, {60, 255, 90}, {60, 256, 90}, {2000, 74, 4}};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		struct random r = {0xc0b + i};
		struct aw_automaton a = random_automaton(&r, shapes[i].n_states,
							 shapes[i].n_classes, shapes[i].density);
		uint32_t start[AW_AUTOMATON_STARTS];
		struct aw_comb comb;
		struct aw_dfa dfa;

		assert_int_equal(aw_comb_init(&comb, LIMIT), 0);
		assert_int_equal(aw_comb_pack(&comb, &a, &dfa, start), 0);
		assert_int_equal(dfa.n_states, shapes[i].n_states);
		assert_int_equal(dfa.start, start[0]);
		compare_walks(&r, &a, &comb, &dfa, start);
		aw_comb_clear(&comb);
		aw_automaton_clear(&a);
	}
}

/* Plain cells may hold what looks like a transition; no walk may see it. */
static void two_automata_and_plain_cells_share_a_comb(void **state)
{
	struct random r = {0x2c0b};
	struct aw_automaton a = random_automaton(&r, 400, 50, 5);
	struct aw_automaton b = random_automaton(&r, 300, 120, 20);
	uint32_t start_a[AW_AUTOMATON_STARTS], start_b[AW_AUTOMATON_STARTS], first;
	struct aw_dfa dfa_a, dfa_b;
	struct aw_comb comb;

	assert_int_equal(aw_comb_init(&comb, LIMIT), 0);
	assert_int_equal(aw_comb_reserve(&comb, 5000, &first), 0);
	assert_int_equal(first, 1);
	for (uint32_t i = 0; i < 5000; i++)
		comb.cells[first + i] = aw_pair(5001 + i, 1);
	assert_int_equal(aw_comb_pack(&comb, &a, &dfa_a, start_a), 0);
	assert_int_equal(aw_comb_pack(&comb, &b, &dfa_b, start_b), 0);
	compare_walks(&r, &a, &comb, &dfa_a, start_a);
	compare_walks(&r, &b, &comb, &dfa_b, start_b);
	for (uint32_t i = 0; i < 5000; i++)
		assert_int_equal(comb.cells[first + i], aw_pair(5001 + i, 1));
	aw_comb_clear(&comb);
	aw_automaton_clear(&a);
	aw_automaton_clear(&b);
}

/* Where most bytes lead elsewhere than byte 0, that target is the cell that is not repeated. */
static void the_commonest_target_is_the_default(void **state)
{
	struct random r = {1};
	struct aw_automaton a = random_automaton(&r, 2, 200, 0);
	uint32_t start[AW_AUTOMATON_STARTS];
	struct aw_comb comb;
	struct aw_dfa dfa;

	for (uint32_t s = 0; s < 2; s++) {
		a.fallback[s] = s;
		a.first_edge[s + 1] = 199 * (s + 1);
		for (uint32_t c = 1; c < 200; c++)
			a.edges[199 * s + c - 1] = (struct aw_automaton_edge){1 - s, c};
	}
	assert_int_equal(aw_comb_init(&comb, LIMIT), 0);
	assert_int_equal(aw_comb_pack(&comb, &a, &dfa, start), 0);
	assert_int_equal(dfa.n_cells, 4);
	compare_walks(&r, &a, &comb, &dfa, start);
	aw_comb_clear(&comb);
	aw_automaton_clear(&a);
}

static void what_does_not_fit_is_refused(void **state)
{
	struct random r = {0xb16};
	struct aw_automaton a = random_automaton(&r, 300, 200, 90);
	uint32_t start[AW_AUTOMATON_STARTS], first;
	struct aw_comb comb;
	struct aw_dfa dfa;

	assert_int_equal(aw_comb_init(&comb, 1u << 12), 0);
	assert_int_equal(aw_comb_reserve(&comb, 1u << 12, &first), -E2BIG);
	assert_int_equal(aw_comb_pack(&comb, &a, &dfa, start), -E2BIG);
	aw_comb_clear(&comb);
	aw_automaton_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_in_the_comb_are_walks_in_the_table),
		cmocka_unit_test(two_automata_and_plain_cells_share_a_comb),
		cmocka_unit_test(the_commonest_target_is_the_default),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
