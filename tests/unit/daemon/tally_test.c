/* SPDX-License-Identifier: Apache-2.0 */
/* Counting denials the way people tell them apart. */
#include "daemon/pipeline_fixture.h"
#include "daemon/tally.h"

static void take(struct aw_tally *tally, struct fixture_record *record, const char *rule)
{
	struct fixture_decoded decoded;

	fixture_decode(record, AW_RING_DECISIONS, &decoded);
	decoded.event.context = &fixture_context;
	decoded.event.rule_id = rule;
	assert_int_equal(aw_tally_event(tally, &decoded.event, fixture_origin.boot_id), 0);
	fixture_decoded_done(&decoded);
	free(record);
}

static void rows_come_by_count_with_what_decided(void **state)
{
	const struct aw_tally_row **rows;
	struct aw_tally *tally;
	size_t n;

	assert_int_equal(aw_tally_new(&tally), 0);
	take(tally, op_record(AW_OP_READ, AW_EFFECT_DENIED, "/a", 1), NULL);
	take(tally, op_record(AW_OP_WRITE, AW_EFFECT_DENIED, "/b", 2), "home.startup");
	aw_tally_count(tally, 2, 12);
	assert_int_equal(aw_tally_rows(tally, &rows, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(rows[0]->operation, "write");
	assert_string_equal(rows[0]->object, "~/b");
	assert_string_equal(rows[0]->rule, "home.startup");
	assert_int_equal(rows[0]->count, 12);
	assert_string_equal(rows[0]->event, "3f2a9c1e-104c537e68-3-d17");
	assert_string_equal(rows[1]->operation, "read");
	assert_null(rows[1]->rule);
	assert_int_equal(rows[1]->count, 1);
	free(rows);
	aw_tally_free(tally);
}

static void the_same_by_two_programs_is_one_row(void **state)
{
	const struct aw_tally_row **rows;
	struct aw_tally *tally;
	size_t n;

	assert_int_equal(aw_tally_new(&tally), 0);
	take(tally, op_record(AW_OP_READ, AW_EFFECT_DENIED, "/a", 1), NULL);
	take(tally, op_record(AW_OP_READ, AW_EFFECT_DENIED, "/a", 2), NULL);
	aw_tally_count(tally, 1, 3);
	aw_tally_count(tally, 2, 4);
	aw_tally_count(tally, 99, 1000);
	assert_int_equal(aw_tally_rows(tally, &rows, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(rows[0]->count, 7);
	free(rows);
	aw_tally_free(tally);
}

static void denied_and_would_be_denied_are_apart_and_allowed_is_left_out(void **state)
{
	const struct aw_tally_row **rows;
	struct aw_tally *tally;
	size_t n;

	assert_int_equal(aw_tally_new(&tally), 0);
	take(tally, op_record(AW_OP_READ, AW_EFFECT_DENIED, "/a", 1), NULL);
	take(tally, op_record(AW_OP_READ, AW_EFFECT_WOULD_DENY, "/a", 2), NULL);
	take(tally, op_record(AW_OP_READ, AW_EFFECT_ALLOWED, "/a", 3), NULL);
	assert_int_equal(aw_tally_rows(tally, &rows, &n), 0);
	assert_int_equal(n, 2);
	assert_int_not_equal(rows[0]->effect, rows[1]->effect);
	free(rows);
	aw_tally_free(tally);
}

static void a_count_that_the_kernel_read_early_takes_nothing_away(void **state)
{
	const struct aw_tally_row **rows;
	struct aw_tally *tally;
	size_t n;

	assert_int_equal(aw_tally_new(&tally), 0);
	/* Two CPUs may both have sent the first one; the count is of both. */
	take(tally, op_record(AW_OP_READ, AW_EFFECT_DENIED, "/a", 1), NULL);
	take(tally, op_record(AW_OP_READ, AW_EFFECT_DENIED, "/a", 1), NULL);
	aw_tally_count(tally, 1, 2);
	aw_tally_count(tally, 1, 1);
	assert_int_equal(aw_tally_rows(tally, &rows, &n), 0);
	assert_int_equal(rows[0]->count, 2);
	free(rows);
	aw_tally_free(tally);
}

static void names_cannot_forge_a_line(void **state)
{
	const struct aw_tally_row **rows;
	struct aw_tally *tally;
	size_t n;

	assert_int_equal(aw_tally_new(&tally), 0);
	take(tally, op_record(AW_OP_READ, AW_EFFECT_DENIED, "/a\n\033[31mx", 1), NULL);
	assert_int_equal(aw_tally_rows(tally, &rows, &n), 0);
	assert_null(strpbrk(rows[0]->object, "\n\033"));
	free(rows);
	aw_tally_free(tally);
	assert_null(aw_tally_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_come_by_count_with_what_decided),
		cmocka_unit_test(the_same_by_two_programs_is_one_row),
		cmocka_unit_test(denied_and_would_be_denied_are_apart_and_allowed_is_left_out),
		cmocka_unit_test(a_count_that_the_kernel_read_early_takes_nothing_away),
		cmocka_unit_test(names_cannot_forge_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
