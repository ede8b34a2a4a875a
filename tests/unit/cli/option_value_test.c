/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with units. */
#include "agent/folder_fixture.h"
#include "cli/option_value.h"

static const char *const never[] = {"",	 " 1",	 "-1",	"+1",  "1 ", "1x",
				    "x", "0x10", "1.5", "1KK", "K",  "1 K"};

static void numbers_are_digits_alone(void **state)
{
	uint64_t value = 7;

	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++)
		assert_int_equal(aw_option_number(never[i], &value), -EINVAL);
	assert_int_equal(aw_option_number("18446744073709551616", &value), -ERANGE);
	assert_int_equal(value, 7);
	assert_int_equal(aw_option_number("18446744073709551615", &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(aw_option_number("007", &value), 0);
	assert_int_equal(value, 7);
	assert_int_equal(aw_option_number("1K", &value), -EINVAL);
}

static void bytes_have_binary_units(void **state)
{
	uint64_t value = 7;

	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++)
		assert_int_equal(aw_option_bytes(never[i], &value), -EINVAL);
	assert_int_equal(aw_option_bytes("65536", &value), 0);
	assert_int_equal(value, 65536);
	assert_int_equal(aw_option_bytes("64K", &value), 0);
	assert_int_equal(value, 65536);
	assert_int_equal(aw_option_bytes("16M", &value), 0);
	assert_int_equal(value, 16 << 20);
	assert_int_equal(aw_option_bytes("1G", &value), 0);
	assert_int_equal(value, 1 << 30);
	assert_int_equal(aw_option_bytes("99999999999G", &value), -ERANGE);
	assert_int_equal(value, 1 << 30);
}

static void durations_have_one_unit_and_need_it(void **state)
{
	uint64_t ms = 7;

	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++)
		assert_int_equal(aw_option_duration(never[i], &ms), -EINVAL);
	assert_int_equal(aw_option_duration("15", &ms), -EINVAL);
	assert_int_equal(aw_option_duration("1h30m", &ms), -EINVAL);
	assert_int_equal(aw_option_duration("500ms", &ms), 0);
	assert_int_equal(ms, 500);
	assert_int_equal(aw_option_duration("90s", &ms), 0);
	assert_int_equal(ms, 90000);
	assert_int_equal(aw_option_duration("15m", &ms), 0);
	assert_int_equal(ms, 900000);
	assert_int_equal(aw_option_duration("2h", &ms), 0);
	assert_int_equal(ms, 7200000);
	assert_int_equal(aw_option_duration("1d", &ms), 0);
	assert_int_equal(ms, 86400000);
	assert_int_equal(aw_option_duration("999999999999999d", &ms), -ERANGE);
}

static void pairs_have_a_name(void **state)
{
	assert_true(aw_option_is_pair("A=b"));
	assert_true(aw_option_is_pair("A="));
	assert_true(aw_option_is_pair("A=b=c"));
	assert_false(aw_option_is_pair("=b"));
	assert_false(aw_option_is_pair("A"));
	assert_false(aw_option_is_pair(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_digits_alone),
		cmocka_unit_test(bytes_have_binary_units),
		cmocka_unit_test(durations_have_one_unit_and_need_it),
		cmocka_unit_test(pairs_have_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
