/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What globs match: a table of patterns with names that they must and must not match, below anchors
 * and elsewhere, and which folders a pattern covers.
 */
#include "policy/parse_helper.h"

#include "policy/glob.h"
#include "policy/match.h"

#define ANCHORED "${W}" /* a row's pattern with this start is one of anchor 0 */

struct row {
	const char *glob;
	const char *name; /* with '#' first: what follows is below anchor 0 */
	bool matches;
};

static const struct row rows[] = {
	/* literals and the root */
	{"/usr/bin/git", "/usr/bin/git", true},
	{"/usr/bin/git", "/usr/bin/gi", false},
	{"/usr/bin/git", "/usr/bin/git2", false},
	{"/usr/bin/git", "/usr/bin/git/x", false},
	{"/usr/bin/git", "/usr/bin", false},
	{"/", "/", true},
	{"/", "/a", false},
	{"/*", "/", false},
	{"/**", "/", true},
	{"/**", "/a", true},
	{"/**", "/a/b/c", true},
	/* ? and * stay in a segment */
	{"/a?", "/ab", true},
	{"/a?", "/a", false},
	{"/a?", "/a/", false},
	{"/a?c", "/a/c", false},
	{"/a/*", "/a/b", true},
	{"/a/*", "/a", false},
	{"/a/*", "/a/b/c", false},
	{"/a/*", "/a/.b", true},
	{"/*/b", "/a/b", true},
	{"/*/b", "/a/a/b", false},
	{"/a*", "/a", true},
	{"/a*b*c", "/abbc", true},
	{"/a*b*c", "/aXbYbZc", true},
	{"/a*b*c", "/aXbYbZ", false},
	{"/**/*.so", "/lib/x.so", true},
	{"/**/*.so", "/lib/.so", true},
	{"/**/*.so", "/lib/so", false},
	{"/*.x", "/x", false},
	{"/?", "/\xc3\xa9", false},
	{"/??", "/\xc3\xa9", true},
	/* ** is any number of segments, none too */
	{"/a/**", "/a", true},
	{"/a/**", "/a/b", true},
	{"/a/**", "/a/b/c", true},
	{"/a/**", "/ab", false},
	{"/a/**", "/", false},
	{"/a/**/b", "/a/b", true},
	{"/a/**/b", "/a/x/b", true},
	{"/a/**/b", "/a/x/y/b", true},
	{"/a/**/b", "/a/x/yb", false},
	{"/a/**/b", "/a/b/c", false},
	{"/a/**/b/**", "/a/x/b/y", true},
	{"/a/**/b/**/c", "/a/b/b/x/c", true},
	{"/a/**/b/**/c", "/a/c/b", false},
	{"/a/**/**", "/a", true},
	{"/a/**/b?/c*", "/a/b1/b2/c3", true},
	{"/a/**/b?/c*", "/a/b1/x/c3", false},
	/* floating patterns: at any depth, below anchors, never special names */
	{"**/x", "/x", true},
	{"**/x", "/a/b/x", true},
	{"**/x", "/ax", false},
	{"**/x", "#/x", true},
	{"**/x", "#/a/x", true},
	{"**/x", "#", false},
	{"**/.git/hooks/**", "/w/.git/hooks", true},
	{"**/.git/hooks/**", "#/.git/hooks/pre-commit", true},
	{"**/.git/hooks/**", "/w/.git/hook", false},
	{"**", "/", true},
	{"**", "/a/b", true},
	{"**", "#", true},
	{"**", "#/a", true},
	{"**", "memfd:x", false},
	{"**", "@x", false},
	{"**/*", "#", false},
	{"**/*", "/a", true},
	{"**/x", "nested:/x", false},
	{"**/x", "memfd:/x", false},
	{"**/x", "@/x", false},
	/* anchors: their own names only */
	{ANCHORED "/**", "#", true},
	{ANCHORED "/**", "#/a/b", true},
	{ANCHORED "/**", "/a", false},
	{ANCHORED, "#", true},
	{ANCHORED, "#/a", false},
	{ANCHORED "/*.c", "#/x.c", true},
	{ANCHORED "/*.c", "#/a/x.c", false},
	{ANCHORED "/{src,lib}/**", "#/lib/x", true},
	{"/**", "#", false},
	{"/**", "#/a", false},
	{"/a", "#/a", false},
	/* sets */
	{"/[a-c]x", "/bx", true},
	{"/[a-c]x", "/dx", false},
	{"/[!a-c]x", "/dx", true},
	{"/[!a-c]x", "/ax", false},
	{"/[!a]x", "//x", false},
	{"/a[!b]c", "/a/c", false},
	{"/a[+-9]c", "/a/c", false},
	{"/[]]", "/]", true},
	{"/[!]]", "/]", false},
	{"/[]-]", "/-", true},
	{"/[a-]", "/-", true},
	{"/[-a]", "/-", true},
	{"/[\\]x]", "/]", true},
	{"/[\\!x]", "/!", true},
	{"/[a*]", "/*", true},
	{"/[a*]", "/b", false},
	{"/[{]", "/{", true},
	{"/[!x]", "/\xff", true},
	/* braces */
	{"/{a,b}", "/a", true},
	{"/{a,b}", "/b", true},
	{"/{a,b}", "/c", false},
	{"/{a,b}", "/a,b", false},
	{"/x{,y}", "/x", true},
	{"/x{,y}", "/xy", true},
	{"/x{a,b{c,d}}e", "/xbde", true},
	{"/x{a,b{c,d}}e", "/xbe", false},
	{"/x{a,b{c,d}}e", "/xae", true},
	{"/{a,b}{c,d}", "/bd", true},
	{"/{a,b}{c,d}", "/ab", false},
	{"/{usr/,}bin/*", "/usr/bin/x", true},
	{"/{usr/,}bin/*", "/bin/x", true},
	{"/{a,**}/b", "/x/y/b", true},
	{"/{*.c,*.h}", "/x.h", true},
	{"/\\{a,b\\}", "/{a,b}", true},
	{"/[{,}]", "/,", true},
	{"/{[,],x}", "/,", true},
	{"/{\\,,x}", "/,", true},
	{"/a,b", "/a,b", true},
	/* escapes */
	{"/\\*", "/*", true},
	{"/\\*", "/a", false},
	{"/\\?\\[", "/?[", true},
	{"/\\\\", "/\\", true},
	{"/\\a", "/a", true},
	/* abstract sockets: any byte */
	{"@a*", "@a/b", true},
	{"@a?b", "@a/b", true},
	{"@a*", "@ab/c/d", true},
	{"@a*", "/a", false},
	{"@a", "#a", false},
	{"@/tmp/.X11-unix/X[0-9]", "@/tmp/.X11-unix/X0", true},
	{"@[!x]", "@/", true},
	/* marked names */
	{"memfd:*", "memfd:x", true},
	{"memfd:*", "memfd:", true},
	{"memfd:*", "memfd:a/b", true},
	{"memfd:*", "pipe:", false},
	{"memfd:*", "/memfd:x", false},
	{"memfd:*", "#memfd:x", false},
	{"pipe:", "pipe:", true},
	{"anon_inode:\\[event*", "anon_inode:[eventfd]", true},
	{"nested:/**", "nested:/", true},
	{"nested:/**", "nested:/a/b", true},
	{"nested:/**", "nested:", false},
	{"nested:/a/*", "nested:/a/b", true},
	{"nested:/a/*", "nested:/a/b/c", false},
	{"nested:/a", "/a", false},
};

