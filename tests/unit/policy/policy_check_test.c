/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anchors bound to folders: which folders are refused, and which restrictions would silently not
 * apply below them.
 */
#include <unistd.h>

#include "policy/check.h"
#include "policy/parse_helper.h"

static int set_up(void **state)
{
	struct test_dir *dir = calloc(1, sizeof(*dir));
	char path[128];

	assert_non_null(dir);
	make_dir(dir);
	assert_int_equal(mkdir(in_dir(dir, "home", path), 0755), 0);
	assert_int_equal(mkdir(in_dir(dir, "home/w", path), 0755), 0);
	assert_int_equal(mkdir(in_dir(dir, "home/.ssh", path), 0755), 0);
	assert_int_equal(mkdir(in_dir(dir, "other", path), 0755), 0);
	*state = dir;
	return 0;
}

static int tear_down(void **state)
{
	remove_dir(*state);
	free(*state);
	return 0;
}

/* Binds W and H (NULL: not at all) and returns what the check of a policy's rules says. */
static int check(const char *rules, const char *w, const char *h, struct aw_diag *ret)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
	struct aw_anchor_binding bindings[] = {{"H", h}, {"W", w}, {"UNUSED", "/nonexistent"}};

	assert_true(asprintf(&text,
			     "version: 1\nanchors: {W: {}, H: {}}\nsubjects: {s: {script: "
			     "'/tmp/**/s.js'}, u: {under: s}, x: {exe: /opt/x}}\nrules: [%s]\n",
			     rules) > 0);
	policy = parse_ok(text);
	memset(ret, 0, sizeof(*ret));
	if (!h) {
		bindings[0] = bindings[1];
		return aw_policy_check_anchors(policy, bindings, 1, ret);
	}
	return aw_policy_check_anchors(policy, bindings, 3, ret);
}

static void assert_refused(const char *rules, const char *w, const char *h, int line,
			   const char *message)
{
	struct aw_diag d;

	assert_int_equal(check(rules, w, h, &d), -EINVAL);
	if (d.line != line || !strstr(d.message, message))
		fail_msg("%s:%d:%d: %s", d.file, d.line, d.column, d.message);
	assert_string_equal(d.file, "t.yaml");
}

static void assert_accepted(const char *rules, const char *w, const char *h)
{
	struct aw_diag d;

	if (check(rules, w, h, &d) != 0)
		fail_msg("%s:%d:%d: %s", d.file, d.line, d.column, d.message);
}

static void folders_of_their_own_are_accepted(void **state)
{
	char w[128], h[128];

	assert_accepted("", in_dir(*state, "other", w), in_dir(*state, "home", h));
}

static void folders_that_are_none_are_refused(void **state)
{
	char w[128], h[128], file[128];

	in_dir(*state, "home", h);
	write_file(*state, "file", "x");
	assert_refused("", in_dir(*state, "other", w), NULL, 2, "anchor H is bound to nothing");
	assert_refused("", "", h, 2, "anchor W is bound to nothing");
	assert_refused("", "other", h, 2, "anchor W is bound to other, a relative path");
	assert_refused("", "/", h, 2, "anchor W is bound to /");
	assert_refused("", "//", h, 2, "anchor W is bound to /");
	assert_refused("", "/tmp/..", h, 2, "anchor W is bound to /");
	assert_refused("", in_dir(*state, "gone", w), h, 2, "No such file");
	assert_refused("", in_dir(*state, "file", file), h, 2, "which is not a folder");
}

static void two_anchors_on_one_folder_are_refused(void **state)
{
	char w[128], h[128], link[128];

	in_dir(*state, "home", h);
	assert_refused("", h, h, 2, "anchors W and H are bound to the same folder");
	assert_refused("", in_dir(*state, "other/../home/", w), h, 2, "the same folder");
	assert_int_equal(symlink(h, in_dir(*state, "link", link)), 0);
	assert_refused("", link, h, 2, "the same folder");
}

static void an_anchor_bound_twice_is_refused(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok("version: 1\nanchors: {W: {}}\n");
	struct aw_anchor_binding bindings[] = {{"W", "/dev"}, {"W", "/tmp"}};
	struct aw_diag d;

	assert_int_equal(aw_policy_check_anchors(policy, bindings, 1, &d), 0);
	assert_int_equal(aw_policy_check_anchors(policy, bindings, 2, &d), -EINVAL);
	assert_non_null(strstr(d.message, "bound twice, to /dev and to /tmp"));
}

