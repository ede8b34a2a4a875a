/* SPDX-License-Identifier: Apache-2.0 */
/* What `baseline list` and `baseline show` say, as text and as JSON. */
#include "policy/learned_fixture.h"

#include <jansson.h>

#include "baseline/show.h"

#define S(runs_, op_, anchor_, name_)                                                    \
	{                                                                                \
		.runs = (runs_), .op = AW_OP_##op_, .anchor = (anchor_), .name = (name_) \
	}

static void assert_says(struct aw_buffer *text, const char *words)
{
	if (!strstr(aw_buffer_string(text), words))
		fail_msg("no \"%s\" in\n%s", words, text->data);
}

static void list(struct aw_baseline_store *store, bool as_json, struct aw_buffer *ret)
{
	struct aw_baseline_list baselines = {0};

	assert_int_equal(aw_baseline_list_read(store, &baselines), 0);
	assert_int_equal(aw_baseline_list_format(ret, &baselines, as_json), 0);
	aw_baseline_list_clear(&baselines);
}

static void an_empty_store_says_how_to_begin(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	_cleanup_buffer_ struct aw_buffer text = {0}, json = {0};

	list(store, false, &text);
	assert_says(&text, "agentwatch learn");
	list(store, true, &json);
	assert_says(&json, "[]");
	aw_baseline_close(store);
}

static void the_list_counts_runs_and_complete_ones(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	const struct aw_baseline_outcome failed = {.exit_status = 3};
	const struct sample one = S(3, READ, NULL, "/data/a");
	_cleanup_buffer_ struct aw_buffer text = {0}, json = {0};
	json_t *rows;

	record_runs(store, &one, 1, 2);
	assert_int_equal(aw_baseline_run_end(begin_run(store, "ci"), &failed), 0);
	end_run(begin_run(store, "other"));
	list(store, false, &text);
	assert_says(&text, "BASELINE");
	assert_says(&text, "ci");
	assert_says(&text, "2026-11-20 ");
	list(store, true, &json);
	rows = json_loadb(json.data, json.length, 0, NULL);
	assert_int_equal(json_array_size(rows), 2);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 0), "runs")), 3);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 0), "complete")),
			 2);
	json_decref(rows);
	aw_baseline_close(store);
}

static void show(struct lesson *lesson, bool as_json, struct aw_buffer *ret)
{
	assert_int_equal(aw_baseline_show_format(ret, lesson->learned, as_json), 0);
}

/* Three runs, one of them with something of its own, one partial run, something sensitive. */
static void make_lesson(struct lesson *lesson, const char *path)
{
	const struct sample samples[] = {
		S(7, READ, NULL, "/data/a"),	       S(2, WRITE, NULL, "/data/once"),
		S(7, READ, "HOME", "/.netrc"),	       S(1, TCP, NULL, "192.0.2.9:443"),
		S(7, TCP, NULL, "169.254.169.254:80"),
	};
	const struct aw_baseline_outcome late = {.why_partial = "it came late to the cgroup"};
	struct aw_baseline_run *run;

	lesson->store = open_store(path);
	record_runs(lesson->store, samples, sizeof(samples) / sizeof(samples[0]), 3);
	run = begin_run(lesson->store, "ci");
	observe(run, AW_OP_READ, NULL, "/data/partial");
	assert_int_equal(aw_baseline_run_end(run, &late), 0);
	generalize(lesson);
}

static void show_says_what_it_is_worth_and_what_to_look_at(void **state)
{
	struct fixture *f = *state;
	struct lesson lesson = {0};
	_cleanup_buffer_ struct aw_buffer text = {0};

	make_lesson(&lesson, f->path);
	show(&lesson, false, &text);
	assert_says(&text, "3 complete runs, 1 not complete and left out");
	assert_says(&text, "2 of 3 runs did something that no other did");
	assert_says(&text, "3 runs prove little");
	assert_says(&text, "it came late to the cgroup");
	assert_says(&text, "Seen in one run only");
	assert_says(&text, "/data/once");
	assert_says(&text, "192.0.2.9 port 443");
	assert_says(&text, "Sensitive, and used by the runs");
	assert_says(&text, "${HOME}/.netrc");
	assert_says(&text, "169.254.169.254 port 80");
	assert_says(&text, "policy new ci");
	assert_null(strstr(text.data, "/data/partial"));
	lesson_forget(&lesson);
}

