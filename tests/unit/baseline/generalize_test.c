/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes a glob and what stays a name: by evidence, and never over anything sensitive. */
#include "policy/learned_fixture.h"

#define ALL5 0x1f

/* An observation: bit mask of runs, operation, anchor or NULL, name. */
#define S(runs_, op_, anchor_, name_)                                                    \
	{                                                                                \
		.runs = (runs_), .op = AW_OP_##op_, .anchor = (anchor_), .name = (name_) \
	}

/* The rule of this pattern, NULL where there is none. */
static const struct aw_learned_rule *rule_of(const struct lesson *lesson, const char *pattern)
{
	aw_vec_for_each (rule, &lesson->learned->rules)
		if (!strcmp(rule->pattern, pattern))
			return rule;
	return NULL;
}

static void assert_rule(const struct lesson *lesson, const char *pattern,
			enum aw_learned_class class)
{
	const struct aw_learned_rule *rule = rule_of(lesson, pattern);

	if (!rule) {
		aw_vec_for_each (other, &lesson->learned->rules)
			print_message("%s\n", other->pattern);
		fail_msg("no rule %s", pattern);
	}
	if (rule->class != class)
		fail_msg("%s: %s", pattern, aw_learned_class_name(rule->class));
}

static void assert_no_rule(const struct lesson *lesson, const char *pattern)
{
	if (rule_of(lesson, pattern))
		fail_msg("there is a rule %s", pattern);
}

#define LEARN(lesson, n_runs, ...)                                                    \
	const struct sample samples[] = __VA_ARGS__;                                  \
	const size_t n_samples = sizeof(samples) / sizeof(samples[0]);                \
	struct lesson lesson = {0};                                                   \
	learn(&lesson, ((struct fixture *)*state)->path, samples, n_samples, n_runs); \
	assert_all_permitted(&lesson, samples, n_samples)

static void names_that_every_run_uses_stay_names(void **state)
{
	LEARN(lesson, 5,
	      {S(ALL5, READ, NULL, "/data/a"), S(ALL5, READ, NULL, "/data/b1"),
	       S(ALL5, READ, NULL, "/data/b2"), S(ALL5, READ, NULL, "/data/b3"),
	       S(ALL5, READ, NULL, "/data/c")});

	assert_rule(&lesson, "/data/a", AW_LEARNED_LITERAL);
	assert_rule(&lesson, "/data/b1", AW_LEARNED_LITERAL);
	assert_false(allows(&lesson, AW_OP_READ, NULL, "/data/b4"));
	assert_int_equal(lesson.learned->n_breaking, 0);
	lesson_forget(&lesson);
}

static void a_hundred_stable_names_are_no_reason_for_a_glob(void **state)
{
	struct sample samples[100];
	char names[100][32];
	struct lesson lesson = {0};

	for (int i = 0; i < 100; i++) {
		snprintf(names[i], sizeof(names[i]), "/data/word%c%c", 'a' + i / 10, 'a' + i % 10);
		samples[i] = (struct sample){.runs = ALL5, .op = AW_OP_READ, .name = names[i]};
	}
	learn(&lesson, ((struct fixture *)*state)->path, samples, 100, 5);
	assert_int_equal(lesson.learned->rules.n, 100);
	lesson_forget(&lesson);
}

static void names_that_differ_in_each_run_open_their_folder(void **state)
{
	LEARN(lesson, 5,
	      {S(1, READ, NULL, "/data/apple"), S(2, READ, NULL, "/data/pear"),
	       S(4, READ, NULL, "/data/plum"), S(8, READ, NULL, "/data/fig"),
	       S(16, READ, NULL, "/data/lime")});

	assert_rule(&lesson, "/data/*", AW_LEARNED_OPEN);
	assert_true(allows(&lesson, AW_OP_READ, NULL, "/data/kiwi"));
	assert_false(allows(&lesson, AW_OP_WRITE, NULL, "/data/kiwi"));
	assert_false(allows(&lesson, AW_OP_READ, NULL, "/data/kiwi/seed"));
	assert_int_equal(lesson.learned->n_breaking, 0);
	lesson_forget(&lesson);
}

