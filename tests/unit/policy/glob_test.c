/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "policy/compile_fixture.h"
#include "policy/compile_oracle.h"
#include "policy/glob.h"

/* glob, name, matches; names "${W}…" are below the anchor. */
static const struct {
	const char *glob;
	const char *name;
	bool matches;
} table[] = {
	{"/usr/bin/ssh", "/usr/bin/ssh", true},
	{"/usr/bin/ssh", "/usr/bin/ssh2", false},
	{"/usr/bin/ssh", "/usr/bin/ss", false},
	{"/", "/", true},
	{"/", "/a", false},
	{"/*", "/a", true},
	{"/*", "/", false},
	{"/*", "/a/b", false},
	{"/*", "/.a", true},
	{"/a/*", "/a", false},
	{"/a/*", "/a/b", true},
	{"/a/*", "/a/b/c", false},
	{"/a*", "/a", true},
	{"/a*", "/abc", true},
	{"/a*", "/a/c", false},
	{"/*.x", "/a.x", true},
	{"/*.x", "/.x", true},
	{"/*.x", "/x", false},
	{"/*.x", "/a.x.y", false},
	{"/*.x", "/a.x.x", true},
	{"/a*b*c", "/abc", true},
	{"/a*b*c", "/axxbxxbc", true},
	{"/a*b*c", "/ac", false},
	{"/?", "/a", true},
	{"/?", "/", false},
	{"/?", "/ab", false},
	{"/a?b", "/a/b", false},
	{"/a?b", "/a\nb", true},
	{"/[a-c]", "/b", true},
	{"/[a-c]", "/d", false},
	{"/[!a-c]", "/d", true},
	{"/[!a-c]", "/b", false},
	{"/x[!a]y", "/x/y", false},
	{"/x[+-9]y", "/x/y", false},
	{"/x[+-9]y", "/x.y", true},
	{"/[]a]", "/]", true},
	{"/[!]a]", "/]", false},
	{"/[a\\]]", "/]", true},
	{"/[a-]", "/-", true},
	{"/[\\!a]", "/!", true},
	{"/\xc3\xa4?", "/\xc3\xa4\xff", true},
	{"/{a,bc}d", "/ad", true},
	{"/{a,bc}d", "/bcd", true},
	{"/{a,bc}d", "/abcd", false},
	{"/{a,{b,c}d}e", "/cde", true},
	{"/{a,{b,c}d}e", "/ce", false},
	{"/x{,.bak}", "/x", true},
	{"/x{,.bak}", "/x.bak", true},
	{"/{a/b,c}/d", "/a/b/d", true},
	{"{/a,**/b}/c", "/x/b/c", true},
	{"{/a,**/b}/c", "/x/a/c", false},
	{"/[{]a,b[}]", "/{a,b}", true},
	{"/\\{a,b\\}", "/{a,b}", true},
	{"/{\\*,a}*", "/*x", true},
	{"/{\\*,a}*", "/bx", false},
	{"/{**,a}/b", "/x/y/b", true},
	{"/\\*", "/*", true},
	{"/\\*", "/a", false},
	{"/a/**", "/a", true},
	{"/a/**", "/a/b", true},
	{"/a/**", "/a/b/c", true},
	{"/a/**", "/ab", false},
	{"/**", "/", true},
	{"/**", "/a/b", true},
	{"/**", "@a", false},
	{"/a/**/b", "/a/b", true},
	{"/a/**/b", "/a/x/b", true},
	{"/a/**/b", "/a/x/y/b", true},
	{"/a/**/b", "/a/xb", false},
	{"/a/**/b", "/a/b/b", true},
	{"/a/**/b", "/a/b/c", false},
	{"/a/**/**/b", "/a/b", true},
	{"/a/**/**", "/a", true},
	{"/a/**/*", "/a", false},
	{"/a/**/*", "/a/x/y", true},
	{"/**/a", "/a", true},
	{"/**/a", "/x/a", true},
	{"**/x", "/x", true},
	{"**/x", "/a/b/x", true},
	{"**/x", "/ax", false},
	{"**/x", "/x/a", false},
	{"**/x", "${W}/x", true},
	{"**/x", "${W}/a/x", true},
	{"**/x", "${W}", false},
	{"**/x", "nested:/x", false},
	{"**/x", "@/x", false},
	{"**/x/**", "/x", true},
	{"**/x/**", "/a/x/b/c", true},
	{"**", "/", true},
	{"**", "/a/b", true},
	{"**", "${W}", true},
	{"**", "${W}/a", true},
	{"**", "@a", false},
	{"**", "nested:/a", false},
	{"**/**", "/a", true},
	{"**/**", "${W}", true},
	{"/x", "${W}/x", false},
	{"${W}/**", "${W}", true},
	{"${W}/**", "${W}/a/b", true},
	{"${W}/**", "/a", false},
	{"${W}/**", "${V}/a", false},
	{"${W}", "${W}", true},
	{"${W}", "${W}/a", false},
	{"${W}/*", "${W}", false},
	{"${W}/*", "${W}/a", true},
	{"${W}{,/a}", "${W}", true},
	{"${W}{,/a}", "${W}/a", true},
	{"@abc", "@abc", true},
	{"@abc", "/abc", false},
	{"@a*", "@a", true},
	{"@a*", "@a/b", true},
	{"@a?c", "@a/c", true},
	{"@a*c", "@a/b/c", true},
	{"@a*c", "@a/b/d", false},
	{"@**", "@", true},
	{"@**", "@/x", true},
	{"memfd:*", "memfd:", true},
	{"memfd:*", "memfd:a/b", true},
	{"memfd:*", "/memfd:a", false},
	{"memfd:a*b", "memfd:axb", true},
	{"anon_inode:\\[eventfd\\]", "anon_inode:[eventfd]", true},
	{"nested:/usr/**", "nested:/usr", true},
	{"nested:/usr/**", "nested:/usr/a/b", true},
	{"nested:/usr/**", "/usr/a", false},
	{"nested:/*/b", "nested:/a/c/b", false},
	{"nested:/**", "nested:/", true},
	{"nested:/**", "nested:", false},
	{"{memfd,pipe}:*", "pipe:[1]", true},
};