static void show_as_json_has_all_runs_and_rules(void **state)
{
	struct fixture *f = *state;
	struct lesson lesson = {0};
	_cleanup_buffer_ struct aw_buffer text = {0};
	json_t *root, *rule;

	make_lesson(&lesson, f->path);
	show(&lesson, true, &text);
	root = json_loadb(text.data, text.length, 0, NULL);
	assert_non_null(root);
	assert_int_equal(json_array_size(json_object_get(root, "runs")), 4);
	assert_int_equal(json_array_size(json_object_get(root, "rules")), 3);
	assert_int_equal(json_array_size(json_object_get(root, "addresses")), 2);
	rule = json_array_get(json_object_get(root, "rules"), 0);
	assert_string_equal(json_string_value(json_object_get(rule, "pattern")), "${HOME}/.netrc");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(rule, "operations"), "read")),
		3);
	assert_int_equal(json_integer_value(
				 json_object_get(json_object_get(root, "trust"), "complete_runs")),
			 3);
	json_decref(root);
	lesson_forget(&lesson);
}

static void peers_are_shown_by_name_where_they_have_one(void **state)
{
	const struct sample samples[] = {
		S(1, TCP, NULL, "a.example:443"),
		S(2, TCP, NULL, "192.0.2.9:443"),
		{.runs = 1, .op = AW_OP_RESOLVE, .name = "only.example", .kind = AW_OBJECT_HOST},
	};
	struct fixture *f = *state;
	struct lesson lesson = {.store = open_store(f->path)};
	_cleanup_buffer_ struct aw_buffer text = {0}, json = {0};
	json_t *root, *nets, *expected;

	record_runs(lesson.store, samples, sizeof(samples) / sizeof(samples[0]), 2);
	generalize(&lesson);
	show(&lesson, false, &text);
	assert_says(&text, " a.example port 443 ");
	assert_says(&text, " 192.0.2.9 port 443 ");
	assert_says(&text, "resolve     only.example ");
	show(&lesson, true, &json);
	root = json_loadb(json.data, json.length, 0, NULL);
	nets = json_object_get(root, "addresses");
	expected = json_pack("[{s:s,s:n,s:s,s:s},{s:s,s:s,s:n,s:s},{s:s,s:s,s:n,s:n}]", "operation",
			     "tcp", "host", "address", "192.0.2.9 port 443", "port", "443",
			     "operation", "tcp", "host", "a.example", "address", "port", "443",
			     "operation", "resolve", "host", "only.example", "address", "port");
	assert_int_equal(json_array_size(nets), 3);
	for (size_t i = 0; i < 3; i++) {
		json_t *value;
		const char *key;

		json_object_foreach(json_array_get(expected, i), key, value) assert_true(
			json_equal(json_object_get(json_array_get(nets, i), key), value));
	}
	json_decref(expected);
	json_decref(root);
	lesson_forget(&lesson);
}

static void show_of_a_run_under_way_says_that_nothing_can_be_learned_yet(void **state)
{
	struct fixture *f = *state;
	struct lesson lesson = {.store = open_store(f->path)};
	struct aw_baseline_run *run = begin_run(lesson.store, "ci");
	_cleanup_buffer_ struct aw_buffer text = {0};

	generalize(&lesson);
	show(&lesson, false, &text);
	assert_says(&text, "0 complete runs");
	assert_says(&text, "Nothing can be learned from it yet");
	assert_says(&text, "running");
	assert_null(strstr(text.data, "policy new"));
	aw_baseline_run_abandon(run);
	lesson_forget(&lesson);
}

static void what_is_cut_from_the_text_is_counted(void **state)
{
	struct fixture *f = *state;
	struct lesson lesson = {.store = open_store(f->path)};
	_cleanup_buffer_ struct aw_buffer text = {0};
	static char names[AW_SHOW_RULES_MAX + 7][32];

	for (int i = 0; i < AW_SHOW_RULES_MAX + 7; i++) {
		const struct sample s = S(1, READ, NULL, names[i]);

		snprintf(names[i], sizeof(names[i]), "/data/w%c%c", 'a' + i / 26, 'a' + i % 26);
		if (i == 0)
			record_runs(lesson.store, &s, 1, 2);
	}
	{
		struct aw_baseline_run *run = begin_run(lesson.store, "ci");

		for (int i = 1; i < AW_SHOW_RULES_MAX + 7; i++)
			observe(run, AW_OP_READ, NULL, names[i]);
		end_run(run);
	}
	generalize(&lesson);
	show(&lesson, false, &text);
	assert_says(&text, "and 7 more");
	lesson_forget(&lesson);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(an_empty_store_says_how_to_begin),
		T(the_list_counts_runs_and_complete_ones),
		T(show_says_what_it_is_worth_and_what_to_look_at),
		T(show_as_json_has_all_runs_and_rules),
		T(peers_are_shown_by_name_where_they_have_one),
		T(show_of_a_run_under_way_says_that_nothing_can_be_learned_yet),
		T(what_is_cut_from_the_text_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
