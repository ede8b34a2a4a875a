/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnoses: what they print, what they cut off, and that nothing in them moves a terminal's
 * cursor.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/diag.h"

static void assert_prints(const struct aw_diag *d, const char *expected)
{
	_cleanup_free_ char *text = aw_diag_to_string(d);

	assert_string_equal(text, expected);
}

static void prints_place_message_and_hint(void **state)
{
	struct aw_diag d;

	assert_int_equal(
		aw_diag_set(&d, -EINVAL, "a.yaml", 3, 7, "mend it", "bad %s %d", "thing", 4),
		-EINVAL);
	assert_prints(&d, "a.yaml:3:7: bad thing 4\nhint: mend it");
}

static void leaves_out_what_is_unknown(void **state)
{
	struct aw_diag d;

	assert_int_equal(aw_diag_set(&d, -ENOENT, "a.yaml", 0, 0, NULL, "gone"), -ENOENT);
	assert_prints(&d, "a.yaml: gone");
	aw_diag_set(&d, -EINVAL, "a.yaml", 5, 0, NULL, "bad");
	assert_prints(&d, "a.yaml:5: bad");
	aw_diag_set(&d, -EINVAL, NULL, 5, 6, NULL, "bad");
	assert_prints(&d, "bad");
}

static void returns_the_error_without_a_diagnosis_to_fill(void **state)
{
	assert_int_equal(aw_diag_set(NULL, -E2BIG, "a", 1, 1, NULL, "bad"), -E2BIG);
}

static void replaces_control_bytes(void **state)
{
	struct aw_diag d;

	aw_diag_set(&d, -EINVAL, "a\n.yaml", 1, 2, "x\x7fy", "%s", "\x1b[2J red \t \xc2\x9b z");
	assert_prints(&d, "a?.yaml:1:2: ?[2J red ? ?? z\nhint: x?y");
}

static void replaces_invalid_utf8_but_keeps_text(void **state)
{
	struct aw_diag d;

	aw_diag_set(&d, -EINVAL, NULL, 0, 0, NULL, "%s", "caf\xc3\xa9 \xff \xe2\x82\xac");
	assert_prints(&d, "caf\xc3\xa9 ? \xe2\x82\xac");
}

static void keeps_the_end_of_a_long_path(void **state)
{
	char path[600];
	struct aw_diag d;

	memset(path, 'p', sizeof(path));
	strcpy(path + sizeof(path) - 8, "/z.yaml");
	aw_diag_set(&d, -EINVAL, path, 1, 1, NULL, "bad");
	assert_int_equal(strlen(d.file), sizeof(d.file) - 1);
	assert_memory_equal(d.file, "...", 3);
	assert_string_equal(d.file + strlen(d.file) - 7, "/z.yaml");
}

static void cuts_a_long_message_between_characters(void **state)
{
	char text[700];
	struct aw_diag d;

	for (int shift = 0; shift < 3; shift++) {
		memset(text, 'x', sizeof(text));
		for (size_t i = (size_t)shift; i + 3 < sizeof(text); i += 3)
			memcpy(text + i, "\xe2\x82\xac", 3);
		text[sizeof(text) - 1] = '\0';
		aw_diag_set(&d, -EINVAL, NULL, 0, 0, NULL, "%s", text);
		assert_int_equal(strlen(d.message), shift + (511 - shift) / 3 * 3);
		assert_null(strchr(d.message, '?'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_place_message_and_hint),
		cmocka_unit_test(leaves_out_what_is_unknown),
		cmocka_unit_test(returns_the_error_without_a_diagnosis_to_fill),
		cmocka_unit_test(replaces_control_bytes),
		cmocka_unit_test(replaces_invalid_utf8_but_keeps_text),
		cmocka_unit_test(keeps_the_end_of_a_long_path),
		cmocka_unit_test(cuts_a_long_message_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