static struct aw_pattern pattern_of(const char *glob)
{
	return (struct aw_pattern){
		.text = (char *)glob,
		.anchor = strncmp(glob, ANCHORED, strlen(ANCHORED)) == 0 ? 0 : -1,
		.source = {.file = "t"},
	};
}

static void globs_match_what_the_table_says(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct aw_pattern pattern = pattern_of(rows[i].glob);
		const char *name = rows[i].name;
		int anchor = *name == '#' ? 0 : -1;

		name += *name == '#';
		if (aw_match_pattern(&pattern, anchor, name, strlen(name)) != rows[i].matches)
			fail_msg("%s and %s: expected %d", rows[i].glob, rows[i].name,
				 rows[i].matches);
	}
}

static void a_name_below_another_anchor_does_not_match(void **state)
{
	struct aw_pattern pattern = pattern_of(ANCHORED "/**");

	assert_true(aw_match_pattern(&pattern, 0, "/a", 2));
	assert_false(aw_match_pattern(&pattern, 1, "/a", 2));
}

static void names_may_hold_any_byte(void **state)
{
	struct aw_pattern star = pattern_of("@*b"), any = pattern_of("/?x");

	assert_true(aw_match_pattern(&star, -1,
				     "@\0\n\xff"
				     "b",
				     5));
	assert_true(aw_match_pattern(&any, -1, "/\0x", 3));
	assert_false(aw_match_pattern(&any, -1, "/\0y", 3));
}