static void what_the_open_names_have_in_common_stays(void **state)
{
	LEARN(lesson, 5,
	      {S(1, READ, NULL, "/data/out-apple.log"), S(2, READ, NULL, "/data/out-pear.log"),
	       S(4, READ, NULL, "/data/out-plum.log"), S(8, READ, NULL, "/data/out-fig.log")});

	assert_rule(&lesson, "/data/out-*.log", AW_LEARNED_OPEN);
	lesson_forget(&lesson);
}

static void fewer_than_five_runs_open_nothing(void **state)
{
	LEARN(lesson, 4,
	      {S(1, READ, NULL, "/data/apple"), S(2, READ, NULL, "/data/pear"),
	       S(4, READ, NULL, "/data/plum"), S(8, READ, NULL, "/data/fig")});

	assert_no_rule(&lesson, "/data/*");
	assert_int_equal(lesson.learned->rules.n, 4);
	assert_int_equal(lesson.learned->n_breaking, 4);
	lesson_forget(&lesson);
}

static void names_used_differently_are_judged_apart(void **state)
{
	LEARN(lesson, 5,
	      {S(1, READ, NULL, "/data/apple"), S(2, READ, NULL, "/data/pear"),
	       S(4, READ, NULL, "/data/plum"), S(8, READ, NULL, "/data/fig"),
	       S(ALL5, WRITE, NULL, "/data/state")});

	assert_rule(&lesson, "/data/*", AW_LEARNED_OPEN);
	assert_rule(&lesson, "/data/state", AW_LEARNED_LITERAL);
	assert_false(allows(&lesson, AW_OP_WRITE, NULL, "/data/apple"));
	lesson_forget(&lesson);
}

static void system_folders_are_never_called_open(void **state)
{
	LEARN(lesson, 5,
	      {S(1, READ, NULL, "/etc/apple"), S(2, READ, NULL, "/etc/pear"),
	       S(4, READ, NULL, "/etc/plum"), S(8, READ, NULL, "/etc/fig"),
	       S(1, READ, NULL, "/home/ann/x"), S(2, READ, NULL, "/home/bob/x"),
	       S(4, READ, NULL, "/home/cid/x"), S(8, READ, NULL, "/home/dan/x")});

	assert_int_equal(lesson.learned->rules.n, 8);
	lesson_forget(&lesson);
}

static void programs_are_named_however_much_they_differ(void **state)
{
	LEARN(lesson, 5,
	      {S(1, EXEC, NULL, "/opt/tools/apple"), S(2, EXEC, NULL, "/opt/tools/pear"),
	       S(4, EXEC, NULL, "/opt/tools/plum"), S(8, EXEC, NULL, "/opt/tools/fig"),
	       S(1, EXEC, NULL, "/opt/tools/job1"), S(2, EXEC, NULL, "/opt/tools/job2"),
	       S(4, EXEC, NULL, "/opt/tools/job3")});

	assert_int_equal(lesson.learned->rules.n, 7);
	assert_false(allows(&lesson, AW_OP_EXEC, NULL, "/opt/tools/nc"));
	lesson_forget(&lesson);
}

static void temporary_names_are_known_from_one_run(void **state)
{
	LEARN(lesson, 1,
	      {S(1, CREATE, NULL, "/tmp/cc12AbCd.s"), S(1, WRITE, NULL, "/tmp/cc12AbCd.s"),
	       S(1, CREATE, NULL, "/tmp/report.txt")});

	assert_rule(&lesson, "/tmp/cc??????.s", AW_LEARNED_TYPED);
	assert_rule(&lesson, "/tmp/report.txt", AW_LEARNED_LITERAL);
	assert_true(allows(&lesson, AW_OP_WRITE, NULL, "/tmp/ccZZZZZZ.s"));
	assert_false(allows(&lesson, AW_OP_WRITE, NULL, "/tmp/ccZZZZZZ.o"));
	lesson_forget(&lesson);
}

static void a_name_of_a_sure_kind_that_comes_again_stays(void **state)
{
	LEARN(lesson, 3,
	      {S(7, READ, NULL, "/proc/1/stat"),
	       S(7, READ, NULL, "/srv/01234567-89ab-cdef-0123-456789abcdef")});

	assert_rule(&lesson, "/proc/1/stat", AW_LEARNED_LITERAL);
	assert_rule(&lesson, "/srv/01234567-89ab-cdef-0123-456789abcdef", AW_LEARNED_LITERAL);
	lesson_forget(&lesson);
}

