/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "abi/decide.h"
#include "policy/compile_helper.h"

#define ROW(op, verdict) ((uint64_t)(verdict) << 4 * (op))

static uint32_t block(const struct aw_image *image, const char *name)
{
	return aw_image_block(image, aw_image_walk_path(image, -1, name, strlen(name)));
}

static void folders_with_the_same_denials_below_are_in_one_block(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;

	fixture_simple(policy, "all", AW_ACTION_ALLOW, OP(READ) | OP(RENAME), "/**");
	fixture_simple(policy, "hooks", AW_ACTION_DENY, OP(WRITE), "**/.git/hooks/**");
	fixture_simple(policy, "key", AW_ACTION_DENY, OP(READ), "/data/keys/one");
	image = compile(policy);
	assert_int_equal(block(image, "/w"), block(image, "/w/a/b"));
	assert_int_equal(block(image, "/w"), block(image, "/dat"));
	assert_int_equal(block(image, "/w"), block(image, "/w/.gi"));
	assert_int_equal(block(image, "/w/.git"), block(image, "/v/x/.git"));
	assert_int_equal(block(image, "/w/.git/hooks"), block(image, "/w/.git/hooks/a"));
	assert_int_not_equal(block(image, "/w"), block(image, "/w/.git"));
	assert_int_not_equal(block(image, "/w"), block(image, "/w/.git/hooks"));
	assert_int_not_equal(block(image, "/w/.git"), block(image, "/w/.git/hooks"));
	assert_int_not_equal(block(image, "/w"), block(image, "/data"));
	assert_int_not_equal(block(image, "/data"), block(image, "/data/keys"));
	assert_int_equal(block(image, "/w"), block(image, "/data/keys/one"));
}

/* What may be executed makes no difference, nor what is allowed, nor a denial of the name alone. */
static void only_denials_that_move_along_count(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;

	fixture_simple(policy, "some", AW_ACTION_ALLOW, OP(READ), "/a/b/c");
	fixture_simple(policy, "noexec", AW_ACTION_DENY, OP(EXEC) | OP(MAP), "/tmp/**");
	fixture_simple(policy, "name", AW_ACTION_DENY, OP(READ), "/secret");
	image = compile(policy);
	assert_int_equal(block(image, "/a"), block(image, "/x"));
	assert_int_equal(block(image, "/tmp"), block(image, "/x"));
	assert_int_equal(block(image, "/secret"), block(image, "/x"));
}

static void beyond_the_limit_none_is_like_another(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	size_t own = 0, n = AW_BLOCKS_MAX + 100;
	struct aw_rule *rule = NULL;
	char name[64];

	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "/d%zu/f%zu", i, i);
		if (i % 64 == 0) {
			char id[32];

			snprintf(id, sizeof(id), "r%zu", i);
			rule = fixture_rule(policy, id, AW_ACTION_DENY, OP(READ));
		}
		fixture_path(policy, rule, name);
	}
	image = compile(policy);
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "/d%zu", i);
		own += block(image, name) == AW_BLOCK_OWN;
	}
	assert_in_range(own, 100, 103); /* the root and the rest have blocks too */
	assert_int_not_equal(block(image, "/x"), AW_BLOCK_OWN);
}

static void a_file_keeps_its_denials(void **state)
{
	uint64_t free = ROW(AW_OP_READ, AW_VERDICT_ALLOW), none = 0;
	uint64_t unread = ROW(AW_OP_READ, AW_VERDICT_DENY);
	uint64_t asked = ROW(AW_OP_READ, AW_VERDICT_ASK);
	uint64_t unwritten = ROW(AW_OP_WRITE, AW_VERDICT_FORBID);
	uint64_t noexec = ROW(AW_OP_EXEC, AW_VERDICT_DENY);

	assert_false(aw_move_is_refused(0, unread, 0, free, 1));
	assert_true(aw_move_is_refused(AW_MOVE, unread, 0, free, 0));
	assert_true(aw_move_is_refused(AW_MOVE, asked, 0, free, 0));
	assert_false(aw_move_is_refused(AW_MOVE, unread, 0, asked, 0));
	assert_false(aw_move_is_refused(AW_MOVE, free, 0, unread, 0));
	assert_false(aw_move_is_refused(AW_MOVE, none, 0, free, 0));
	assert_false(aw_move_is_refused(AW_MOVE, noexec, 0, free, 0));
	assert_false(aw_move_is_refused(AW_MOVE, free, 0, unwritten, 0));
	assert_true(aw_move_is_refused(AW_MOVE, unwritten, 0, free, 0));
	assert_true(aw_move_is_refused(AW_MOVE | AW_MOVE_EXCHANGE, free, 0, unread, 0));
	assert_false(aw_move_is_refused(AW_MOVE | AW_MOVE_EXCHANGE, unread, 0, unread, 0));
}

static void a_folder_stays_in_its_block(void **state)
{
	assert_false(aw_move_is_refused(AW_MOVE, 0, 1, 0, 2));
	assert_true(aw_move_is_refused(AW_MOVE | AW_MOVE_FOLDER, 0, 1, 0, 2));
	assert_false(aw_move_is_refused(AW_MOVE | AW_MOVE_FOLDER, 0, 2, 0, 2));
	assert_true(aw_move_is_refused(AW_MOVE | AW_MOVE_FOLDER, 0, AW_BLOCK_OWN, 0, AW_BLOCK_OWN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folders_with_the_same_denials_below_are_in_one_block),
		cmocka_unit_test(only_denials_that_move_along_count),
		cmocka_unit_test(beyond_the_limit_none_is_like_another),
		cmocka_unit_test(a_file_keeps_its_denials),
		cmocka_unit_test(a_folder_stays_in_its_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
