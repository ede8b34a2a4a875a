/* SPDX-License-Identifier: Apache-2.0 */
/* The hash map against a plain array on random operations, and the vector. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/map.h"
#include "base/vec.h"

#define KEYS   512
#define ROUNDS 200000

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void an_empty_map_has_nothing(void **state)
{
	_cleanup_(aw_map_freep) struct aw_map *map = NULL;
	size_t cursor = 0;

	assert_int_equal(aw_map_new(&map), 0);
	assert_null(aw_map_get(map, "a", 1));
	assert_null(aw_map_get_u64(map, 0));
	assert_null(aw_map_remove_u64(map, 0));
	assert_null(aw_map_next(map, &cursor));
	aw_map_clear(map);
	assert_int_equal(aw_map_size(map), 0);
}

static void numbers_and_bytes_do_not_meet(void **state)
{
	_cleanup_(aw_map_freep) struct aw_map *map = NULL;
	static char a, b, c;
	uint64_t number = 0x6161616161616161;

	assert_int_equal(aw_map_new(&map), 0);
	assert_int_equal(aw_map_put_u64(map, number, &a), 0);
	assert_int_equal(aw_map_put(map, "aaaaaaaa", 8, &b), 0);
	assert_int_equal(aw_map_put(map, "", 0, &c), 0);
	assert_ptr_equal(aw_map_get_u64(map, number), &a);
	assert_ptr_equal(aw_map_get(map, "aaaaaaaa", 8), &b);
	assert_ptr_equal(aw_map_get(map, NULL, 0), &c);
	assert_null(aw_map_get(map, "aaaaaaa", 7));
	assert_null(aw_map_get_u64(map, 0));
	assert_int_equal(aw_map_put_u64(map, number, &b), -EEXIST);
	assert_ptr_equal(aw_map_get_u64(map, number), &a);
}

static void assert_same(const struct aw_map *map, const int *present, int *values)
{
	size_t cursor = 0, n = 0;
	const struct aw_map_entry *entry;

	for (uint64_t key = 0; key < KEYS; key++) {
		assert_ptr_equal(aw_map_get_u64(map, key), present[key] ? &values[key] : NULL);
		n += (size_t)present[key];
	}
	assert_int_equal(aw_map_size(map), n);
	while ((entry = aw_map_next(map, &cursor))) {
		assert_ptr_equal(entry->value, &values[entry->number]);
		n--;
	}
	assert_int_equal(n, 0);
}

static void random_operations_give_what_an_array_gives(void **state)
{
	_cleanup_(aw_map_freep) struct aw_map *map = NULL;
	static int values[KEYS], present[KEYS];

	assert_int_equal(aw_map_new(&map), 0);
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t key = next_random() % KEYS;

		if (next_random() % 2) {
			assert_int_equal(aw_map_put_u64(map, key, &values[key]),
					 present[key] ? -EEXIST : 0);
			present[key] = 1;
		} else {
			assert_ptr_equal(aw_map_remove_u64(map, key),
					 present[key] ? &values[key] : NULL);
			present[key] = 0;
		}
		if (i % 1000 == 0)
			assert_same(map, present, values);
	}
	assert_same(map, present, values);
	aw_map_clear(map);
	memset(present, 0, sizeof(present));
	assert_same(map, present, values);
}

static void byte_keys_of_every_length_are_told_apart(void **state)
{
	_cleanup_(aw_map_freep) struct aw_map *map = NULL;
	static char text[64];

	assert_int_equal(aw_map_new(&map), 0);
	for (size_t length = 0; length < sizeof(text); length++)
		assert_int_equal(aw_map_put(map, text, length, text + length), 0);
	for (size_t length = 0; length < sizeof(text); length++)
		assert_ptr_equal(aw_map_get(map, text, length), text + length);
	for (size_t length = 0; length < sizeof(text); length += 2)
		assert_ptr_equal(aw_map_remove(map, text, length), text + length);
	for (size_t length = 1; length < sizeof(text); length += 2)
		assert_ptr_equal(aw_map_get(map, text, length), text + length);
}

static void a_vector_keeps_what_is_pushed(void **state)
{
	AW_VEC(uint64_t) numbers = {};
	uint64_t expected = 0;

	aw_vec_for_each (number, &numbers)
		fail();
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(aw_vec_push(&numbers, i * i), 0);
	assert_int_equal(numbers.n, 1000);
	aw_vec_for_each (number, &numbers) {
		assert_int_equal(*number, expected * expected);
		expected++;
	}
	assert_int_equal(expected, 1000);
	expected = 0;
	aw_vec_for_each (number, (const __typeof__(numbers) *)&numbers)
		expected += *number;
	assert_int_equal(expected, 332833500);
	aw_vec_done(&numbers);
	assert_null(numbers.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_map_has_nothing),
		cmocka_unit_test(numbers_and_bytes_do_not_meet),
		cmocka_unit_test(random_operations_give_what_an_array_gives),
		cmocka_unit_test(byte_keys_of_every_length_are_told_apart),
		cmocka_unit_test(a_vector_keeps_what_is_pushed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
