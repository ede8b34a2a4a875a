/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy as data: names both ways, finding rules, freeing what is only partly filled.
 */
#include "policy/parse_helper.h"

static void every_operation_is_named_both_ways(void **state)
{
	enum aw_op op;

	for (unsigned int i = 0; i < AW_OPS; i++) {
		assert_int_equal(aw_op_from_name(aw_op_name(i), &op), 0);
		assert_int_equal(op, i);
	}
	op = AW_OP_TCP;
	assert_int_equal(aw_op_from_name("open", &op), -EINVAL);
	assert_int_equal(op, AW_OP_TCP);
	assert_string_equal(aw_op_name(AW_OP_READ), "read");
	assert_string_equal(aw_op_name(AW_OP_LISTEN), "listen");
	assert_string_equal(aw_op_name(AW_OPS), "unknown");
}

static void every_mode_is_named_both_ways(void **state)
{
	enum aw_mode mode;

	for (unsigned int i = 0; i < AW_MODES; i++) {
		assert_int_equal(aw_mode_from_name(aw_mode_name(i), &mode), 0);
		assert_int_equal(mode, i);
	}
	assert_int_equal(aw_mode_from_name("Enforce", &mode), -EINVAL);
	assert_string_equal(aw_mode_name(AW_MODE_AUDIT), "audit");
}

static void verdicts_actions_and_classes_have_names(void **state)
{
	assert_string_equal(aw_verdict_name(AW_VERDICT_NONE), "none");
	assert_string_equal(aw_verdict_name(AW_VERDICT_FORBID), "forbid");
	assert_string_equal(aw_action_name(AW_ACTION_FLAG), "flag");
	assert_string_equal(aw_op_class_name(AW_CLASS_GUARD), "guard");
	assert_string_equal(aw_verdict_name(99), "unknown");
}

static void rules_are_found_with_and_without_an_index(void **state)
{
	struct aw_rule rules[] = {{.id = "m"}, {.id = "z"}, {.id = "a"}, {.id = "ma"}};
	struct aw_policy policy = {.rules = rules, .n_rules = 4};

	for (int indexed = 0; indexed < 2; indexed++) {
		for (size_t i = 0; i < 4; i++)
			assert_ptr_equal(aw_policy_find_rule(&policy, rules[i].id), &rules[i]);
		assert_null(aw_policy_find_rule(&policy, "b"));
		assert_null(aw_policy_find_rule(&policy, ""));
		assert_int_equal(aw_policy_index(&policy), 0);
	}
	free(policy.by_id);
}

static void an_empty_policy_has_no_rules_to_find(void **state)
{
	struct aw_policy *policy = calloc(1, sizeof(*policy));

	assert_non_null(policy);
	assert_int_equal(aw_policy_index(policy), 0);
	assert_null(aw_policy_find_rule(policy, "a"));
	assert_null(aw_policy_free(policy));
}

static void freeing_nothing_is_fine(void **state)
{
	assert_null(aw_policy_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_is_named_both_ways),
		cmocka_unit_test(every_mode_is_named_both_ways),
		cmocka_unit_test(verdicts_actions_and_classes_have_names),
		cmocka_unit_test(rules_are_found_with_and_without_an_index),
		cmocka_unit_test(an_empty_policy_has_no_rules_to_find),
		cmocka_unit_test(freeing_nothing_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
