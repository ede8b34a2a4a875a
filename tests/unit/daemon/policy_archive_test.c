/* SPDX-License-Identifier: Apache-2.0 */
/* Policies that ran are found again, whatever became of their files. */
#include "agent/folder_fixture.h"
#include "daemon/policy_archive.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TEXT           \
	"version: 1\n" \
	"name: demo\n" \
	"rules:\n"     \
	"  - {id: own, allow: [read], path: [\"~/x\", \"/${WHERE}/y\"]}\n"

static void keep(struct folder *folder)
{
	static const char *const variables[] = {"WHERE=srv", NULL};
	struct aw_parse_options options = {.home = "/home/bob", .variables = variables};

	folder_write(folder_file(folder, "p.yaml"), TEXT);
	assert_int_equal(aw_policy_archive_put(folder->path, HASH, folder->name, &options, NULL),
			 0);
}

static struct aw_policy *find(struct folder *folder)
{
	struct aw_policy *policy = NULL;
	struct aw_diag diag = {};
	int r = aw_policy_archive_get(folder->path, HASH, &policy, &diag);

	if (r < 0)
		fail_msg("%d %s", r, diag.message);
	assert_string_equal(policy->name, "demo");
	assert_string_equal(policy->rules[0].paths[0].text, "/home/bob/x");
	assert_string_equal(policy->rules[0].paths[1].text, "/srv/y");
	assert_int_equal(policy->rules[0].source.line, 4);
	return policy;
}

static void a_policy_is_read_from_where_it_was(void **state)
{
	struct folder *folder = *state;
	struct aw_policy *policy;

	keep(folder);
	policy = find(folder);
	assert_string_equal(policy->rules[0].source.file, folder_file(folder, "p.yaml"));
	aw_policy_free(policy);
}

static void a_file_that_changed_is_read_from_the_copy(void **state)
{
	struct folder *folder = *state;
	struct aw_policy *policy;

	keep(folder);
	folder_write(folder_file(folder, "p.yaml"), "version: 1\nname: other\nrules: []\n");
	policy = find(folder);
	assert_string_equal(policy->rules[0].source.file, folder_file(folder, HASH ".yaml"));
	aw_policy_free(policy);
}

static void a_file_that_is_gone_is_read_from_the_copy(void **state)
{
	struct folder *folder = *state;

	keep(folder);
	assert_int_equal(unlink(folder_file(folder, "p.yaml")), 0);
	aw_policy_free(find(folder));
}

static void what_was_never_kept_and_what_is_no_hash_is_not_found(void **state)
{
	struct folder *folder = *state;
	struct aw_policy *policy = NULL;
	char other[] = HASH;

	keep(folder);
	other[0] = 'f';
	assert_int_equal(aw_policy_archive_get(folder->path, other, &policy, NULL), -ENOENT);
	assert_int_equal(aw_policy_archive_get(folder->path, "../p", &policy, NULL), -ENOENT);
	assert_int_equal(aw_policy_archive_get(folder->path, "", &policy, NULL), -ENOENT);
	assert_null(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_policy_is_read_from_where_it_was),
		FOLDER_TEST(a_file_that_changed_is_read_from_the_copy),
		FOLDER_TEST(a_file_that_is_gone_is_read_from_the_copy),
		FOLDER_TEST(what_was_never_kept_and_what_is_no_hash_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
