/* SPDX-License-Identifier: Apache-2.0 */
/* The growable buffer, hexadecimal digits and UTF-8. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/hex.h"
#include "base/utf8.h"

static void what_is_appended_is_kept_in_order_across_growth(void **state)
{
	_cleanup_buffer_ struct aw_buffer buffer = {};

	for (int i = 0; i < 1000; i++)
		assert_int_equal(aw_buffer_append_format(&buffer, "%03d,", i), 0);
	assert_int_equal(buffer.length, 4000);
	assert_memory_equal(buffer.data, "000,001,002,", 12);
	assert_memory_equal(buffer.data + 3996, "999,", 4);
	assert_int_equal(strlen(aw_buffer_string(&buffer)), 4000);
}

static void an_empty_buffer_is_an_empty_string(void **state)
{
	_cleanup_buffer_ struct aw_buffer buffer = {};
	_cleanup_free_ char *taken = NULL;

	assert_string_equal(aw_buffer_string(&buffer), "");
	aw_buffer_append_string(&buffer, "x");
	taken = aw_buffer_take_string(&buffer);
	assert_string_equal(taken, "x");
	assert_int_equal(buffer.length, 0);
	assert_string_equal(aw_buffer_string(&buffer), "");
}

static void the_limit_is_an_error_that_sticks(void **state)
{
	_cleanup_buffer_ struct aw_buffer buffer = {};

	assert_int_equal(aw_buffer_append_string(&buffer, "kept"), 0);
	assert_int_equal(aw_buffer_reserve(&buffer, AW_BUFFER_MAX), -E2BIG);
	assert_int_equal(aw_buffer_reserve(&buffer, SIZE_MAX), -E2BIG);
	assert_int_equal(aw_buffer_append_char(&buffer, 'x'), -E2BIG);
	assert_null(aw_buffer_string(&buffer));
	assert_int_equal(buffer.length, 4);
	aw_buffer_clear(&buffer);
	assert_int_equal(aw_buffer_append_char(&buffer, 'x'), 0);
}

static void consuming_and_truncating_take_from_the_ends(void **state)
{
	_cleanup_buffer_ struct aw_buffer buffer = {};

	aw_buffer_consume(&buffer, 5);
	aw_buffer_append_string(&buffer, "abcdef");
	aw_buffer_consume(&buffer, 2);
	aw_buffer_truncate(&buffer, 3);
	assert_string_equal(aw_buffer_string(&buffer), "cde");
	aw_buffer_truncate(&buffer, 100);
	aw_buffer_consume(&buffer, 100);
	assert_int_equal(buffer.length, 0);
}

static void hex_digits_come_back_as_the_same_bytes(void **state)
{
	unsigned char bytes[256], back[256];
	char text[513];

	for (int i = 0; i < 256; i++)
		bytes[i] = (unsigned char)i;
	aw_hex_encode(bytes, sizeof(bytes), text);
	assert_memory_equal(text, "000102", 6);
	assert_string_equal(text + 508, "feff");
	assert_int_equal(aw_hex_decode(text, back, sizeof(back)), 0);
	assert_memory_equal(bytes, back, sizeof(back));
}

static void hex_that_is_not_exact_is_refused_and_nothing_is_written(void **state)
{
	unsigned char back[2] = {7, 7};
	uint64_t number = 7;

	assert_int_equal(aw_hex_decode("abc", back, 2), -EINVAL);
	assert_int_equal(aw_hex_decode("abcde", back, 2), -EINVAL);
	assert_int_equal(aw_hex_decode("ab0g", back, 2), -EINVAL);
	assert_int_equal(back[0], 7);
	assert_int_equal(aw_hex_to_u64("", &number), -EINVAL);
	assert_int_equal(aw_hex_to_u64("0x1", &number), -EINVAL);
	assert_int_equal(aw_hex_to_u64("00000000000000000", &number), -EINVAL);
	assert_int_equal(number, 7);
	assert_int_equal(aw_hex_decode("ABcd", back, 2), 0);
	assert_memory_equal(back, "\xab\xcd", 2);
}

static void numbers_are_written_with_all_their_digits(void **state)
{
	char text[AW_HEX_U64_BYTES];
	uint64_t number;

	aw_hex_from_u64(0x0123456789abcdef, text);
	assert_string_equal(text, "0123456789abcdef");
	assert_int_equal(aw_hex_to_u64(text, &number), 0);
	assert_true(number == 0x0123456789abcdef);
	assert_int_equal(aw_hex_to_u64("F", &number), 0);
	assert_int_equal(number, 15);
}

/* Every scalar value, encoded by hand, is one character; every other pattern is none. */
static void every_character_is_recognised_and_only_those(void **state)
{
	uint32_t back;

	for (uint32_t c = 0; c < 0x110000; c++) {
		char text[4];
		size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

		for (size_t i = n - 1; i > 0; i--)
			text[i] = (char)(0x80 | (c >> (6 * (n - 1 - i)) & 0x3f));
		text[0] = (char)(n == 1 ? c : (0xf00 >> n | c >> (6 * (n - 1))));
		if (c >= 0xd800 && c < 0xe000) {
			assert_int_equal(aw_utf8_next(text, n, &back), 0);
			continue;
		}
		assert_int_equal(aw_utf8_next(text, n, &back), n);
		assert_int_equal(back, c);
		assert_int_equal(aw_utf8_next(text, n - 1, &back), 0);
	}
}

static void malformed_text_is_no_text(void **state)
{
	static const char *const bad[] = {
		"\x80",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x80\x80",
		"\xed\xa0\x80",
		"\xf0\x80\x80\x80",
		"\xf4\x90\x80\x80",
		"\xf5",
		"\xff",
		"a\xc3",
		"\xe2\x82",
		"\xc3(",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(aw_utf8_is_text(bad[i], strlen(bad[i])));
	assert_false(aw_utf8_is_text("a\0b", 3));
	assert_true(aw_utf8_is_text("", 0));
	assert_true(aw_utf8_is_text("gr\xc3\xbc\xc3\x9f", 6));
}

static void width_counts_characters(void **state)
{
	assert_int_equal(aw_utf8_width("gr\xc3\xbcn", 5), 4);
	assert_int_equal(aw_utf8_width("\xff\xff", 2), 2);
	assert_int_equal(aw_utf8_width("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_appended_is_kept_in_order_across_growth),
		cmocka_unit_test(an_empty_buffer_is_an_empty_string),
		cmocka_unit_test(the_limit_is_an_error_that_sticks),
		cmocka_unit_test(consuming_and_truncating_take_from_the_ends),
		cmocka_unit_test(hex_digits_come_back_as_the_same_bytes),
		cmocka_unit_test(hex_that_is_not_exact_is_refused_and_nothing_is_written),
		cmocka_unit_test(numbers_are_written_with_all_their_digits),
		cmocka_unit_test(every_character_is_recognised_and_only_those),
		cmocka_unit_test(malformed_text_is_no_text),
		cmocka_unit_test(width_counts_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