static void process_ids_become_their_kind_and_the_names_below_are_merged(void **state)
{
	LEARN(lesson, 2,
	      {S(1, READ, NULL, "/proc/100/stat"), S(1, READ, NULL, "/proc/100/status"),
	       S(2, READ, NULL, "/proc/200/stat"), S(2, READ, NULL, "/proc/200/status")});

	assert_int_equal(lesson.learned->rules.n, 2);
	assert_rule(&lesson, "/proc/[0-9]*/stat", AW_LEARNED_TYPED);
	assert_false(allows(&lesson, AW_OP_READ, NULL, "/proc/300/environ"));
	assert_false(allows(&lesson, AW_OP_READ, NULL, "/proc/self/stat"));
	lesson_forget(&lesson);
}

static void numbers_need_three_runs(void **state)
{
	LEARN(lesson, 3,
	      {S(1, WRITE, NULL, "/var/log/job-1.log"), S(2, WRITE, NULL, "/var/log/job-2.log"),
	       S(4, WRITE, NULL, "/var/log/job-3.log"), S(1, WRITE, NULL, "/var/log/two-1.log"),
	       S(2, WRITE, NULL, "/var/log/two-2.log")});

	assert_rule(&lesson, "/var/log/job-[0-9]*.log", AW_LEARNED_TYPED);
	assert_rule(&lesson, "/var/log/two-1.log", AW_LEARNED_LITERAL);
	lesson_forget(&lesson);
}

static void three_numbers_in_two_runs_are_not_enough(void **state)
{
	LEARN(lesson, 2,
	      {S(1, WRITE, NULL, "/var/log/job-1.log"), S(2, WRITE, NULL, "/var/log/job-2.log"),
	       S(2, WRITE, NULL, "/var/log/job-3.log")});

	assert_int_equal(lesson.learned->rules.n, 3);
	lesson_forget(&lesson);
}

static void content_addressed_stores_merge_at_both_levels(void **state)
{
	LEARN(lesson, 2,
	      {S(1, CREATE, NULL, "/srv/r.git/objects/ab/0123456789abcdef0123456789abcdef012345"),
	       S(1, CREATE, NULL, "/srv/r.git/objects/cd/1123456789abcdef0123456789abcdef012345"),
	       S(2, CREATE, NULL, "/srv/r.git/objects/ef/2123456789abcdef0123456789abcdef012345"),
	       S(1, CREATE, NULL, "/srv/r.git/objects/ab/tmp_obj_a1B2c3"),
	       S(2, CREATE, NULL, "/srv/r.git/objects/ef/tmp_obj_x9Y8z7")});

	assert_rule(&lesson, "/srv/r.git/objects/[0-9a-f][0-9a-f]/*", AW_LEARNED_TYPED);
	assert_rule(&lesson, "/srv/r.git/objects/[0-9a-f][0-9a-f]/tmp_obj_??????",
		    AW_LEARNED_TYPED);
	assert_int_equal(lesson.learned->rules.n, 2);
	lesson_forget(&lesson);
}

static void a_folder_that_every_run_makes_is_the_runs_own(void **state)
{
	LEARN(lesson, 2,
	      {S(1, CREATE, NULL, "/tmp/tmp.aaaaBBBB11"),
	       S(1, CREATE, NULL, "/tmp/tmp.aaaaBBBB11/x"),
	       S(1, WRITE, NULL, "/tmp/tmp.aaaaBBBB11/x"),
	       S(1, READ, NULL, "/tmp/tmp.aaaaBBBB11/x"), S(2, CREATE, NULL, "/tmp/tmp.aaaaCCCC22"),
	       S(2, CREATE, NULL, "/tmp/tmp.aaaaCCCC22/y"),
	       S(2, WRITE, NULL, "/tmp/tmp.aaaaCCCC22/y"),
	       S(2, READ, NULL, "/tmp/tmp.aaaaCCCC22/y")});

	assert_rule(&lesson,
		    "/tmp/tmp.????????"
		    "?"
		    "?"
		    "/**",
		    AW_LEARNED_OWN);
	assert_int_equal(lesson.learned->rules.n, 1);
	assert_false(allows(&lesson, AW_OP_EXEC, NULL, "/tmp/tmp.aaaaDDDD33/x"));
	lesson_forget(&lesson);
}

