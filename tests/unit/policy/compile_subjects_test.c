/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "policy/compile_helper.h"

/* A rule that depends on the classes, so that they are compiled. */
static void depend_on(struct aw_policy *policy, uint32_t classes)
{
	fixture_simple(policy, "by", AW_ACTION_ALLOW, OP(READ), "/by")->subjects = classes;
}

static uint32_t mask_of(const struct aw_image *image, const char *name)
{
	return aw_image_subject_mask(image, aw_image_walk_path(image, -1, name, strlen(name)));
}

static void names_make_members_as_executable_or_as_script(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;

	fixture_subject(policy, "bin", AW_SUBJECT_EXE, "/usr/bin/*", -1);
	fixture_subject(policy, "ssh", AW_SUBJECT_EXE, "**/ssh", -1);
	fixture_subject(policy, "npm", AW_SUBJECT_SCRIPT, "/usr/**/npm", -1);
	depend_on(policy, 7);
	image = compile(policy);
	assert_int_equal(mask_of(image, "/usr/bin/ls"), 1);
	assert_int_equal(mask_of(image, "/usr/bin/ssh"), 3);
	assert_int_equal(mask_of(image, "/opt/ssh"), 2);
	assert_int_equal(mask_of(image, "/usr/bin/npm"), 1 | 4 << 16);
	assert_int_equal(mask_of(image, "/opt/ls"), 0);
	/* {}, bin, ssh, both, and each with npm: exe and script of a process are two names */
	assert_int_equal(image->head->n_subject_sets, 8);
	assert_int_equal(image->head->subject_set[0], 0);
}

static void descendants_hold_every_set_that_their_parents_allow(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	static const uint16_t sets[] = {0, 1, 2, 3, 6, 7};

	fixture_subject(policy, "npm", AW_SUBJECT_EXE, "/usr/bin/npm", -1);
	fixture_subject(policy, "scripts", AW_SUBJECT_UNDER, NULL, 0);
	fixture_subject(policy, "deep", AW_SUBJECT_UNDER, NULL, 1);
	depend_on(policy, 7);
	image = compile(policy);
	assert_int_equal(image->head->n_subject_sets, 6); /* never deep without scripts */
	assert_memory_equal(image->head->subject_set, sets, sizeof(sets));
	assert_int_equal(image->head->under_parent[0], 0xff);
	assert_int_equal(image->head->under_parent[1], 0);
	assert_int_equal(image->head->under_parent[2], 1);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(aw_image_subject_set(image, sets[i]), i);
	assert_int_equal(aw_image_subject_set(image, 4), 0);
}

static void classes_that_no_rule_depends_on_are_left_out(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;

	fixture_subject(policy, "unused", AW_SUBJECT_EXE, "/usr/bin/a", -1);
	fixture_subject(policy, "parent", AW_SUBJECT_EXE, "/usr/bin/b", -1);
	fixture_subject(policy, "child", AW_SUBJECT_UNDER, NULL, 1);
	fixture_subject(policy, "idle", AW_SUBJECT_UNDER, NULL, 0);
	depend_on(policy, 1u << 2);
	image = compile(policy);
	assert_int_equal(mask_of(image, "/usr/bin/a"), 0);
	assert_int_equal(mask_of(image, "/usr/bin/b"), 2);
	assert_int_equal(image->head->under_parent[3], 0xff);
	assert_int_equal(image->head->n_subject_sets, 4);
	/* A mask with classes that were left out finds its set all the same. */
	assert_int_equal(aw_image_subject_set(image, 1 | 2), aw_image_subject_set(image, 2));
	assert_int_not_equal(aw_image_subject_set(image, 2), 0);
}

static void too_many_sets_name_the_limit_and_the_classes(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	struct aw_image *image = NULL;
	struct aw_diag diag = {};

	fixture_subject(policy, "npm", AW_SUBJECT_EXE, "/usr/bin/npm", -1);
	for (int i = 0; i < 5; i++)
		fixture_subject(policy, (char[]){'u', (char)('0' + i), '\0'}, AW_SUBJECT_UNDER,
				NULL, 0);
	depend_on(policy, 63);
	_cleanup_(aw_image_freep) struct aw_image *fits = compile(policy);
	assert_int_equal(fits->head->n_subject_sets, AW_SUBJECT_SETS_MAX);
	fixture_subject(policy, "last", AW_SUBJECT_UNDER, NULL, 0);
	depend_on(policy, 127);
	assert_int_equal(aw_policy_compile(&image, policy, &diag), -E2BIG);
	assert_non_null(strstr(diag.message, "AW_SUBJECT_SETS_MAX"));
	assert_non_null(strstr(diag.message, "'npm'"));
	assert_non_null(strstr(diag.message, "'last'"));
	assert_true(diag.hint[0] != '\0');
}

static void overlapping_executables_are_counted_too(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	struct aw_image *image = NULL;
	struct aw_diag diag = {};

	for (int i = 0; i < 7; i++) { /* any of them may be in one name: 128 sets */
		char glob[] = "/bin/*a*";

		glob[6] = (char)('a' + i);
		fixture_subject(policy, glob, AW_SUBJECT_EXE, glob, -1);
	}
	depend_on(policy, 127);
	assert_int_equal(aw_policy_compile(&image, policy, &diag), -E2BIG);
	assert_non_null(strstr(diag.message, "AW_SUBJECT_SETS_MAX"));
	policy->rules[0].subjects = 63;
	image = compile(policy);
	assert_int_equal(image->head->n_subject_sets, 64);
	aw_image_free(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_make_members_as_executable_or_as_script),
		cmocka_unit_test(descendants_hold_every_set_that_their_parents_allow),
		cmocka_unit_test(classes_that_no_rule_depends_on_are_left_out),
		cmocka_unit_test(too_many_sets_name_the_limit_and_the_classes),
		cmocka_unit_test(overlapping_executables_are_counted_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