static void every_glob_of_the_table_is_well_formed(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct aw_pattern pattern = pattern_of(rows[i].glob);
		struct aw_diag d;

		if (aw_glob_check(&pattern, &d) != 0)
			fail_msg("%s: %s", rows[i].glob, d.message);
	}
}

static void malformed_globs_match_nothing_and_read_nothing_beyond(void **state)
{
	static const char *const globs[] = {"",	   "\\",   "/{a",   "/a}", "/[a", "/[",
					    "/[!", "/[]",  "x",	    "${W", "/{",  "/{,",
					    "@",   "/a\\", "/{{a}", "**a"};

	for (size_t i = 0; i < sizeof(globs) / sizeof(*globs); i++) {
		/* On the heap, so that reading on is an error. */
		_cleanup_free_ char *text = strdup(globs[i]);
		struct aw_pattern pattern = pattern_of(text);

		assert_false(aw_match_pattern(&pattern, -1, "/q", 2));
		assert_false(aw_match_pattern(&pattern, 0, "/q", 2));
	}
}

static void hostile_names_take_no_exponential_time(void **state)
{
	static const char glob[] = "/**/a*a*a*a*a*a*a*a*/**/a*a*a*a*a*a*a*b/**/c";
	struct aw_pattern pattern = pattern_of(glob);
	char name[AW_PATH_MAX];

	memset(name, 'a', sizeof(name));
	for (size_t i = 0; i < sizeof(name); i += 64)
		name[i] = '/';
	/* Ends at all only where stars are not multiplied with one another. */
	assert_false(aw_match_pattern(&pattern, -1, name, sizeof(name)));
}

static void patterns_cover_folders(void **state)
{
	static const struct {
		const char *glob, *folder;
		bool covers;
	} table[] = {
		{"/home/**", "/home/ci/w", true},   {"/home/*", "/home/ci", true},
		{"/home/*", "/home/ci/w", false},   {"/home/ci/w/x/y", "/home/ci/w", true},
		{"/home/ci/w", "/home/ci/w", true}, {"/home/ci", "/home/ci/w", false},
		{"/etc/**", "/home/ci", false},	    {"/**/.ssh/**", "/home/ci", true},
		{"/*/ci/*.c", "/home/ci", true},    {"/*/root/*.c", "/home/ci", false},
		{"/{etc,home}/**", "/home", true},  {"/", "/home", false},
		{"**/x", "/home", false},	    {"memfd:*", "/home", false},
		{"@home*", "/home", false},	    {ANCHORED "/.ssh/**", "/w", false},
		{ANCHORED "/w/*", "/w", true},	    {ANCHORED "/**", "/w/x", true},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct aw_pattern pattern = pattern_of(table[i].glob);

		if (aw_match_covers(&pattern, table[i].folder) != table[i].covers)
			fail_msg("%s and %s: expected %d", table[i].glob, table[i].folder,
				 table[i].covers);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(globs_match_what_the_table_says),
		cmocka_unit_test(a_name_below_another_anchor_does_not_match),
		cmocka_unit_test(names_may_hold_any_byte),
		cmocka_unit_test(every_glob_of_the_table_is_well_formed),
		cmocka_unit_test(malformed_globs_match_nothing_and_read_nothing_beyond),
		cmocka_unit_test(hostile_names_take_no_exponential_time),
		cmocka_unit_test(patterns_cover_folders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
