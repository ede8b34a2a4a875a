/* SPDX-License-Identifier: Apache-2.0 */
/* What can be known of cgroups without being root; the rest is tested in guests. */
#include "agent/cgroup.h"
#include "agent/folder_fixture.h"

static void a_name_that_could_leave_its_folder_is_refused(void **state)
{
	static const char *const names[] = {"", ".", "..", "-x", "a/b", "a b", "a\nb", "../x"};
	struct aw_diag diag;
	char *path = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		int r = aw_cgroup_make(&path, names[i], &diag);

		/* Without the v2 hierarchy there is nothing to make it in at all. */
		assert_true(r == -EINVAL || r == -ENODEV);
		assert_null(path);
	}
}

static void a_folder_that_is_no_cgroup_has_no_id(void **state)
{
	uint64_t id = 5;

	assert_int_equal(aw_cgroup_id("/tmp", &id), -EINVAL);
	assert_int_equal(aw_cgroup_id("/nonexistent", &id), -ENOENT);
	assert_int_equal(id, 5);
}

static int never(const char *path, uint64_t id, void *userdata)
{
	fail_msg("%s is no cgroup", path);
	return 0;
}

static void what_is_no_cgroup_is_neither_walked_nor_removed_nor_entered(void **state)
{
	struct folder *folder = *state;

	assert_int_equal(aw_cgroup_walk(folder->path, never, NULL), -EINVAL);
	assert_int_equal(aw_cgroup_remove(folder->path), -EINVAL);
	assert_int_equal(aw_cgroup_unmake(folder->path), -EINVAL);
	assert_int_equal(aw_cgroup_unmake("x"), -EINVAL);
	assert_int_equal(access(folder->path, F_OK), 0);
	assert_true(aw_cgroup_fork(folder->path) < 0);
	assert_int_equal(aw_cgroup_fork("/nonexistent"), -ENOENT);
	assert_int_equal(aw_cgroup_is_populated("/nonexistent"), -ENOENT);
	assert_int_equal(aw_cgroup_kill("/nonexistent", 10), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_that_could_leave_its_folder_is_refused),
		cmocka_unit_test(a_folder_that_is_no_cgroup_has_no_id),
		FOLDER_TEST(what_is_no_cgroup_is_neither_walked_nor_removed_nor_entered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