static void anchors_below_anchors_are_accepted(void **state)
{
	char w[128], h[128];

	assert_accepted("{id: a, allow: read, path: '${H}/**'}, "
			"{id: d, deny: read, path: '${H}/.ssh/**'}, "
			"{id: f, deny: write, path: '**/.git/**'}",
			in_dir(*state, "home/w", w), in_dir(*state, "home", h));
}

static void a_restriction_by_absolute_path_is_refused(void **state)
{
	static const char *const actions[] = {"deny", "ask", "flag"};
	char w[128], h[128], rules[512];

	in_dir(*state, "other", w);
	in_dir(*state, "home", h);
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		snprintf(rules, sizeof(rules), "{id: r, %s: read, path: [/usr/x, '/tmp/**/id'] }",
			 actions[i]);
		assert_refused(rules, w, h, 4, "rule r: \"/tmp/**/id\" would not apply inside");
		snprintf(rules, sizeof(rules), "{id: r, %s: read, path: '%s'}", actions[i], h);
		assert_refused(rules, w, h, 4, "would not apply inside anchor H");
		snprintf(rules, sizeof(rules), "{id: r, %s: read, path: '%s/other/a/b'}",
			 actions[i], ((struct test_dir *)*state)->path);
		assert_refused(rules, w, h, 4, "would not apply inside anchor W");
		snprintf(rules, sizeof(rules), "{id: r, %s: read, path: '%s'}", actions[i],
			 ((struct test_dir *)*state)->path);
		assert_accepted(rules, w, h);
	}
	assert_refused("{id: r, deny: unix, socket: '/**/bus'}", w, h, 4, "rule r");
}

static void what_fails_closed_below_an_anchor_is_accepted(void **state)
{
	char w[128], h[128];

	assert_accepted("{id: r, allow: read, path: '/**'}, {id: d, deny: read, path: '**/k'}, "
			"{id: l, lift: d, flag: read, path: '/**'}",
			in_dir(*state, "other", w), in_dir(*state, "home", h));
}

static void a_restriction_of_another_anchor_is_refused(void **state)
{
	char w[128], h[128];

	in_dir(*state, "home", h);
	assert_refused("{id: r, deny: read, path: '${H}/**'}", in_dir(*state, "home/w", w), h, 4,
		       "rule r: \"${H}/**\" would not apply inside anchor W");
	assert_refused("{id: r, deny: read, path: '${H}/.ssh/**'}", in_dir(*state, "home/.ssh", w),
		       h, 4, "would not apply inside anchor W");
	assert_accepted("{id: r, deny: read, path: '${H}/**'}", in_dir(*state, "other", w), h);
	assert_accepted("{id: r, deny: read, path: '${W}/**'}", in_dir(*state, "home/w", w), h);
}

static void a_restricted_class_must_be_found_below_anchors(void **state)
{
	char w[128], h[128];

	in_dir(*state, "other", w);
	in_dir(*state, "home", h);
	assert_refused("{id: r, deny: read, path: /usr/x, by: s}", w, h, 3, "class s:");
	assert_refused("{id: r, deny: read, path: /usr/x, by: u}", w, h, 3, "class s:");
	assert_accepted("{id: r, deny: read, path: /usr/x, by: x}", w, h);
	assert_accepted("{id: r, deny: read, path: /usr/x}", w, h);
}

int main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		IN_DIR(folders_of_their_own_are_accepted),
		IN_DIR(folders_that_are_none_are_refused),
		IN_DIR(two_anchors_on_one_folder_are_refused),
		cmocka_unit_test(an_anchor_bound_twice_is_refused),
		IN_DIR(anchors_below_anchors_are_accepted),
		IN_DIR(a_restriction_by_absolute_path_is_refused),
		IN_DIR(what_fails_closed_below_an_anchor_is_accepted),
		IN_DIR(a_restriction_of_another_anchor_is_refused),
		IN_DIR(a_restricted_class_must_be_found_below_anchors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
