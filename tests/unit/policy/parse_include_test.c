/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that include files: where they are found, that each is read once, circles, what a file sees
 * of the others, and whose `forbid` counts.
 */
#include "policy/parse_helper.h"

static int set_up(void **state)
{
	struct test_dir *dir = calloc(1, sizeof(*dir));
	char path[128];

	assert_non_null(dir);
	make_dir(dir);
	assert_int_equal(mkdir(in_dir(dir, "packs", path), 0755), 0);
	assert_int_equal(mkdir(in_dir(dir, "packs/base", path), 0755), 0);
	assert_int_equal(mkdir(in_dir(dir, "sub", path), 0755), 0);
	*state = dir;
	return 0;
}

static int tear_down(void **state)
{
	remove_dir(*state);
	free(*state);
	return 0;
}

static struct aw_policy *parse_file_ok(const struct test_dir *dir, const char *name)
{
	struct aw_policy *policy = NULL;
	struct aw_diag d;

	if (parse_in(dir, name, &policy, &d) != 0)
		fail_msg("%s:%d:%d: %s", d.file, d.line, d.column, d.message);
	return policy;
}

static void assert_fails(const struct test_dir *dir, const char *name, int err, int line,
			 int column, const char *message)
{
	struct aw_policy *policy = NULL;
	struct aw_diag d;

	assert_int_equal(parse_in(dir, name, &policy, &d), err);
	if (d.line != line || d.column != column || !strstr(d.message, message))
		fail_msg("%s:%d:%d: %s", d.file, d.line, d.column, d.message);
	assert_null(policy);
}

static void includes_are_found_beside_the_file_and_in_the_pack_folder(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;

	write_file(*state, "main.yaml",
		   "version: 1\nname: main\ninclude: [\"pack:base/p\", ./sub/a.yaml]\n"
		   "rules: [{id: m, allow: read, path: /m}]\n");
	write_file(*state, "packs/base/p.yaml",
		   "version: 1\nname: p\nrules: [{id: p, allow: read, path: /p}]\n");
	write_file(*state, "sub/a.yaml",
		   "version: 1\ninclude: b.yaml\nrules: [{id: a, allow: read, path: /a}]\n");
	write_file(*state, "sub/b.yaml", "version: 1\nrules: [{id: b, allow: read, path: /b}]\n");
	policy = parse_file_ok(*state, "main.yaml");
	assert_string_equal(policy->name, "main");
	assert_int_equal(policy->n_written, 4);
	assert_int_equal(policy->n_files, 4);
	assert_non_null(strstr(policy->files[0], "/main.yaml"));
	/* What is included stands before the file that includes it. */
	assert_string_equal(policy->rules[0].id, "p");
	assert_string_equal(policy->rules[1].id, "b");
	assert_string_equal(policy->rules[2].id, "a");
	assert_string_equal(policy->rules[3].id, "m");
	assert_non_null(strstr(rule_of(policy, "b")->source.file, "/sub/b.yaml"));
}

static void a_file_included_twice_is_read_once(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
	char path[128], link[128];

	write_file(*state, "main.yaml", "version: 1\ninclude: [a.yaml, b.yaml, sub/../c.yaml]\n");
	write_file(*state, "a.yaml", "version: 1\ninclude: c.yaml\n");
	write_file(*state, "b.yaml", "version: 1\ninclude: link.yaml\n");
	write_file(*state, "c.yaml",
		   "version: 1\nanchors: {W: {}}\nsubjects: {s: {exe: /s}}\n"
		   "rules: [{id: c, deny: read, path: \"${W}\", by: s}]\n");
	assert_int_equal(symlink(in_dir(*state, "c.yaml", path), in_dir(*state, "link.yaml", link)),
			 0);
	policy = parse_file_ok(*state, "main.yaml");
	assert_int_equal(policy->n_written, 1);
	assert_int_equal(policy->n_files, 4);
	assert_int_equal(policy->n_anchors, 1);
	assert_int_equal(policy->n_subjects, 1);
}

static void a_circle_is_refused_with_its_chain(void **state)
{
	struct aw_policy *policy = NULL;
	struct aw_diag d;
	const char *a, *b, *c;

	write_file(*state, "main.yaml", "version: 1\ninclude: [a.yaml]\n");
	write_file(*state, "a.yaml", "version: 1\ninclude: [b.yaml]\n");
	write_file(*state, "b.yaml", "version: 1\ninclude:\n  - c.yaml\n  - a.yaml\n");
	write_file(*state, "c.yaml", "version: 1\n");
	assert_int_equal(parse_in(*state, "main.yaml", &policy, &d), -EINVAL);
	assert_non_null(strstr(d.file, "/b.yaml"));
	assert_int_equal(d.line, 4);
	assert_int_equal(d.column, 5);
	a = strstr(d.message, "/a.yaml -> ");
	assert_non_null(a);
	b = strstr(a, "/b.yaml -> ");
	assert_non_null(b);
	assert_non_null(strstr(b, "/a.yaml"));
	c = strstr(d.message, "/c.yaml");
	assert_null(c);
	assert_null(strstr(d.message, "main.yaml"));
}