/* A fresh home: the runs make .config, where others would look for what to run. */
static void a_folder_with_sensitive_places_in_it_is_never_opened_as_a_whole(void **state)
{
	LEARN(lesson, 2,
	      {S(3, CREATE, "HOME", "/.config"), S(3, CREATE, "HOME", "/.config/a"),
	       S(3, WRITE, "HOME", "/.config/a"), S(3, READ, "HOME", "/.config/a"),
	       S(3, CREATE, "HOME", "/.config/b"), S(3, WRITE, "HOME", "/.config/b"),
	       S(3, READ, "HOME", "/.config/b"), S(3, CREATE, "HOME", "/.cache"),
	       S(3, CREATE, "HOME", "/.cache/a"), S(3, WRITE, "HOME", "/.cache/a"),
	       S(3, READ, "HOME", "/.cache/a"), S(3, CREATE, "HOME", "/.cache/b"),
	       S(3, WRITE, "HOME", "/.cache/b"), S(3, READ, "HOME", "/.cache/b")});

	assert_rule(&lesson, "${HOME}/.cache/**", AW_LEARNED_OWN);
	assert_no_rule(&lesson, "${HOME}/.config/**");
	assert_false(allows(&lesson, AW_OP_CREATE, "HOME", "/.config/autostart/x.desktop"));
	lesson_forget(&lesson);
}

static void a_folder_that_was_there_before_is_not(void **state)
{
	LEARN(lesson, 2,
	      {S(3, READ, NULL, "/srv/shared/a"), S(3, READ, NULL, "/srv/shared/b"),
	       S(3, READ, NULL, "/srv/shared/c"), S(3, WRITE, NULL, "/srv/shared/a"),
	       S(3, WRITE, NULL, "/srv/shared/b"), S(3, WRITE, NULL, "/srv/shared/c"),
	       S(1, CREATE, NULL, "/srv/shared")}); /* one run of two */

	assert_no_rule(&lesson, "/srv/shared/**");
	lesson_forget(&lesson);
}

static void the_workspace_is_one_rule_of_the_operations_seen(void **state)
{
	LEARN(lesson, 2,
	      {S(3, READ, "WORKSPACE", ""), S(3, READ, "WORKSPACE", "/a"),
	       S(3, WRITE, "WORKSPACE", "/b/c"), S(3, EXEC, "WORKSPACE", "/build/test")});

	assert_rule(&lesson, "${WORKSPACE}/**", AW_LEARNED_WORKSPACE);
	assert_rule(&lesson, "${WORKSPACE}/build/test", AW_LEARNED_LITERAL);
	assert_true(allows(&lesson, AW_OP_WRITE, "WORKSPACE", "/anything/else"));
	assert_false(allows(&lesson, AW_OP_DELETE, "WORKSPACE", "/a"));
	assert_false(allows(&lesson, AW_OP_EXEC, "WORKSPACE", "/a"));
	assert_false(allows(&lesson, AW_OP_READ, "WORKSPACE", "/deep/.env"));
	assert_false(allows(&lesson, AW_OP_WRITE, "WORKSPACE", "/r/.git/hooks/pre-commit"));
	assert_true(allows(&lesson, AW_OP_WRITE, "WORKSPACE", "/r/.git/hooks/pre-commit.sample"));
	lesson_forget(&lesson);
}

static void system_trees_are_for_reading_alone(void **state)
{
	LEARN(lesson, 2,
	      {S(3, READ, NULL, "/usr/lib/a"), S(3, READ, NULL, "/usr/lib/b"),
	       S(3, MAP, NULL, "/usr/lib/c.so"), S(3, EXEC, NULL, "/usr/lib/git-core/git"),
	       S(3, READ, NULL, "/usr/share/only-one")});

	assert_rule(&lesson, "/usr/lib/**", AW_LEARNED_SYSTEM);
	assert_rule(&lesson, "/usr/lib/git-core/git", AW_LEARNED_LITERAL);
	assert_rule(&lesson, "/usr/share/only-one", AW_LEARNED_LITERAL);
	assert_false(allows(&lesson, AW_OP_EXEC, NULL, "/usr/lib/other"));
	assert_false(allows(&lesson, AW_OP_WRITE, NULL, "/usr/lib/a"));
	lesson_forget(&lesson);
}

