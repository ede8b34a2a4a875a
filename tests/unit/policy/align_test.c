/* SPDX-License-Identifier: Apache-2.0 */
/* A policy takes over an agent's anchors: their order, those it has no rule for, none beyond. */
#include "policy/align.h"
#include "policy/compile.h"
#include "policy/parse_helper.h"

#define TEXT                                                     \
	"version: 1\n"                                           \
	"name: t\n"                                              \
	"anchors: {W: {}, H: {}}\n"                              \
	"subjects:\n"                                            \
	"  tool: {exe: '${H}/tool'}\n"                           \
	"rules:\n"                                               \
	"  - {id: w, allow: [read], path: ['${W}/x', '/abs']}\n" \
	"  - {id: h, allow: [write], path: ['${H}/y'], by: tool}\n"

static void anchors_get_the_numbers_of_the_agent(void **state)
{
	static const char *const names[] = {"OTHER", "H", "W"};
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(TEXT);
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;

	assert_int_equal(aw_policy_align_anchors(policy, names, 3, NULL), 0);
	assert_int_equal(policy->n_anchors, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(policy->anchors[i].name, names[i]);
	assert_int_equal(policy->anchors[2].source.line, 3);
	assert_int_equal(policy->rules[0].paths[0].anchor, 2);
	assert_int_equal(policy->rules[0].paths[1].anchor, -1);
	assert_int_equal(policy->rules[1].paths[0].anchor, 1);
	assert_int_equal(policy->subjects[0].patterns[0].anchor, 1);
	assert_int_equal(aw_policy_compile(&image, policy, NULL), 0);
	assert_int_not_equal(aw_image_walk_path(image, 2, "/x", 2), 0);
	assert_int_equal(aw_image_walk_path(image, 0, "/x", 2), 0);
	assert_int_equal(aw_image_walk_path(image, 1, "/x", 2), 0);
}

static void an_anchor_that_the_agent_lacks_is_an_error(void **state)
{
	static const char *const names[] = {"W", "X"};
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(TEXT);
	struct aw_diag diag = {};

	assert_int_equal(aw_policy_align_anchors(policy, names, 2, &diag), -EINVAL);
	assert_non_null(strstr(diag.message, "no anchor H"));
	assert_non_null(strstr(diag.hint, "W, X"));
	assert_int_equal(diag.line, 3);
	assert_int_equal(aw_policy_align_anchors(policy, names, 0, &diag), -EINVAL);
	assert_non_null(strstr(diag.hint, "has none"));
	assert_int_equal(policy->n_anchors, 2);
	assert_string_equal(policy->anchors[0].name, "W");
	assert_int_equal(policy->rules[1].paths[0].anchor, 1);
}

static void more_anchors_than_there_can_be_are_an_error(void **state)
{
	static const char *const names[AW_ANCHORS_MAX + 1] = {"W", "H"};
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(TEXT);

	assert_int_equal(aw_policy_align_anchors(policy, names, AW_ANCHORS_MAX + 1, NULL), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anchors_get_the_numbers_of_the_agent),
		cmocka_unit_test(an_anchor_that_the_agent_lacks_is_an_error),
		cmocka_unit_test(more_anchors_than_there_can_be_are_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
