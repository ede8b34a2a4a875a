/* SPDX-License-Identifier: Apache-2.0 */
/* Which folders stand for which anchors. */
#include <sys/stat.h>

#include "agent/folder_fixture.h"
#include "cli/anchors.h"
#include "policy/parse.h"

/* A test's folder as the current one, with two folders and a link in it. */
struct place {
	struct folder folder;
	char *back;
};

static int enter(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	strcpy(place->folder.path, "/tmp/aw_test.XXXXXX");
	assert_non_null(mkdtemp(place->folder.path));
	place->back = getcwd(NULL, 0);
	assert_int_equal(chdir(place->folder.path), 0);
	assert_int_equal(mkdir("home", 0755), 0);
	assert_int_equal(mkdir("data", 0755), 0);
	assert_int_equal(symlink("data", "link"), 0);
	folder_write("file", "x");
	*state = place;
	return 0;
}

static int leave(void **state)
{
	struct place *place = *state;
	char command[128];

	assert_int_equal(chdir(place->back), 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", place->folder.path);
	assert_int_equal(system(command), 0);
	free(place->back);
	free(place);
	return 0;
}

#define PLACE_TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

static struct aw_option_list pairs_of(const char *a, const char *b)
{
	return (struct aw_option_list){.items = {a, b}, .n = (a != NULL) + (b != NULL)};
}

static const char *path_of(const struct aw_anchor_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->items[i].name, name) == 0)
			return set->items[i].path;
	return NULL;
}

static struct aw_policy *policy_with(const char *anchors)
{
	struct aw_policy *policy = NULL;
	struct aw_diag diag = {};
	char text[512];

	snprintf(text, sizeof(text),
		 "version: 1\nname: p\nanchors: {%s}\n"
		 "rules: [{id: a, allow: [read], path: [/usr/x]}]\n",
		 anchors);
	if (aw_policy_parse_text(&policy, "p", text, strlen(text), NULL, &diag) < 0)
		fail_msg("%s", diag.message);
	return policy;
}

static void learning_binds_the_current_folder_and_home(void **state)
{
	struct place *place = *state;
	struct aw_option_list pairs = {};
	struct aw_anchor_set set = {};
	char home[128];

	snprintf(home, sizeof(home), "%s/home", place->folder.path);
	assert_int_equal(aw_anchor_set_for_learning(&set, &pairs, home, NULL), 0);
	assert_int_equal(set.n, 2);
	assert_string_equal(path_of(&set, "WORKSPACE"), place->folder.path);
	assert_string_equal(path_of(&set, "HOME"), home);
	aw_anchor_set_done(&set);
}

static void learning_leaves_out_what_is_missing_root_or_the_same(void **state)
{
	struct place *place = *state;
	struct aw_option_list pairs = {};
	struct aw_anchor_set set = {};

	assert_int_equal(aw_anchor_set_for_learning(&set, &pairs, "/nonexistent", NULL), 0);
	assert_int_equal(set.n, 1);
	aw_anchor_set_done(&set);
	assert_int_equal(aw_anchor_set_for_learning(&set, &pairs, place->folder.path, NULL), 0);
	assert_int_equal(set.n, 1);
	assert_string_equal(set.items[0].name, "WORKSPACE");
	aw_anchor_set_done(&set);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(aw_anchor_set_for_learning(&set, &pairs, "/", NULL), 0);
	assert_int_equal(set.n, 0);
	assert_int_equal(chdir(place->folder.path), 0);
}

static void learning_takes_pairs_with_their_links_followed(void **state)
{
	struct place *place = *state;
	struct aw_option_list pairs = pairs_of("DATA_2=link", "WORKSPACE=home");
	struct aw_anchor_set set = {};
	char data[128], home[128];

	snprintf(data, sizeof(data), "%s/data", place->folder.path);
	snprintf(home, sizeof(home), "%s/home", place->folder.path);
	assert_int_equal(aw_anchor_set_for_learning(&set, &pairs, home, NULL), 0);
	assert_int_equal(set.n, 2);
	assert_string_equal(path_of(&set, "DATA_2"), data);
	assert_string_equal(path_of(&set, "WORKSPACE"), home);
	assert_null(path_of(&set, "HOME")); /* the folder is WORKSPACE's already */
	aw_anchor_set_done(&set);
}

