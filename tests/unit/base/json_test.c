/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON writer, read back through jansson. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/utf8.h"

#define ROUNDS 20000

static void structure_is_written_with_its_commas(void **state)
{
	_cleanup_buffer_ struct aw_buffer out = {};
	struct aw_json json;

	aw_json_init(&json, &out);
	aw_json_begin_object(&json);
	aw_json_field_array(&json, "a");
	aw_json_u64(&json, UINT64_MAX);
	aw_json_i64(&json, INT64_MIN);
	aw_json_begin_object(&json);
	aw_json_end_object(&json);
	aw_json_begin_array(&json);
	aw_json_end_array(&json);
	aw_json_null(&json);
	aw_json_end_array(&json);
	aw_json_field_bool(&json, "b", true);
	aw_json_field_bool(&json, "c", false);
	aw_json_field_object(&json, "d");
	aw_json_field_string(&json, "e", NULL);
	aw_json_field_id(&json, "f", UINT64_MAX);
	aw_json_field_double(&json, "g", 0.125, 2);
	aw_json_field_double(&json, "h", NAN, 2);
	aw_json_end_object(&json);
	aw_json_field_i64(&json, "i", -1);
	aw_json_end_object(&json);
	assert_int_equal(aw_json_finish(&json), 0);
	assert_string_equal(aw_buffer_string(&out),
			    "{\"a\":[18446744073709551615,-9223372036854775808,{},[],null],"
			    "\"b\":true,\"c\":false,\"d\":{\"e\":null,\"f\":"
			    "\"18446744073709551615\",\"g\":0.12,\"h\":null},\"i\":-1}");
}

static void the_deepest_nesting_is_read_back(void **state)
{
	_cleanup_buffer_ struct aw_buffer out = {};
	struct aw_json json;
	json_t *root;

	aw_json_init(&json, &out);
	for (int i = 0; i < AW_JSON_DEPTH_MAX - 1; i++) {
		aw_json_begin_array(&json);
		aw_json_u64(&json, 1);
	}
	for (int i = 0; i < AW_JSON_DEPTH_MAX - 1; i++)
		aw_json_end_array(&json);
	assert_int_equal(aw_json_finish(&json), 0);
	root = json_loads(aw_buffer_string(&out), 0, NULL);
	assert_non_null(root);
	json_decref(root);
}

static void what_could_drive_a_terminal_is_escaped(void **state)
{
	_cleanup_buffer_ struct aw_buffer out = {};
	struct aw_json json;
	static const char text[] = "\"\\/\n\r\t\x1b\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\xa8\xc3\xbc";

	aw_json_init(&json, &out);
	aw_json_string(&json, text);
	assert_string_equal(aw_buffer_string(&out),
			    "\"\\\"\\\\/\\n\\r\\t\\u001b\\u007f\\u009b\\u202e\\u2028\xc3\xbc\"");
}

static void bytes_that_are_no_text_come_with_their_digits(void **state)
{
	_cleanup_buffer_ struct aw_buffer out = {};
	struct aw_json json;

	aw_json_init(&json, &out);
	aw_json_begin_object(&json);
	aw_json_field_bytes(&json, "p", "a\xff\0", 3);
	aw_json_field_bytes(&json, "q", "\xc3\xbc", 2);
	aw_json_field_bytes(&json, "r", NULL, 0);
	aw_json_field_bytes(&json, "s", "", 0);
	aw_json_end_object(&json);
	assert_string_equal(aw_buffer_string(&out),
			    "{\"p\":\"a\\u00ff\\ufffd\",\"p_hex\":\"61ff00\",\"q\":\"\xc3\xbc\","
			    "\"r\":null,\"s\":\"\"}");
}

static uint64_t random_state = 88172645463325252u;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Bytes of a kind that changes by round: any, ASCII, or mostly well-formed UTF-8. */
static size_t random_bytes(char *bytes, size_t max)
{
	static const char *const pieces[] = {
		"\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "/", "a", "\xe2\x80\xae",
		"\n",	    "\xff"};
	uint64_t kind = next_random() % 3;
	size_t length = next_random() % max, n = 0;

	while (n < length) {
		const char *piece = pieces[next_random() % 8];

		if (kind == 2 && n + strlen(piece) <= length) {
			memcpy(bytes + n, piece, strlen(piece));
			n += strlen(piece);
		} else {
			bytes[n++] = (char)(next_random() % (kind == 0 ? 256 : 128));
		}
	}
	return length;
}

/* What a reader gets back: the digits where there are some, else the string. */
static void assert_read_back(const char *line, const char *bytes, size_t length)
{
	json_t *root = json_loads(line, 0, NULL);
	json_t *text, *digits;
	char back[256];

	assert_non_null(root);
	text = json_object_get(root, "x");
	digits = json_object_get(root, "x_hex");
	assert_non_null(text);
	assert_int_equal(digits != NULL, !aw_utf8_is_text(bytes, length));
	if (digits) {
		assert_int_equal(aw_hex_decode(json_string_value(digits), back, length), 0);
		assert_memory_equal(back, bytes, length);
	} else {
		assert_int_equal(json_string_length(text), length);
		assert_memory_equal(json_string_value(text), bytes, length);
	}
	json_decref(root);
}

static void any_bytes_come_back_through_another_reader(void **state)
{
	_cleanup_buffer_ struct aw_buffer out = {};

	for (int i = 0; i < ROUNDS; i++) {
		struct aw_json json;
		char bytes[200];
		size_t length = random_bytes(bytes, sizeof(bytes));

		aw_buffer_clear(&out);
		aw_json_init(&json, &out);
		aw_json_begin_object(&json);
		aw_json_field_bytes(&json, "x", bytes, length);
		aw_json_field_u64(&json, "y", 1);
		aw_json_end_object(&json);
		assert_int_equal(aw_json_finish(&json), 0);
		assert_null(memchr(out.data, '\n', out.length));
		assert_true(aw_utf8_is_text(out.data, out.length));
		assert_read_back(aw_buffer_string(&out), bytes, length);
	}
}

static void a_failed_buffer_is_reported_at_the_end(void **state)
{
	_cleanup_buffer_ struct aw_buffer out = {};
	struct aw_json json;

	aw_json_init(&json, &out);
	aw_json_begin_array(&json);
	aw_buffer_reserve(&out, SIZE_MAX);
	aw_json_string(&json, "lost");
	aw_json_end_array(&json);
	assert_int_equal(aw_json_finish(&json), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structure_is_written_with_its_commas),
		cmocka_unit_test(the_deepest_nesting_is_read_back),
		cmocka_unit_test(what_could_drive_a_terminal_is_escaped),
		cmocka_unit_test(bytes_that_are_no_text_come_with_their_digits),
		cmocka_unit_test(any_bytes_come_back_through_another_reader),
		cmocka_unit_test(a_failed_buffer_is_reported_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
