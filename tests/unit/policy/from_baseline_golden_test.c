/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy of a recorded job (tests/golden/policy/git-make.tsv: five runs of clone, edit, make,
 * test, commit and push), compared with the committed one, which people review. Run from the top of
 * the repository; UPDATE_GOLDEN=1 writes it anew.
 */
#include "policy/learned_fixture.h"

#include "baseline/trust.h"

#define FOLDER	  "tests/golden/policy/"
#define ROWS_MAX  8192
#define LINES_MAX 140 /* a person reads it */

struct recording {
	struct sample rows[ROWS_MAX];
	size_t n;
	int n_runs;
	char *text;
};

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, file) < (1 << 20) - 1);
	fclose(file);
	return text;
}

/* RUNS OP ANCHOR OBJECT EXE, with tabs between. */
static void read_recording(struct recording *r, const char *path)
{
	char *line, *rest = r->text = read_file(path);

	while ((line = strsep(&rest, "\n")) && *line) {
		struct sample *s = &r->rows[r->n++];
		const char *runs = strsep(&line, "\t"), *op = strsep(&line, "\t");
		const char *anchor = strsep(&line, "\t"), *name = strsep(&line, "\t");

		assert_true(r->n < ROWS_MAX && line);
		r->n_runs = (int)strlen(runs);
		for (int i = 0; i < r->n_runs; i++)
			s->runs |= (uint64_t)(runs[i] == '1') << i;
		assert_int_equal(aw_op_from_name(op, &s->op), 0);
		s->anchor = strcmp(anchor, "-") ? anchor : NULL;
		s->name = s->anchor && !strcmp(name, ".") ? "" : name;
		s->kind = s->anchor ? AW_OBJECT_ANCHORED : 0;
		s->exe = line;
	}
}

/* Lines that say something to the machine. */
static size_t count_rules_lines(const char *text)
{
	size_t n = 0;

	for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
		const char *first = text + strspn(text, " ");

		n += *first != '#' && first != end;
	}
	return n;
}

static void learn_recording(struct lesson *lesson, struct recording *r)
{
	char folder[] = "/tmp/aw_golden.XXXXXX", path[64], command[64];

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/baseline.db", folder);
	learn(lesson, path, r->rows, r->n, r->n_runs);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	assert_int_equal(system(command), 0);
}

static void the_policy_is_the_reviewed_one(void **state)
{
	struct recording r = {0};
	struct lesson lesson = {0};
	char *golden;

	read_recording(&r, FOLDER "git-make.tsv");
	learn_recording(&lesson, &r);
	if (getenv("UPDATE_GOLDEN")) {
		FILE *file = fopen(FOLDER "git-make.yaml", "w");

		assert_non_null(file);
		fputs(lesson.text, file);
		fclose(file);
	}
	golden = read_file(FOLDER "git-make.yaml");
	assert_string_equal(lesson.text, golden);
	free(golden);
	lesson_forget(&lesson);
	free(r.text);
}

static void every_observation_is_permitted_and_a_person_can_read_it(void **state)
{
	struct recording r = {0};
	struct lesson lesson = {0};

	read_recording(&r, FOLDER "git-make.tsv");
	learn_recording(&lesson, &r);
	assert_all_permitted(&lesson, r.rows, r.n);
	assert_true(count_rules_lines(lesson.text) < LINES_MAX);
	lesson_forget(&lesson);
	free(r.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_policy_is_the_reviewed_one),
		cmocka_unit_test(every_observation_is_permitted_and_a_person_can_read_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
