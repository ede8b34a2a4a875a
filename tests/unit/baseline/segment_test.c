/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of names and the globs for them; globs of one segment against the policy engine's own. */
#include "baseline/baseline_fixture.h"

#include "baseline/segment.h"
#include "baseline/segment_glob.h"
#include "policy/match.h"

#define SIX  "??????"
#define FOUR "????"

static const struct {
	const char *parent, *name;
	enum aw_segment_type type;
	const char *glob; /* NULL: plain */
} rows[] = {
	{"proc", "1234", AW_SEGMENT_PID, "[0-9]*"},
	{"task", "77", AW_SEGMENT_PID, "[0-9]*"},
	{"tmp", "cc12AbCd.s", AW_SEGMENT_TEMPORARY, "cc" SIX ".s"},
	{"tmp", "ccAbCdEf.cdtor.o", AW_SEGMENT_TEMPORARY, "cc" SIX ".cdtor.o"},
	{"src", "ccompile.c", AW_SEGMENT_PLAIN, NULL},
	{"tmp", "tmp.x9Yz01AbCd", AW_SEGMENT_TEMPORARY, "tmp." FOUR SIX},
	{"ab", "tmp_obj_a1B2c3", AW_SEGMENT_TEMPORARY, "tmp_obj_" SIX},
	{"pack", "tmp_pack_Zz09aa", AW_SEGMENT_TEMPORARY, "tmp_pack_" SIX},
	{"src", "sedA1b2C3", AW_SEGMENT_TEMPORARY, "sed" SIX},
	{"bin", "sedentary", AW_SEGMENT_PLAIN, NULL},
	{"__pycache__", "mod.cpython-311.pyc.139872", AW_SEGMENT_TEMPORARY,
	 "*.cpython-311.pyc.[0-9]*"},
	{"x", "mod.cpython-311.pyc", AW_SEGMENT_NUMBER, "mod.cpython-[0-9]*.pyc"},
	{"tmp", "tmpab12cd_8", AW_SEGMENT_TEMPORARY, "tmp" FOUR FOUR},
	{"tmp", "tmpfiles.d", AW_SEGMENT_PLAIN, NULL},
	{"tmp", "go-build3081245", AW_SEGMENT_TEMPORARY, "go-build[0-9]*"},
	{"tmp", "perf-4711.map", AW_SEGMENT_TEMPORARY, "perf-[0-9]*.map"},
	{"x", "01234567-89ab-cdef-0123-456789abcdef", AW_SEGMENT_UUID,
	 FOUR FOUR "-" FOUR "-" FOUR "-" FOUR "-" FOUR FOUR FOUR},
	{"x", "run-01234567-89ab-cdef-0123-456789abcdef.log", AW_SEGMENT_UUID,
	 "run-" FOUR FOUR "-" FOUR "-" FOUR "-" FOUR "-" FOUR FOUR FOUR ".log"},
	{"objects", "ab", AW_SEGMENT_OBJECT, "[0-9a-f][0-9a-f]"},
	{"x", "ab", AW_SEGMENT_PLAIN, NULL},
	{"ab", "cdef0123456789abcdef0123456789abcdef01", AW_SEGMENT_DIGEST, "*"},
	{"pack", "pack-0123456789abcdef0123456789abcdef01234567.idx", AW_SEGMENT_DIGEST,
	 "pack-*.idx"},
	{"x", "deadbeef", AW_SEGMENT_PLAIN, NULL}, /* a word, as far as anyone can tell */
	{"x", "dead01ef", AW_SEGMENT_HEX, FOUR FOUR},
	{"tmp", "calc_test.x1Y2z3", AW_SEGMENT_RANDOM, "calc_test." SIX},
	{"x", "2026-11-21", AW_SEGMENT_DATE, "[0-9]*-[0-9]*-[0-9]*"},
	{"x", "lib-1.2.3.so", AW_SEGMENT_VERSION, "lib-[0-9]*.[0-9]*.[0-9]*.so"},
	{"x", "job17", AW_SEGMENT_NUMBER, "job[0-9]*"},
	{"x", "test01", AW_SEGMENT_NUMBER, "test[0-9]*"},
	{"x", "README", AW_SEGMENT_PLAIN, NULL},
	{"x", "Server", AW_SEGMENT_PLAIN, NULL},
	{"x", "a*b{c}", AW_SEGMENT_PLAIN, NULL},
	{"x", "a*b{c}1", AW_SEGMENT_NUMBER, "a\\*b\\{c\\}[0-9]*"},
};

static void each_kind_of_name_gets_its_glob(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_buffer_ struct aw_buffer glob = {0};
		const enum aw_segment_type type =
			aw_segment_classify(rows[i].parent, strlen(rows[i].parent), rows[i].name,
					    strlen(rows[i].name), &glob);

		if (type != rows[i].type)
			fail_msg("%s: %s, not %s", rows[i].name, aw_segment_type_name(type),
				 aw_segment_type_name(rows[i].type));
		if (rows[i].glob)
			assert_string_equal(aw_buffer_string(&glob), rows[i].glob);
		else
			assert_int_equal(glob.length, 0);
	}
}

