/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's own list of denials: readable, bounded, never half a line after a restart. */
#include <sys/stat.h>

#include "agent/denials.h"
#include "agent/folder_fixture.h"

static void add(struct aw_denials *denials, const char *line)
{
	assert_int_equal(aw_denials_add(denials, line, strlen(line)), 0);
}

static void lines_come_in_their_order(void **state)
{
	struct folder *folder = *state;
	struct aw_denials *denials;
	char *text;

	assert_int_equal(aw_denials_open(&denials, folder_file(folder, "d"), getgid()), 0);
	add(denials, "one\n");
	add(denials, "two\n");
	text = folder_read(folder->name);
	assert_string_equal(text, "one\ntwo\n");
	free(text);
	aw_denials_free(denials);
}

static void what_an_earlier_agent_left_is_not_shown(void **state)
{
	struct folder *folder = *state;
	struct aw_denials *denials;
	char *text;

	folder_write(folder_file(folder, "d"), "of another agent\n");
	assert_int_equal(aw_denials_open(&denials, folder->name, getgid()), 0);
	text = folder_read(folder->name);
	assert_string_equal(text, "");
	free(text);
	aw_denials_free(denials);
}

static void the_group_may_read_and_nobody_else(void **state)
{
	struct folder *folder = *state;
	struct aw_denials *denials;
	struct stat st;

	assert_int_equal(aw_denials_open(&denials, folder_file(folder, "d"), getgid()), 0);
	assert_int_equal(stat(folder->name, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(st.st_gid, getgid());
	aw_denials_free(denials);
}

static void a_flood_keeps_the_last_lines_within_the_limit(void **state)
{
	struct folder *folder = *state;
	struct aw_denials *denials;
	char line[4096], *text;
	struct stat st;

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(aw_denials_open(&denials, folder_file(folder, "d"), getgid()), 0);
	for (int i = 0; i < 2000; i++) {
		int n = snprintf(line, sizeof(line), "%04d ", i);

		line[n] = 'x';
		line[sizeof(line) - 2] = '\n';
		assert_int_equal(aw_denials_add(denials, line, sizeof(line) - 1), 0);
		assert_int_equal(stat(folder->name, &st), 0);
		assert_true(st.st_size <= (off_t)(AW_DENIALS_BYTES + sizeof(line)));
	}
	text = folder_read(folder->name);
	assert_non_null(strstr(text, "1999 x"));
	assert_non_null(strstr(text, "1900 x"));
	assert_null(strstr(text, "0001 x"));
	assert_int_equal((strlen(text) - 1) % (sizeof(line) - 1), sizeof(line) - 2);
	free(text);
	aw_denials_free(denials);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
	struct folder *folder = *state;
	struct aw_denials *denials = NULL;

	assert_int_equal(aw_denials_open(&denials, folder_file(folder, "none/d"), getgid()),
			 -ENOENT);
	assert_null(denials);
	assert_null(aw_denials_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(lines_come_in_their_order),
		FOLDER_TEST(what_an_earlier_agent_left_is_not_shown),
		FOLDER_TEST(the_group_may_read_and_nobody_else),
		FOLDER_TEST(a_flood_keeps_the_last_lines_within_the_limit),
		FOLDER_TEST(a_folder_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