static void what_is_sensitive_becomes_a_name_for_review(void **state)
{
	LEARN(lesson, 5,
	      {S(1, READ, "HOME", "/.ssh/known_hosts"), S(2, READ, "HOME", "/.ssh/config"),
	       S(4, READ, "HOME", "/.ssh/id_rsa"), S(8, READ, "HOME", "/.ssh/id_ed25519"),
	       S(ALL5, READ, "WORKSPACE", "/.env"), S(ALL5, READ, "WORKSPACE", "/a"),
	       S(ALL5, READ, "WORKSPACE", "/b"), S(ALL5, READ, "WORKSPACE", "/c"),
	       S(ALL5, UNIX, NULL, "/run/docker.sock"), S(ALL5, TCP, NULL, "169.254.169.254:80")});
	const struct sample metadata = {.op = AW_OP_TCP, .name = "169.254.169.254:80"};
	const struct sample env = {.op = AW_OP_READ, .anchor = "WORKSPACE", .name = "/.env"};

	assert_rule(&lesson, "${HOME}/.ssh/id_rsa", AW_LEARNED_REVIEW);
	assert_rule(&lesson, "${WORKSPACE}/.env", AW_LEARNED_REVIEW);
	assert_rule(&lesson, "/run/docker.sock", AW_LEARNED_REVIEW);
	assert_false(allows(&lesson, AW_OP_READ, "HOME", "/.ssh/other"));
	assert_false(allows(&lesson, AW_OP_READ, "WORKSPACE", "/sub/.env"));
	assert_int_equal(ask(&lesson, &env), AW_VERDICT_FLAG);
	assert_int_equal(ask(&lesson, &metadata), AW_VERDICT_FLAG);
	assert_non_null(strstr(lesson.text, "NEEDS REVIEW"));
	lesson_forget(&lesson);
}

static void a_glob_that_would_reach_something_sensitive_is_not_written(void **state)
{
	LEARN(lesson, 5,
	      {S(1, READ, NULL, "/tmp/ssh-aaaa/x"), S(2, READ, NULL, "/tmp/ssh-bbbb/x"),
	       S(4, READ, NULL, "/tmp/apple/x"), S(8, READ, NULL, "/tmp/pear/x")});

	assert_no_rule(&lesson, "/tmp/*/x");
	assert_false(allows(&lesson, AW_OP_READ, NULL, "/tmp/ssh-cccc/agent.1"));
	lesson_forget(&lesson);
}

static void harmless_names_among_sensitive_ones_stay_allowed(void **state)
{
	LEARN(lesson, 5,
	      {S(1, READ, NULL, "/data/apple"), S(2, READ, NULL, "/data/pear"),
	       S(4, READ, NULL, "/data/plum"), S(8, READ, NULL, "/data/fig"),
	       S(16, READ, NULL, "/data/.env.example"), S(1, READ, NULL, "/usr/share/a"),
	       S(1, READ, NULL, "/usr/share/b"), S(1, READ, NULL, "/usr/share/c/.env.sample"),
	       S(1, READ, NULL, "/usr/share/d"), S(1, CREATE, NULL, "/tmp/tmp.aaaaBBBB11"),
	       S(1, CREATE, NULL, "/tmp/tmp.aaaaBBBB11/.git"),
	       S(1, CREATE, NULL, "/tmp/tmp.aaaaBBBB11/.git/hooks"),
	       S(1, CREATE, NULL, "/tmp/tmp.aaaaBBBB11/.git/hooks/a.sample"),
	       S(1, WRITE, NULL, "/tmp/tmp.aaaaBBBB11/.git/hooks/a.sample"),
	       S(1, CREATE, NULL, "/tmp/tmp.aaaaBBBB11/x"),
	       S(1, WRITE, NULL, "/tmp/tmp.aaaaBBBB11/x")});

	assert_rule(&lesson, "/data/*", AW_LEARNED_OPEN);
	assert_false(allows(&lesson, AW_OP_READ, NULL, "/data/.env"));
	assert_false(allows(&lesson, AW_OP_CREATE, NULL, "/tmp/tmp.aaaaBBBB11/.git/hooks/a"));
	lesson_forget(&lesson);
}