/* "${W}/rest" → anchor 0 and "/rest". */
static int split_name(const struct aw_policy *policy, const char *name, const char **ret_rest)
{
	struct aw_pattern pattern = fixture_pattern(policy, name);

	*ret_rest = pattern.anchor >= 0 ? strchr(name, '}') + 1 : name;
	free(pattern.text);
	return pattern.anchor;
}

static void table_of_globs_and_names_holds(void **state)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
		_cleanup_(aw_image_freep) struct aw_image *image = NULL;
		struct aw_diag diag = {};
		const char *rest;
		uint32_t vid;
		int anchor;

		fixture_anchor(policy, "W");
		fixture_anchor(policy, "V");
		fixture_simple(policy, "r", AW_ACTION_ALLOW, OP(READ), table[i].glob);
		assert_int_equal(aw_policy_compile(&image, policy, &diag), 0);
		anchor = split_name(policy, table[i].name, &rest);
		vid = aw_image_walk_path(image, anchor, rest, strlen(rest));
		if ((vid != 0) != table[i].matches)
			fail_msg("%s and %s: %s", table[i].glob, table[i].name,
				 vid ? "match" : "do not match");
		assert_int_equal(oracle_pattern(&policy->rules[0].paths[0], rest, anchor),
				 table[i].matches);
	}
}

static void a_name_that_is_empty_matches_no_absolute_pattern(void **state)
{
	static const char *const globs[] = {"/**", "**", "**/a", "/", "/*"};

	for (size_t i = 0; i < sizeof(globs) / sizeof(*globs); i++) {
		_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
		_cleanup_(aw_image_freep) struct aw_image *image = NULL;

		fixture_simple(policy, "r", AW_ACTION_ALLOW, OP(READ), globs[i]);
		assert_int_equal(aw_policy_compile(&image, policy, NULL), 0);
		assert_int_equal(aw_image_walk_path(image, -1, "", 0), 0);
		if (i != 3) /* positive control; "/" is the root alone */
			assert_int_not_equal(aw_image_walk_path(image, -1, "/a", 2), 0);
	}
}

static const struct {
	const char *glob;
	const char *message; /* part of it */
} malformed[] = {
	{"usr/bin", "no absolute pattern"},
	{"", "no absolute pattern"},
	{"*", "no absolute pattern"},
	{"/a/", "empty segment"},
	{"/a//b", "empty segment"},
	{"**/", "empty segment"},
	{"/a/./b", "'.'"},
	{"/a/../b", "'..'"},
	{"/a**", "'**' inside"},
	{"/**a", "'**' inside"},
	{"/a/b**/c", "'**' inside"},
	{"/[a", "'[' without"},
	{"/[a/b]", "'[' without"},
	{"/[]", "'[' without"},
	{"/[^a]", "'[^'"},
	{"/[b-a]", "is empty"},
	{"/{a", "'{' without"},
	{"/a}", "'}' without"},
	{"/{a,{b}", "'{' without"},
	{"/{*,a}*", "'*' beside '*'"},
	{"/*{a,*}", "'*' beside '*'"},
	{"/*{a,}*", "'*' beside '*'"},
	{"/a\\", "nothing to escape"},
	{"${W}a", "does not end its anchor"},
	{"${W}/", "empty segment"},
	{"/{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}", "AW_GLOB_ALTERNATIVES_MAX"},
	{"/{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}"
	 "{a}{a}{a}{a}",
	 "AW_GLOB_BRACES_MAX"},
};

static void malformed_globs_are_refused_with_their_place(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();

	fixture_anchor(policy, "W");
	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++) {
		struct aw_pattern pattern = fixture_pattern(policy, malformed[i].glob);
		struct aw_diag diag = {};

		pattern.source = (struct aw_source){"ci.yaml", 7, 9};
		if (aw_glob_check(&pattern, &diag) != -EINVAL)
			fail_msg("%s is taken", malformed[i].glob);
		if (!strstr(diag.message, malformed[i].message))
			fail_msg("%s: %s", malformed[i].glob, diag.message);
		assert_string_equal(diag.file, "ci.yaml");
		assert_int_equal(diag.line, 7);
		assert_int_equal(diag.column, 9);
		free(pattern.text);
	}
}

static void as_many_alternatives_as_the_limit_are_taken(void **state)
{
	struct aw_pattern pattern = {
		.text = (char[]){"/{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}"},
		.anchor = -1};

	assert_int_equal(aw_glob_check(&pattern, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_of_globs_and_names_holds),
		cmocka_unit_test(a_name_that_is_empty_matches_no_absolute_pattern),
		cmocka_unit_test(malformed_globs_are_refused_with_their_place),
		cmocka_unit_test(as_many_alternatives_as_the_limit_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