static void a_file_that_includes_itself_is_refused(void **state)
{
	write_file(*state, "main.yaml", "version: 1\ninclude: main.yaml\n");
	assert_fails(*state, "main.yaml", -EINVAL, 2, 10, "main.yaml -> ");
}

static void missing_files_are_named(void **state)
{
	assert_fails(*state, "main.yaml", -ENOENT, 0, 0, "No such file");
	write_file(*state, "main.yaml", "version: 1\ninclude: [gone.yaml]\n");
	assert_fails(*state, "main.yaml", -ENOENT, 2, 11, "gone.yaml: No such file");
	write_file(*state, "main.yaml", "version: 1\ninclude: [sub]\n");
	assert_fails(*state, "main.yaml", -EINVAL, 2, 11, "not a regular file");
}

static void a_fifo_is_refused_without_waiting(void **state)
{
	char path[128];

	assert_int_equal(mkfifo(in_dir(*state, "main.yaml", path), 0644), 0);
	assert_fails(*state, "main.yaml", -EINVAL, 0, 0, "not a regular file");
}

static void includes_deeper_than_the_limit_are_refused(void **state)
{
	char name[32], text[64];

	for (int i = 0; i <= AW_INCLUDE_DEPTH_MAX; i++) {
		snprintf(name, sizeof(name), "f%d.yaml", i);
		snprintf(text, sizeof(text), "version: 1\ninclude: f%d.yaml\n", i + 1);
		write_file(*state, name, i < AW_INCLUDE_DEPTH_MAX ? text : "version: 1\n");
	}
	assert_fails(*state, "f0.yaml", -E2BIG, 2, 10, "AW_INCLUDE_DEPTH_MAX");
	aw_policy_free(parse_file_ok(*state, "f1.yaml"));
}

static void more_files_than_the_limit_are_refused(void **state)
{
	char text[8192] = "version: 1\ninclude:\n", name[32];

	for (int i = 1; i <= AW_POLICY_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "f%d.yaml", i);
		write_file(*state, name, "version: 1\n");
		sprintf(text + strlen(text), "- %s\n", name);
		if (i == AW_POLICY_FILES_MAX - 1)
			write_file(*state, "most.yaml", text);
	}
	write_file(*state, "main.yaml", text);
	aw_policy_free(parse_file_ok(*state, "most.yaml"));
	assert_fails(*state, "main.yaml", -E2BIG, 2 + AW_POLICY_FILES_MAX, 3,
		     "AW_POLICY_FILES_MAX");
}

static void ids_are_unique_across_files(void **state)
{
	write_file(*state, "main.yaml",
		   "version: 1\ninclude: a.yaml\nrules:\n - {id: x, allow: read, path: /m}\n");
	write_file(*state, "a.yaml", "version: 1\nrules: [{id: x, allow: read, path: /a}]\n");
	assert_fails(*state, "main.yaml", -EINVAL, 4, 4, "duplicate rule id \"x\", first at ");
}

static void classes_are_unique_across_files(void **state)
{
	write_file(*state, "main.yaml",
		   "version: 1\ninclude: a.yaml\nsubjects:\n  s: {exe: /other}\n");
	write_file(*state, "a.yaml", "version: 1\nsubjects: {s: {exe: /s}}\n");
	assert_fails(*state, "main.yaml", -EINVAL, 4, 3, "duplicate class \"s\", first at ");
}

static void a_file_sees_what_its_includes_declare(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;

	write_file(*state, "main.yaml",
		   "version: 1\ninclude: a.yaml\nrules:\n"
		   " - {id: l, lift: d, allow: read, path: \"${W}/x\", by: s}\n");
	write_file(*state, "a.yaml", "version: 1\ninclude: b.yaml\n");
	write_file(*state, "b.yaml",
		   "version: 1\nanchors: {W: {}}\nsubjects: {s: {exe: /s}}\n"
		   "rules: [{id: d, deny: read, path: \"${W}/**\"}]\n");
	policy = parse_file_ok(*state, "main.yaml");
	assert_int_equal(rule_of(policy, "l")->paths[0].anchor, 0);
}

