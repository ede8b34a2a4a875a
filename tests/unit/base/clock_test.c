/* SPDX-License-Identifier: Apache-2.0 */
/* Times: conversion, and RFC 3339 both ways. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

static void known_times_are_printed_exactly(void **state)
{
	char text[AW_CLOCK_RFC3339_SIZE];

	aw_clock_format(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000000000Z");
	aw_clock_format(951782399999999999u, text);
	assert_string_equal(text, "2000-02-28T23:59:59.999999999Z");
	aw_clock_format(951782400000000042u, text);
	assert_string_equal(text, "2000-02-29T00:00:00.000000042Z");
	aw_clock_format(UINT64_MAX, text);
	assert_string_equal(text, "2554-07-21T23:34:33.709551615Z");
}

static void what_is_printed_is_read_back(void **state)
{
	char text[AW_CLOCK_RFC3339_SIZE];
	uint64_t back;

	for (uint64_t ns = 1; ns < 17000000000000000000u; ns += 999999999999997u) {
		aw_clock_format(ns, text);
		assert_int_equal(aw_clock_parse(text, &back), 0);
		assert_true(back == ns);
	}
	assert_int_equal(aw_clock_parse("1970-01-01T00:00:01.5Z", &back), 0);
	assert_true(back == 1500000000u);
	assert_int_equal(aw_clock_parse("1970-01-01T00:00:01Z", &back), 0);
	assert_true(back == AW_NS_PER_SECOND);
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"2026",
		"2026-02-30T00:00:00Z",
		"2026-13-01T00:00:00Z",
		"2026-01-01T24:00:00Z",
		"2026-01-01T00:00:00",
		"2026-01-01T00:00:00+01:00",
		"2026-01-01T00:00:00.Z",
		"2026-01-01T00:00:00.1234567890Z",
		"2026-01-01 00:00:00Z",
		"2026-01-01T00:00:00Z ",
		"+026-01-01T00:00:00Z",
		"1969-12-31T23:59:59Z",
		"2600-01-01T00:00:00Z",
	};
	uint64_t ns = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(aw_clock_parse(bad[i], &ns), -EINVAL);
	assert_int_equal(ns, 7);
}

static void boot_time_becomes_wall_time(void **state)
{
	struct aw_clock clock = {.offset_ns = 1000};
	int64_t error;

	assert_int_equal(aw_clock_wall(&clock, 42), 1042);
	clock.offset_ns = -50;
	assert_int_equal(aw_clock_wall(&clock, 42), 0);
	assert_int_equal(aw_clock_wall(&clock, 60), 10);
	assert_int_equal(aw_clock_sample(&clock), 0);
	error = (int64_t)(aw_clock_wall_now() - aw_clock_wall(&clock, aw_clock_boot_now()));
	assert_true(error > -60000000000 && error < 60000000000);
}

static void the_boot_id_has_its_form(void **state)
{
	char id[AW_CLOCK_BOOT_ID_SIZE], again[AW_CLOCK_BOOT_ID_SIZE];

	assert_int_equal(aw_clock_boot_id(id), 0);
	assert_int_equal(aw_clock_boot_id(again), 0);
	assert_string_equal(id, again);
	assert_int_equal(strlen(id), 36);
	assert_int_equal(strspn(id, "0123456789abcdef-"), 36);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_times_are_printed_exactly),
		cmocka_unit_test(what_is_printed_is_read_back),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(boot_time_becomes_wall_time),
		cmocka_unit_test(the_boot_id_has_its_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