static void learning_refuses_pairs_that_are_no_anchors(void **state)
{
	static const char *const bad[] = {"data=data", "2X=data",  "X=file", "X=none",
					  "X=/",       "X Y=data", "X="};
	struct aw_anchor_set set = {};
	struct aw_diag diag;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct aw_option_list pairs = pairs_of(bad[i], NULL);

		diag = (struct aw_diag){};
		assert_int_equal(aw_anchor_set_for_learning(&set, &pairs, "/", &diag), -EINVAL);
		assert_non_null(strstr(diag.message, bad[i]));
		assert_int_equal(set.n, 0);
	}
	assert_int_equal(aw_anchor_set_for_learning(
				 &set,
				 &(struct aw_option_list){.items = {"X=data", "X=home"}, .n = 2},
				 "/", &diag),
			 -EINVAL);
	assert_int_equal(aw_anchor_set_for_learning(
				 &set,
				 &(struct aw_option_list){.items = {"X=data", "Y=link"}, .n = 2},
				 "/", &diag),
			 -EINVAL);
}

static void a_policy_gets_what_it_declares_in_its_own_order(void **state)
{
	struct place *place = *state;
	struct aw_option_list pairs = pairs_of("DATA=link", NULL);
	struct aw_policy *policy = policy_with("HOME: {}, DATA: {}, WORKSPACE: {}");
	struct aw_anchor_set set = {};
	struct aw_diag diag = {};
	char home[128], data[128];

	snprintf(home, sizeof(home), "%s/home", place->folder.path);
	snprintf(data, sizeof(data), "%s/data", place->folder.path);
	if (aw_anchor_set_for_policy(&set, policy, &pairs, home, &diag) < 0)
		fail_msg("%s", diag.message);
	assert_int_equal(set.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(set.items[i].name, policy->anchors[i].name);
	assert_string_equal(path_of(&set, "DATA"), data);
	assert_string_equal(path_of(&set, "HOME"), home);
	assert_string_equal(path_of(&set, "WORKSPACE"), place->folder.path);
	aw_anchor_set_done(&set);
	aw_policy_free(policy);
}

static void what_a_policy_does_not_declare_is_not_bound(void **state)
{
	struct aw_policy *policy = policy_with("");
	struct aw_option_list pairs = pairs_of("DATA=data", NULL);
	struct aw_anchor_set set = {};
	struct aw_diag diag = {};

	assert_int_equal(
		aw_anchor_set_for_policy(&set, policy, &(struct aw_option_list){}, "/", &diag), 0);
	assert_int_equal(set.n, 0);
	assert_int_equal(aw_anchor_set_for_policy(&set, policy, &pairs, "/", &diag), -EINVAL);
	assert_non_null(strstr(diag.message, "declares no such anchor"));
	aw_policy_free(policy);
}

static void an_anchor_without_a_folder_is_an_error(void **state)
{
	struct aw_policy *policy = policy_with("DATA: {}");
	struct aw_anchor_set set = {};
	struct aw_option_list none = {}, missing = pairs_of("DATA=nowhere", NULL);
	struct aw_diag diag = {};

	assert_int_equal(aw_anchor_set_for_policy(&set, policy, &none, "/", &diag), -EINVAL);
	assert_non_null(strstr(diag.hint, "--anchor DATA=DIR"));
	assert_int_equal(aw_anchor_set_for_policy(&set, policy, &missing, "/", &diag), -EINVAL);
	assert_int_equal(set.n, 0);
	aw_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(learning_binds_the_current_folder_and_home),
		PLACE_TEST(learning_leaves_out_what_is_missing_root_or_the_same),
		PLACE_TEST(learning_takes_pairs_with_their_links_followed),
		PLACE_TEST(learning_refuses_pairs_that_are_no_anchors),
		PLACE_TEST(a_policy_gets_what_it_declares_in_its_own_order),
		PLACE_TEST(what_a_policy_does_not_declare_is_not_bound),
		PLACE_TEST(an_anchor_without_a_folder_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
