/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "policy/compile_random.h"
#include "policy/minimize.h"

#define STATES_MAX 40

/* n states over n_classes classes of two bytes or more each; dense, then made sparse. */
static struct aw_automaton random_automaton(struct random *r)
{
	size_t n = 1 + pick(r, STATES_MAX), n_edges = 0;
	struct aw_automaton a = {.n_states = n, .n_classes = 1 + pick(r, 5)};
	uint32_t near = 1 + pick(r, 3);

	a.fallback = calloc(n, sizeof(*a.fallback));
	a.first_edge = calloc(n + 1, sizeof(*a.first_edge));
	a.edges = calloc(n * a.n_classes, sizeof(*a.edges));
	a.colour = calloc(n, sizeof(*a.colour));
	for (unsigned byte = 0; byte < 256; byte++)
		a.class_of[byte] = (uint8_t)(byte % a.n_classes);
	for (uint32_t s = 0; s < n; s++) {
		a.fallback[s] = pick(r, 3) ? pick(r, (uint32_t)n) : (s + near) % (uint32_t)n;
		a.colour[s] = pick(r, 4) ? 0 : 1 + pick(r, 2);
		for (uint32_t c = 1; c < a.n_classes; c++) {
			uint32_t target = pick(r, 2) ? (s + c) % (uint32_t)n : s / 2;

			if (target != a.fallback[s])
				a.edges[n_edges++] = (struct aw_automaton_edge){target, c};
		}
		a.first_edge[s + 1] = (uint32_t)n_edges;
	}
	for (size_t i = 0; i < AW_AUTOMATON_STARTS; i++)
		a.start[i] = pick(r, (uint32_t)n);
	return a;
}

static struct aw_automaton copy_of(const struct aw_automaton *a)
{
	struct aw_automaton copy = *a;
	size_t n = a->n_states, n_edges = a->first_edge[n];

	copy.fallback = memcpy(malloc(n * 4), a->fallback, n * 4);
	copy.first_edge = memcpy(malloc((n + 1) * 4), a->first_edge, (n + 1) * 4);
	copy.colour = memcpy(malloc(n * 4), a->colour, n * 4);
	copy.edges = malloc((n_edges + 1) * sizeof(*a->edges));
	memcpy(copy.edges, a->edges, n_edges * sizeof(*a->edges));
	return copy;
}

/* States that can be reached and told apart: pairs are marked until nothing changes. */
static size_t count_distinct(const struct aw_automaton *a)
{
	static bool differ[STATES_MAX][STATES_MAX];
	bool reached[STATES_MAX] = {}, changed = true;
	size_t distinct = 0;

	for (size_t i = 0; i < AW_AUTOMATON_STARTS; i++)
		reached[a->start[i]] = true;
	for (uint32_t s = 0; s < a->n_states; s++)
		for (uint32_t t = 0; t < a->n_states; t++)
			differ[s][t] = a->colour[s] != a->colour[t];
	while (changed) {
		changed = false;
		for (uint32_t s = 0; s < a->n_states; s++)
			for (unsigned c = 0; c < a->n_classes; c++) {
				uint32_t u = aw_automaton_step(a, s, (uint8_t)c);

				changed = changed || (reached[s] && !reached[u]);
				reached[u] = reached[u] || reached[s];
				for (uint32_t t = 0; t < a->n_states; t++)
					if (!differ[s][t] &&
					    differ[u][aw_automaton_step(a, t, (uint8_t)c)])
						differ[s][t] = differ[t][s] = changed = true;
			}
	}
	for (uint32_t s = 0; s < a->n_states; s++) {
		bool is_first = reached[s];

		for (uint32_t t = 0; t < s; t++)
			is_first = is_first && (!reached[t] || differ[s][t]);
		distinct += is_first;
	}
	return distinct;
}

