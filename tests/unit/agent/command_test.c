/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the executable of a command. Starting it needs a cgroup: see the tests in guests. */
#include <sys/stat.h>

#include "agent/command.h"
#include "agent/folder_fixture.h"

/* Who runs the test. */
static int find(const char *name, const char *search, char **ret)
{
	struct aw_user self = {.uid = getuid(), .gid = getgid()};

	return aw_command_find(name, search, &self, ret);
}

static void make(struct folder *folder, const char *name, mode_t mode)
{
	folder_write(folder_file(folder, name), "#!/bin/sh\n");
	assert_int_equal(chmod(folder->name, mode), 0);
}

static void the_first_in_the_search_path_is_found(void **state)
{
	struct folder *folder = *state;
	char search[256], *path = NULL;

	make(folder, "tool", 0755);
	snprintf(search, sizeof(search), "/nonexistent:%s:/usr/bin", folder->path);
	assert_int_equal(find("tool", search, &path), 0);
	assert_string_equal(path, folder_file(folder, "tool"));
	free(path);
}

static void a_name_with_a_slash_is_not_searched(void **state)
{
	struct folder *folder = *state;
	char *path = NULL;

	make(folder, "tool", 0755);
	assert_int_equal(find(folder->name, "/nonexistent", &path), 0);
	assert_string_equal(path, folder->name);
	free(path);
	path = NULL;
	assert_int_equal(find("./no-such-tool", folder->path, &path), -ENOENT);
	assert_int_equal(find("/etc/passwd/x", folder->path, &path), -ENOENT);
	assert_null(path);
}

static void a_file_that_nobody_may_execute_is_told_from_none(void **state)
{
	struct folder *folder = *state;
	char *path = NULL;

	make(folder, "data", 0644);
	assert_int_equal(find("data", folder->path, &path), -EACCES);
	assert_int_equal(find("none", folder->path, &path), -ENOENT);
	assert_int_equal(find(folder->path, NULL, &path), -EACCES);
	assert_null(path);
}

static void what_cannot_be_executed_does_not_hide_what_can(void **state)
{
	struct folder *folder = *state;
	char search[256], *path = NULL;

	make(folder, "sh", 0644);
	snprintf(search, sizeof(search), "%s:/bin", folder->path);
	assert_int_equal(find("sh", search, &path), 0);
	assert_string_equal(path, "/bin/sh");
	free(path);
}

static void an_empty_element_is_the_current_folder(void **state)
{
	struct folder *folder = *state;
	char *path = NULL, *back = getcwd(NULL, 0);

	make(folder, "tool", 0755);
	assert_int_equal(chdir(folder->path), 0);
	assert_int_equal(find("tool", "/nonexistent:", &path), 0);
	assert_string_equal(path, "./tool");
	assert_int_equal(chdir(back), 0);
	free(path);
	free(back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(the_first_in_the_search_path_is_found),
		FOLDER_TEST(a_name_with_a_slash_is_not_searched),
		FOLDER_TEST(a_file_that_nobody_may_execute_is_told_from_none),
		FOLDER_TEST(what_cannot_be_executed_does_not_hide_what_can),
		FOLDER_TEST(an_empty_element_is_the_current_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
