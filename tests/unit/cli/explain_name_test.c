/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as people write them to names as the kernel has them. */
#include <sys/stat.h>

#include "agent/folder_fixture.h"
#include "cli/explain_name.h"

/* Folder "w" is the anchor W, "w/in" the anchor IN; "link" leads to "w/real". */
struct place {
	struct folder folder;
	struct aw_anchor_set anchors;
	char w[128], in[128];
};

static int make(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	strcpy(place->folder.path, "/tmp/aw_test.XXXXXX");
	assert_non_null(mkdtemp(place->folder.path));
	snprintf(place->w, sizeof(place->w), "%s/w", place->folder.path);
	snprintf(place->in, sizeof(place->in), "%s/w/in", place->folder.path);
	assert_int_equal(mkdir(place->w, 0755), 0);
	assert_int_equal(mkdir(place->in, 0755), 0);
	folder_write(folder_file(&place->folder, "w/real"), "x");
	assert_int_equal(symlink("w/real", folder_file(&place->folder, "link")), 0);
	assert_int_equal(symlink("w", folder_file(&place->folder, "dirlink")), 0);
	assert_int_equal(symlink("none", folder_file(&place->folder, "broken")), 0);
	place->anchors =
		(struct aw_anchor_set){.items = {{"W", place->w}, {"IN", place->in}}, .n = 2};
	*state = place;
	return 0;
}

static int unmake(void **state)
{
	struct place *place = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", place->folder.path);
	assert_int_equal(system(command), 0);
	free(place);
	return 0;
}

#define PLACE_TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)

/* What a path below the folder of the test (or another one, as it is) is shown as. */
static void expect(struct place *place, const char *path, bool follow, int anchor, const char *name)
{
	struct aw_explain_name found;
	struct aw_diag diag = {};

	if (aw_explain_name_find(&found, path, &place->anchors, follow, &diag) < 0)
		fail_msg("%s: %s", path, diag.message);
	if (found.anchor != anchor || strcmp(found.name, name) != 0)
		fail_msg("%s: anchor %d, name \"%s\"", path, found.anchor, found.name);
	aw_explain_name_done(&found);
}

static void a_name_below_an_anchor_is_the_innermost_ones(void **state)
{
	struct place *place = *state;

	expect(place, folder_file(&place->folder, "w/real"), true, 0, "/real");
	expect(place, folder_file(&place->folder, "w/in/x"), true, 1, "/x");
	expect(place, folder_file(&place->folder, "w/in"), true, 1, "");
	expect(place, folder_file(&place->folder, "w/in/"), true, 1, "");
	expect(place, folder_file(&place->folder, "w"), true, 0, "");
	expect(place, folder_file(&place->folder, "w/inner"), true, 0, "/inner");
	expect(place, "/etc", true, -1, "/etc");
	expect(place, "/", true, -1, "/");
}

static void links_are_followed_and_at_the_end_only_where_that_is_meant(void **state)
{
	struct place *place = *state;
	char path[128];

	expect(place, folder_file(&place->folder, "link"), true, 0, "/real");
	snprintf(path, sizeof(path), "%s/link", place->folder.path);
	expect(place, path, false, -1, path);
	expect(place, folder_file(&place->folder, "dirlink/real"), false, 0, "/real");
	expect(place, folder_file(&place->folder, "w/../w/./in//x"), true, 1, "/x");
}

static void what_does_not_exist_keeps_its_name_below_what_does(void **state)
{
	struct place *place = *state;
	struct aw_explain_name found;
	struct aw_diag diag = {};

	expect(place, folder_file(&place->folder, "dirlink/a/b/c"), true, 0, "/a/b/c");
	expect(place, folder_file(&place->folder, "dirlink/a/./b//c"), true, 0, "/a/b/c");
	expect(place, "/nonexistent/x", true, -1, "/nonexistent/x");
	assert_int_equal(aw_explain_name_find(&found, folder_file(&place->folder, "w/no/../x"),
					      &place->anchors, true, &diag),
			 -EINVAL);
	assert_int_equal(aw_explain_name_find(&found, folder_file(&place->folder, "w/no/x"),
					      &place->anchors, true, &diag),
			 0);
	assert_true(found.missing);
	assert_false(found.moved);
	aw_explain_name_done(&found);
}

static void anchors_can_be_written_out(void **state)
{
	struct place *place = *state;
	struct aw_explain_name found;
	struct aw_diag diag = {};

	expect(place, "${W}/real", true, 0, "/real");
	expect(place, "${IN}", true, 1, "");
	assert_int_equal(aw_explain_name_find(&found, "${NO}/x", &place->anchors, true, &diag),
			 -EINVAL);
	assert_int_equal(aw_explain_name_find(&found, "${W/x", &place->anchors, true, &diag),
			 -EINVAL);
	assert_int_equal(aw_explain_name_find(&found, "${W}/new", &place->anchors, true, &diag), 0);
	assert_string_equal(found.shown, "${W}/new");
	aw_explain_name_done(&found);
}

static void names_that_are_no_paths_are_taken_as_they_are(void **state)
{
	struct place *place = *state;

	expect(place, "@dbus", true, -1, "@dbus");
	expect(place, "memfd:x", true, -1, "memfd:x");
	expect(place, "nested:/usr/bin/ssh", true, -1, "nested:/usr/bin/ssh");
	expect(place, "pipe:", true, -1, "pipe:");
}

static void a_relative_path_starts_at_the_current_folder(void **state)
{
	struct place *place = *state;
	char *back = getcwd(NULL, 0);

	assert_int_equal(chdir(place->w), 0);
	expect(place, "real", true, 0, "/real");
	expect(place, "../link", true, 0, "/real");
	expect(place, "in", true, 1, "");
	assert_int_equal(chdir(back), 0);
	free(back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(a_name_below_an_anchor_is_the_innermost_ones),
		PLACE_TEST(links_are_followed_and_at_the_end_only_where_that_is_meant),
		PLACE_TEST(what_does_not_exist_keeps_its_name_below_what_does),
		PLACE_TEST(anchors_can_be_written_out),
		PLACE_TEST(names_that_are_no_paths_are_taken_as_they_are),
		PLACE_TEST(a_relative_path_starts_at_the_current_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