static void compare_walks(struct random *r, const struct aw_automaton *a,
			  const struct aw_automaton *b)
{
	for (size_t walk = 0; walk < 60; walk++) {
		uint32_t start = pick(r, AW_AUTOMATON_STARTS);
		uint32_t s = a->start[start], t = b->start[start];

		for (size_t i = 0; i < 60; i++) {
			uint8_t byte = (uint8_t)pick(r, 256);

			assert_int_equal(a->colour[s], b->colour[t]);
			s = aw_automaton_step(a, s, byte);
			t = aw_automaton_step(b, t, byte);
		}
	}
}

static void minimised_automata_are_smallest_and_say_the_same(void **state)
{
	struct random r = {0xface};

	for (size_t i = 0; i < 3000; i++) {
		struct aw_automaton a = random_automaton(&r), b = copy_of(&a);

		assert_int_equal(aw_automaton_minimize(&b), 0);
		assert_int_equal(b.n_states, count_distinct(&a));
		compare_walks(&r, &a, &b);
		aw_automaton_merge_classes(&b);
		compare_walks(&r, &a, &b);
		aw_automaton_clear(&a);
		aw_automaton_clear(&b);
	}
}

/* No two byte classes may have equal columns. */
static void merged_classes_are_all_different(void **state)
{
	struct random r = {0xc1a55};
	size_t merged = 0;

	for (size_t i = 0; i < 500; i++) {
		struct aw_automaton a = random_automaton(&r);
		uint8_t lowest[256];
		unsigned before = a.n_classes;

		assert_int_equal(aw_automaton_minimize(&a), 0);
		aw_automaton_merge_classes(&a);
		merged += a.n_classes < before;
		for (unsigned byte = 256; byte-- > 0;)
			lowest[a.class_of[byte]] = (uint8_t)byte;
		for (unsigned c = 0; c < a.n_classes; c++)
			for (unsigned d = 0; d < c; d++) {
				bool differ = false;

				assert_true(lowest[d] < lowest[c]);
				for (uint32_t s = 0; s < a.n_states; s++)
					differ = differ ||
						 aw_automaton_step(&a, s, lowest[c]) !=
							 aw_automaton_step(&a, s, lowest[d]);
				assert_true(differ);
			}
		aw_automaton_clear(&a);
	}
	assert_true(merged > 0);
}

/* The same automaton with its states in another order. */
static void equal_automata_get_equal_numbers(void **state)
{
	struct random r = {0xbe};

	for (size_t i = 0; i < 500; i++) {
		struct aw_automaton a = random_automaton(&r), b = copy_of(&a);
		size_t n = a.n_states, n_edges = 0;

		for (uint32_t s = 0; s < n; s++) { /* state s becomes n − 1 − s */
			uint32_t old = (uint32_t)n - 1 - s;

			b.fallback[s] = (uint32_t)n - 1 - a.fallback[old];
			b.colour[s] = a.colour[old];
			for (uint32_t e = a.first_edge[old]; e < a.first_edge[old + 1]; e++)
				b.edges[n_edges++] = (struct aw_automaton_edge){
					(uint32_t)n - 1 - a.edges[e].target, a.edges[e].byte_class};
			b.first_edge[s + 1] = (uint32_t)n_edges;
		}
		for (size_t j = 0; j < AW_AUTOMATON_STARTS; j++)
			b.start[j] = (uint32_t)n - 1 - a.start[j];
		assert_int_equal(aw_automaton_minimize(&a), 0);
		assert_int_equal(aw_automaton_minimize(&b), 0);
		assert_int_equal(a.n_states, b.n_states);
		assert_memory_equal(a.start, b.start, sizeof(a.start));
		assert_memory_equal(a.fallback, b.fallback, a.n_states * 4);
		assert_memory_equal(a.first_edge, b.first_edge, (a.n_states + 1) * 4);
		aw_automaton_clear(&a);
		aw_automaton_clear(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(minimised_automata_are_smallest_and_say_the_same),
		cmocka_unit_test(merged_classes_are_all_different),
		cmocka_unit_test(equal_automata_get_equal_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
