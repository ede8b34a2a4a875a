/* SPDX-License-Identifier: Apache-2.0 */
/* As whom a command runs. */
#include "agent/folder_fixture.h"
#include "agent/user.h"

#define NOBODY	 65534
#define NO_ENTRY "4000000001"

static int resolve(const struct aw_user_request *request, struct aw_user **ret,
		   struct aw_diag *diag)
{
	*ret = NULL;
	*diag = (struct aw_diag){};
	return aw_user_resolve(ret, request, diag);
}

static void root_alone_is_refused_with_both_ways_out(void **state)
{
	struct aw_user_request request = {.real_uid = 0};
	struct aw_user *user;
	struct aw_diag diag;

	assert_int_equal(resolve(&request, &user, &diag), -EINVAL);
	assert_null(user);
	assert_non_null(strstr(diag.hint, "--user"));
	assert_non_null(strstr(diag.hint, "--as-root"));
}

static void root_through_sudo_by_root_is_refused_too(void **state)
{
	struct aw_user_request request = {.sudo_uid = "0", .sudo_gid = "0"};
	struct aw_user *user;
	struct aw_diag diag;

	assert_int_equal(resolve(&request, &user, &diag), -EINVAL);
}

static void root_that_is_asked_for_is_root(void **state)
{
	struct aw_user_request request = {.as_root = true, .sudo_uid = "65534"};
	struct aw_user *user;
	struct aw_diag diag;

	assert_int_equal(resolve(&request, &user, &diag), 0);
	assert_int_equal(user->uid, 0);
	assert_string_equal(user->name, "root");
	aw_user_free(user);
}

static void who_called_sudo_is_the_user(void **state)
{
	struct aw_user_request request = {.sudo_uid = "65534", .sudo_gid = "7"};
	struct aw_user *user;
	struct aw_diag diag;

	assert_int_equal(resolve(&request, &user, &diag), 0);
	assert_int_equal(user->uid, NOBODY);
	assert_int_equal(user->gid, 7);
	assert_string_equal(user->name, "nobody");
	assert_true(user->n_groups >= 1);
	assert_int_equal(user->groups[0], 7);
	aw_user_free(user);
}

static void a_user_who_has_no_entry_gets_the_number_and_no_other_group(void **state)
{
	struct aw_user_request request = {.sudo_uid = NO_ENTRY, .sudo_gid = "9"};
	struct aw_user *user;
	struct aw_diag diag;

	assert_int_equal(resolve(&request, &user, &diag), 0);
	assert_string_equal(user->name, NO_ENTRY);
	assert_string_equal(user->home, "/");
	assert_int_equal(user->n_groups, 1);
	assert_int_equal(user->groups[0], 9);
	aw_user_free(user);
}

static void nonsense_in_the_environment_of_sudo_is_no_user(void **state)
{
	static const char *const texts[] = {
		"", "x", "12x", "-1", " 5", "4294967295", "99999999999999999999"};
	struct aw_user *user;
	struct aw_diag diag;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct aw_user_request request = {.sudo_uid = texts[i]};

		assert_int_equal(resolve(&request, &user, &diag), -EINVAL);
	}
}

static void an_ordinary_caller_stays_who_he_is(void **state)
{
	struct aw_user_request request = {.real_uid = NOBODY, .sudo_uid = "12"};
	struct aw_user *user;
	struct aw_diag diag;

	assert_int_equal(resolve(&request, &user, &diag), 0);
	assert_int_equal(user->uid, NOBODY);
	aw_user_free(user);
}

static void a_named_user_goes_before_sudos(void **state)
{
	struct aw_user_request request = {.name = "nobody", .sudo_uid = "12"};
	struct aw_user *user;
	struct aw_diag diag;

	assert_int_equal(resolve(&request, &user, &diag), 0);
	assert_int_equal(user->uid, NOBODY);
	aw_user_free(user);
	request.name = "65534";
	assert_int_equal(resolve(&request, &user, &diag), 0);
	assert_string_equal(user->name, "nobody");
	aw_user_free(user);
}

static void an_unknown_user_and_root_by_name_are_refused(void **state)
{
	struct aw_user_request request = {.name = "no-such-user"};
	struct aw_user *user;
	struct aw_diag diag;

	assert_int_equal(resolve(&request, &user, &diag), -ENOENT);
	assert_non_null(strstr(diag.message, "no-such-user"));
	request.name = "root";
	assert_int_equal(resolve(&request, &user, &diag), -EINVAL);
	request.name = "0";
	assert_int_equal(resolve(&request, &user, &diag), -EINVAL);
	assert_non_null(strstr(diag.hint, "--as-root"));
}

static void user_and_root_at_once_contradict(void **state)
{
	struct aw_user_request request = {.name = "nobody", .as_root = true};
	struct aw_user *user;
	struct aw_diag diag;

	assert_int_equal(resolve(&request, &user, &diag), -EINVAL);
	assert_non_null(strstr(diag.message, "contradict"));
}

static void the_environment_becomes_the_users(void **state)
{
	struct aw_user user = {.name = "bob", .home = "/home/bob", .shell = "/bin/zsh"};

	setenv("HOME", "/root", 1);
	assert_int_equal(aw_user_set_environment(&user), 0);
	assert_string_equal(getenv("HOME"), "/home/bob");
	assert_string_equal(getenv("USER"), "bob");
	assert_string_equal(getenv("LOGNAME"), "bob");
	assert_string_equal(getenv("SHELL"), "/bin/zsh");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_alone_is_refused_with_both_ways_out),
		cmocka_unit_test(root_through_sudo_by_root_is_refused_too),
		cmocka_unit_test(root_that_is_asked_for_is_root),
		cmocka_unit_test(who_called_sudo_is_the_user),
		cmocka_unit_test(a_user_who_has_no_entry_gets_the_number_and_no_other_group),
		cmocka_unit_test(nonsense_in_the_environment_of_sudo_is_no_user),
		cmocka_unit_test(an_ordinary_caller_stays_who_he_is),
		cmocka_unit_test(a_named_user_goes_before_sudos),
		cmocka_unit_test(an_unknown_user_and_root_by_name_are_refused),
		cmocka_unit_test(user_and_root_at_once_contradict),
		cmocka_unit_test(the_environment_becomes_the_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