static void kernel_picked_ports_become_their_range(void **state)
{
	LEARN(lesson, 3,
	      {S(1, TCP, NULL, "127.0.0.1:40001"), S(2, TCP, NULL, "127.0.0.1:40002"),
	       S(4, TCP, NULL, "127.0.0.1:40003"), S(7, TCP, NULL, "127.0.0.1:8080"),
	       S(1, TCP, NULL, "192.0.2.1:40001"), S(2, TCP, NULL, "192.0.2.1:40003"),
	       S(7, UDP, NULL, "2001:db8::1:53")});
	const struct sample other = {.op = AW_OP_TCP, .name = "127.0.0.1:50000"};
	const struct sample low = {.op = AW_OP_TCP, .name = "127.0.0.1:22"};
	const struct sample remote = {.op = AW_OP_TCP, .name = "192.0.2.1:40002"};

	assert_true(permits(&lesson, &other));
	assert_false(permits(&lesson, &low));
	assert_false(permits(&lesson, &remote));
	lesson_forget(&lesson);
}

static void partial_and_denied_teach_nothing(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	const struct sample common = S(1, READ, NULL, "/data/common");
	const struct aw_baseline_outcome failed = {.exit_status = 1};
	struct aw_observation denied = observation(AW_OP_READ, NULL, "/data/denied");
	struct aw_baseline_run *run = NULL;
	struct lesson lesson = {.store = store};

	record_runs(store, &common, 1, 1);
	run = begin_run(store, "ci");
	observe(run, AW_OP_READ, NULL, "/data/common");
	observe(run, AW_OP_READ, NULL, "/data/partial");
	assert_int_equal(aw_baseline_run_end(run, &failed), 0);
	run = begin_run(store, "ci");
	denied.effect = AW_EFFECT_DENIED;
	assert_int_equal(aw_baseline_observe(run, &denied), 0);
	end_run(run);
	generalize(&lesson);
	assert_int_equal(lesson.learned->rules.n, 1);
	assert_rule(&lesson, "/data/common", AW_LEARNED_LITERAL);
	assert_int_equal(
		aw_run_sets_size(lesson.evidence->sets, lesson.learned->rules.items[0].set), 1);
	assert_int_equal(lesson.evidence->n_partial_only, 1);
	assert_int_equal(lesson.evidence->n_denied, 1);
	assert_int_equal(lesson.evidence->n_complete, 2);
	lesson_forget(&lesson);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(names_that_every_run_uses_stay_names),
		T(a_hundred_stable_names_are_no_reason_for_a_glob),
		T(names_that_differ_in_each_run_open_their_folder),
		T(what_the_open_names_have_in_common_stays),
		T(fewer_than_five_runs_open_nothing),
		T(names_used_differently_are_judged_apart),
		T(system_folders_are_never_called_open),
		T(programs_are_named_however_much_they_differ),
		T(temporary_names_are_known_from_one_run),
		T(a_name_of_a_sure_kind_that_comes_again_stays),
		T(process_ids_become_their_kind_and_the_names_below_are_merged),
		T(numbers_need_three_runs),
		T(three_numbers_in_two_runs_are_not_enough),
		T(content_addressed_stores_merge_at_both_levels),
		T(a_folder_that_every_run_makes_is_the_runs_own),
		T(a_folder_with_sensitive_places_in_it_is_never_opened_as_a_whole),
		T(a_folder_that_was_there_before_is_not),
		T(the_workspace_is_one_rule_of_the_operations_seen),
		T(system_trees_are_for_reading_alone),
		T(what_is_sensitive_becomes_a_name_for_review),
		T(a_glob_that_would_reach_something_sensitive_is_not_written),
		T(harmless_names_among_sensitive_ones_stay_allowed),
		T(kernel_picked_ports_become_their_range),
		T(partial_and_denied_teach_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
