/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of run numbers: against a bit array on random input, and on damaged bytes. */
#include "baseline/baseline_fixture.h"

#include <errno.h>
#include <stdbool.h>

#include "baseline/runset.h"

#define N 200

static void add(uint8_t **set, size_t *length, uint64_t run)
{
	uint8_t one[AW_RUNSET_ONE_MAX], *joined = NULL;
	const size_t one_length = aw_runset_one(run, one);
	size_t joined_length = 0;

	assert_int_equal(aw_runset_union(*set, *length, one, one_length, &joined, &joined_length),
			 0);
	free(*set);
	*set = joined;
	*length = joined_length;
}

static void assert_equals(const uint8_t *set, size_t length, const bool *expected)
{
	struct aw_runset_cursor cursor = {.bytes = set, .length = length};
	uint64_t first, last;
	bool found[N] = {false};

	while (aw_runset_next(&cursor, &first, &last) > 0)
		for (uint64_t i = first; i <= last; i++) {
			assert_true(i < N);
			assert_false(found[i]);
			found[i] = true;
		}
	assert_int_equal(cursor.at, length);
	assert_memory_equal(found, expected, sizeof(found));
}

static void random_unions_and_removals_agree_with_a_bit_array(void **state)
{
	for (unsigned int seed = 1; seed < 200; seed++) {
		bool expected[N] = {false};
		uint8_t *set = NULL;
		size_t length = 0;

		srand(seed);
		for (int i = 0; i < 100; i++) {
			const uint64_t run = (uint64_t)rand() % N;

			if (rand() % 4) {
				add(&set, &length, run);
				expected[run] = true;
			} else {
				uint8_t *less = NULL;

				assert_int_equal(
					aw_runset_without(set, length, run, &less, &length), 0);
				free(set);
				set = less;
				expected[run] = false;
			}
			assert_equals(set, length, expected);
		}
		free(set);
	}
}

static void what_every_run_did_takes_few_bytes(void **state)
{
	uint8_t *set = NULL;
	size_t length = 0;

	for (uint64_t run = 1; run <= 1000; run++)
		add(&set, &length, run);
	assert_true(length <= 3);
	free(set);
}

static void run_numbers_up_to_63_bits_survive(void **state)
{
	uint8_t *set = NULL;
	size_t length = 0;
	struct aw_runset_cursor cursor;
	uint64_t first, last;

	add(&set, &length, INT64_MAX - 1);
	add(&set, &length, 1);
	cursor = (struct aw_runset_cursor){.bytes = set, .length = length};
	assert_int_equal(aw_runset_next(&cursor, &first, &last), 1);
	assert_int_equal(first, 1);
	assert_int_equal(aw_runset_next(&cursor, &first, &last), 1);
	assert_true(first == INT64_MAX - 1 && last == first);
	assert_int_equal(aw_runset_next(&cursor, &first, &last), 0);
	free(set);
}

static void damaged_bytes_are_refused(void **state)
{
	static const uint8_t cut[] = {5}, unending[12] = {[0 ... 11] = 0xff};
	uint8_t *set = NULL;
	size_t length = 0;

	assert_int_equal(aw_runset_union(cut, sizeof(cut), NULL, 0, &set, &length), -EUCLEAN);
	assert_int_equal(aw_runset_union(unending, sizeof(unending), NULL, 0, &set, &length),
			 -EUCLEAN);
	assert_null(set);
	for (unsigned int seed = 0; seed < 2000; seed++) {
		uint8_t noise[24];

		srand(seed);
		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = (uint8_t)rand();
		if (aw_runset_union(noise, sizeof(noise), noise, seed % 24, &set, &length) == 0)
			free(set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_unions_and_removals_agree_with_a_bit_array),
		cmocka_unit_test(what_every_run_did_takes_few_bytes),
		cmocka_unit_test(run_numbers_up_to_63_bits_survive),
		cmocka_unit_test(damaged_bytes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