/* What the policy engine says of "/" and the segment. */
static bool engine_matches(const char *glob, const char *name, size_t length)
{
	char text[1024], path[512];
	struct aw_pattern pattern = {.text = text, .anchor = -1};

	assert_true(length + 2 < sizeof(path));
	snprintf(text, sizeof(text), "/%s", glob);
	path[0] = '/';
	memcpy(path + 1, name, length);
	return aw_match_pattern(&pattern, -1, path, length + 1);
}

static void random_name(char *name, size_t *length, bool any_byte)
{
	static const char letters[] = "abcXYZ019_-.*?[]{}\\!^,~$ ";

	*length = 1 + (size_t)rand() % 24;
	for (size_t i = 0; i < *length; i++) {
		name[i] = any_byte ? (char)(1 + rand() % 255)
				   : letters[(size_t)rand() % (sizeof(letters) - 1)];
		if (name[i] == '/')
			name[i] = 'x';
	}
	name[*length] = '\0';
}

static void an_escaped_name_matches_itself_and_little_else(void **state)
{
	srand(1);
	for (int i = 0; i < 20000; i++) {
		_cleanup_buffer_ struct aw_buffer glob = {0};
		char name[64], other[64];
		size_t length, other_length;

		random_name(name, &length, i % 2);
		random_name(other, &other_length, i % 2);
		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		aw_segment_escape(&glob, name, length);
		if (!engine_matches(aw_buffer_string(&glob), name, length))
			fail_msg("%s does not match %s", glob.data, name);
		if (i % 2 == 0 && strcmp(name, other) != 0)
			assert_false(engine_matches(aw_buffer_string(&glob), other, other_length));
	}
}

static void the_glob_of_a_kind_matches_the_name_it_came_from(void **state)
{
	static const char *const heads[] = {"", "tmp.", "cc", "run-", "x", ".", "sed", "a1b2"};
	static const char alphabet[] = "abcdef0123456789ABCxyz_-.";

	srand(2);
	for (int i = 0; i < 50000; i++) {
		_cleanup_buffer_ struct aw_buffer glob = {0};
		char name[80];
		size_t length = (size_t)snprintf(name, sizeof(name), "%s", heads[rand() % 8]);
		const size_t end = length + 1 + (size_t)rand() % 44;

		while (length < end)
			name[length++] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		name[length] = '\0';
		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (aw_segment_classify("objects", 7, name, length, &glob) == AW_SEGMENT_PLAIN)
			continue;
		if (!engine_matches(aw_buffer_string(&glob), name, length))
			fail_msg("%s does not match %s", glob.data, name);
	}
}

static void random_glob(char *glob)
{
	static const char *const pieces[] = {"a",    "b",   "?",     "*", "[ab]",
					     "[!a]", "\\*", "[a-c]", "c"};
	const int n = 1 + rand() % 5;

	glob[0] = '\0';
	for (int i = 0; i < n; i++)
		strcat(glob, pieces[(size_t)rand() % (sizeof(pieces) / sizeof(pieces[0]))]);
	if (!strcmp(glob, "**") || strstr(glob, "**"))
		strcpy(glob, "*");
}

/* Two globs meet where some name of up to six letters matches both, as the engine says. */
static bool oracle_meets(const char *a, const char *b)
{
	static const char letters[] = "abc*d";
	char name[8];

	for (int length = 1; length <= 6; length++) {
		int total = 1;

		for (int i = 0; i < length; i++)
			total *= 5;
		for (int code = 0; code < total; code++) {
			int rest = code;

			for (int i = 0; i < length; i++, rest /= 5)
				name[i] = letters[rest % 5];
			if (engine_matches(a, name, (size_t)length) &&
			    engine_matches(b, name, (size_t)length))
				return true;
		}
	}
	return false;
}

static void meeting_agrees_with_trying_every_short_name(void **state)
{
	srand(3);
	for (int i = 0; i < 150; i++) {
		char a[64], b[64];
		bool meets;

		random_glob(a);
		random_glob(b);
		meets = aw_segment_meet((struct aw_segment){a, strlen(a), true},
					(struct aw_segment){b, strlen(b), true});
		if (meets != oracle_meets(a, b))
			fail_msg("%s and %s: %d", a, b, meets);
	}
}

static void a_glob_that_cannot_be_read_meets_everything(void **state)
{
	const struct aw_segment broken = {"[abc", 4, true}, name = {"x", 1, false};

	assert_true(aw_segment_meet(broken, name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_name_gets_its_glob),
		cmocka_unit_test(an_escaped_name_matches_itself_and_little_else),
		cmocka_unit_test(the_glob_of_a_kind_matches_the_name_it_came_from),
		cmocka_unit_test(meeting_agrees_with_trying_every_short_name),
		cmocka_unit_test(a_glob_that_cannot_be_read_meets_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