static void an_include_sees_nothing_of_its_includer(void **state)
{
	write_file(*state, "main.yaml",
		   "version: 1\ninclude: a.yaml\nanchors: {W: {}}\nsubjects: {s: {exe: /s}}\n"
		   "rules: [{id: d, deny: read, path: \"/**\"}]\n");
	write_file(*state, "a.yaml",
		   "version: 1\nrules:\n - {id: l, lift: d, allow: read, path: /x}\n");
	assert_fails(*state, "main.yaml", -EINVAL, 3, 18, "which this file does not include");
	write_file(*state, "a.yaml",
		   "version: 1\nrules:\n - {id: l, allow: read, path: \"${W}\"}\n");
	assert_fails(*state, "main.yaml", -EINVAL, 3, 31, "unbound anchor ${W}");
	write_file(*state, "a.yaml",
		   "version: 1\nrules:\n - {id: l, allow: read, path: /x, by: s}\n");
	assert_fails(*state, "main.yaml", -EINVAL, 3, 39, "unknown class \"s\"");
}

static void a_sibling_lifts_nothing(void **state)
{
	write_file(*state, "main.yaml", "version: 1\ninclude: [a.yaml, b.yaml]\n");
	write_file(*state, "a.yaml", "version: 1\nrules: [{id: d, deny: read, path: /x}]\n");
	write_file(*state, "b.yaml",
		   "version: 1\nrules:\n - {id: l, lift: d, allow: read, path: /x}\n");
	assert_fails(*state, "main.yaml", -EINVAL, 3, 18, "which this file does not include");
	write_file(*state, "b.yaml",
		   "version: 1\ninclude: a.yaml\nrules:\n - {id: l, lift: d, allow: read, path: "
		   "/x}\n");
	aw_policy_free(parse_file_ok(*state, "main.yaml"));
}

static void only_files_that_root_alone_writes_are_the_administrators(void **state)
{
	struct stat file = {.st_mode = S_IFREG | 0644, .st_uid = 0, .st_gid = 0};

	assert_true(aw_policy_is_administrators(&file));
	file.st_uid = 1000;
	assert_false(aw_policy_is_administrators(&file));
	file.st_uid = 0;
	file.st_mode = S_IFREG | 0664;
	assert_false(aw_policy_is_administrators(&file));
	file.st_mode = S_IFREG | 0646;
	assert_false(aw_policy_is_administrators(&file));
	file.st_mode = S_IFDIR | 0755;
	assert_false(aw_policy_is_administrators(&file));
}

static void the_administrators_file_may_forbid(void **state)
{
	write_file(*state, "main.yaml",
		   "version: 1\nadministrator: true\nrules: [{id: f, forbid: read, path: /x}]\n");
	if (geteuid() == 0) /* the file is whose test this is */
		aw_policy_free(parse_file_ok(*state, "main.yaml"));
	else
		assert_fails(*state, "main.yaml", -EINVAL, 2, 16, "not owned by root");
}

static void a_file_that_others_write_cannot_be_the_administrators(void **state)
{
	char path[128];

	write_file(*state, "main.yaml",
		   "version: 1\nadministrator: true\nrules: [{id: f, forbid: read, path: /x}]\n");
	assert_int_equal(chmod(in_dir(*state, "main.yaml", path), 0666), 0);
	assert_fails(*state, "main.yaml", -EINVAL, 2, 16, "not owned by root, or its group");
}

static void the_mark_of_one_file_does_not_reach_another(void **state)
{
	write_file(*state, "main.yaml",
		   "version: 1\ninclude: a.yaml\nrules:\n - {id: f, forbid: read, path: /x}\n");
	write_file(*state, "a.yaml", "version: 1\n");
	assert_fails(*state, "main.yaml", -EINVAL, 4, 12, "forbid is for the administrator's");
}

int main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		IN_DIR(includes_are_found_beside_the_file_and_in_the_pack_folder),
		IN_DIR(a_file_included_twice_is_read_once),
		IN_DIR(a_circle_is_refused_with_its_chain),
		IN_DIR(a_file_that_includes_itself_is_refused),
		IN_DIR(missing_files_are_named),
		IN_DIR(a_fifo_is_refused_without_waiting),
		IN_DIR(includes_deeper_than_the_limit_are_refused),
		IN_DIR(more_files_than_the_limit_are_refused),
		IN_DIR(ids_are_unique_across_files),
		IN_DIR(classes_are_unique_across_files),
		IN_DIR(a_file_sees_what_its_includes_declare),
		IN_DIR(an_include_sees_nothing_of_its_includer),
		IN_DIR(a_sibling_lifts_nothing),
		IN_DIR(only_files_that_root_alone_writes_are_the_administrators),
		IN_DIR(the_administrators_file_may_forbid),
		IN_DIR(a_file_that_others_write_cannot_be_the_administrators),
		IN_DIR(the_mark_of_one_file_does_not_reach_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
