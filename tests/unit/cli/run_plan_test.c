/* SPDX-License-Identifier: Apache-2.0 */
/* From options to what is run, without running it. */
#include "cli/cli_fixture.h"
#include "cli/run_plan.h"

#define PLAIN "version: 1\nname: team/ci\nrules: [{id: a, allow: [read], path: [/usr/x]}]\n"

/* A plan as aw_run_verb begins it, for a command of one word. */
struct attempt {
	struct aw_run_plan plan;
	char *argv[2];
	int status;
};

static void begin(struct attempt *attempt, enum aw_mode mode, char *command)
{
	*attempt = (struct attempt){.argv = {command}};
	attempt->plan.verb = &aw_verb_learn;
	attempt->plan.config.mode = mode;
	attempt->plan.operands = (struct aw_operands){attempt->argv, 1};
	attempt->plan.args.as_root = true;
	attempt->plan.args.events = "none";
}

static int make(struct attempt *attempt)
{
	return aw_run_plan_make(&attempt->plan, &attempt->status);
}

static void refuse(struct attempt *attempt, int status, const char *part)
{
	assert_true(make(attempt) < 0);
	assert_int_equal(attempt->status, status);
	cli_expect(attempt->plan.diag.message, part);
	aw_run_plan_done(&attempt->plan);
}

static void learning_adds_to_the_baseline_of_the_commands_name(void **state)
{
	struct attempt attempt;

	begin(&attempt, AW_MODE_OBSERVE, "/bin/sh");
	assert_int_equal(make(&attempt), 0);
	assert_string_equal(attempt.plan.config.name, "sh");
	assert_string_equal(attempt.plan.config.baseline, "sh");
	assert_string_equal(attempt.plan.config.path, "/bin/sh");
	assert_string_equal(attempt.plan.config.argv[0], "/bin/sh");
	assert_string_equal(attempt.plan.config.user->name, "root");
	assert_null(attempt.plan.config.events);
	assert_null(attempt.plan.config.image);
	aw_run_plan_done(&attempt.plan);
}

static void events_are_kept_only_where_asked_when_learning(void **state)
{
	struct attempt attempt;

	begin(&attempt, AW_MODE_OBSERVE, "sh");
	attempt.plan.args.events = NULL;
	assert_int_equal(make(&attempt), 0);
	assert_null(attempt.plan.config.events);
	aw_run_plan_done(&attempt.plan);
	begin(&attempt, AW_MODE_OBSERVE, "sh");
	attempt.plan.args.events = "x.jsonl";
	assert_int_equal(make(&attempt), 0);
	assert_string_equal(attempt.plan.config.events, "x.jsonl");
	aw_run_plan_done(&attempt.plan);
}

static void a_command_that_is_missing_and_one_that_cannot_be_run_differ(void **state)
{
	struct attempt attempt;

	begin(&attempt, AW_MODE_OBSERVE, "no-such-command");
	refuse(&attempt, 127, "there is no command \"no-such-command\"");
	begin(&attempt, AW_MODE_OBSERVE, "/etc/passwd");
	refuse(&attempt, 126, "\"/etc/passwd\" cannot be run");
}

static void names_are_made_fit_and_given_ones_are_checked(void **state)
{
	struct folder *folder = *state;
	struct attempt attempt;

	folder_write(folder_file(folder, "p.yaml"), PLAIN);
	begin(&attempt, AW_MODE_ENFORCE, "sh");
	attempt.plan.args.policy = folder->name;
	assert_int_equal(make(&attempt), 0);
	assert_string_equal(attempt.plan.config.name, "ci");
	assert_null(attempt.plan.config.baseline);
	aw_run_plan_done(&attempt.plan);
	for (size_t i = 0; i < 5; i++) {
		static const char *const bad[] = {"a/b", ".a", "-a", "a b", "a\n"};

		begin(&attempt, AW_MODE_OBSERVE, "sh");
		attempt.plan.args.name = bad[i];
		refuse(&attempt, 125, "is no name");
	}
}

static void a_policy_is_compiled_and_its_anchors_numbered(void **state)
{
	struct folder *folder = *state;
	char policy[128], data[128];
	struct attempt attempt;

	snprintf(policy, sizeof(policy), "%s", folder_file(folder, "p.yaml"));
	folder_write(policy, "version: 1\nname: p\nanchors: {DATA: {}}\n"
			     "rules: [{id: a, allow: [read], path: [\"${DATA}/**\"]}]\n");
	snprintf(data, sizeof(data), "DATA=%s", folder->path);
	begin(&attempt, AW_MODE_ENFORCE, "sh");
	attempt.plan.args.policy = policy;
	attempt.plan.args.anchors = (struct aw_option_list){.items = {data}, .n = 1};
	if (make(&attempt) < 0)
		fail_msg("%s", attempt.plan.diag.message);
	assert_non_null(attempt.plan.config.image);
	assert_int_equal(attempt.plan.config.n_anchors, 1);
	assert_string_equal(attempt.plan.config.anchors[0].name, "DATA");
	assert_string_equal(attempt.plan.config.anchors[0].path, folder->path);
	assert_int_equal(attempt.plan.config.anchors[0].index, 0);
	aw_run_plan_done(&attempt.plan);
	begin(&attempt, AW_MODE_ENFORCE, "sh");
	attempt.plan.args.policy = policy;
	refuse(&attempt, 125, "anchor DATA is bound to nothing");
}

static void a_policy_that_cannot_be_used_stops_everything(void **state)
{
	struct folder *folder = *state;
	struct attempt attempt;

	begin(&attempt, AW_MODE_ENFORCE, "sh");
	attempt.plan.args.policy = "/nonexistent.yaml";
	refuse(&attempt, 125, "No such file");
	folder_write(folder_file(folder, "p.yaml"), "version: 1\nrules: [{id: a}]\n");
	begin(&attempt, AW_MODE_ENFORCE, "sh");
	attempt.plan.args.policy = folder->name;
	refuse(&attempt, 125, "");
	assert_int_equal(attempt.plan.diag.line, 2);
}

static void classes_that_may_be_partial_are_known_ones(void **state)
{
	struct attempt attempt;

	begin(&attempt, AW_MODE_OBSERVE, "sh");
	attempt.plan.args.allow_partial =
		(struct aw_option_list){.items = {"file", "guard"}, .n = 2};
	assert_int_equal(make(&attempt), 0);
	assert_int_equal(attempt.plan.config.allow_partial,
			 1u << AW_CLASS_FILE | 1u << AW_CLASS_GUARD);
	aw_run_plan_done(&attempt.plan);
	begin(&attempt, AW_MODE_OBSERVE, "sh");
	attempt.plan.args.allow_partial = (struct aw_option_list){.items = {"files"}, .n = 1};
	refuse(&attempt, 125, "no class \"files\"");
}

static void only_a_folder_of_the_v2_hierarchy_is_a_cgroup(void **state)
{
	struct attempt attempt;

	begin(&attempt, AW_MODE_OBSERVE, NULL);
	attempt.plan.args.cgroup = "/tmp";
	refuse(&attempt, 125, "not a cgroup that can be watched");
	begin(&attempt, AW_MODE_OBSERVE, NULL);
	attempt.plan.args.cgroup = "/nonexistent";
	refuse(&attempt, 125, "No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(learning_adds_to_the_baseline_of_the_commands_name),
		cmocka_unit_test(events_are_kept_only_where_asked_when_learning),
		cmocka_unit_test(a_command_that_is_missing_and_one_that_cannot_be_run_differ),
		FOLDER_TEST(names_are_made_fit_and_given_ones_are_checked),
		FOLDER_TEST(a_policy_is_compiled_and_its_anchors_numbered),
		FOLDER_TEST(a_policy_that_cannot_be_used_stops_everything),
		cmocka_unit_test(classes_that_may_be_partial_are_known_ones),
		cmocka_unit_test(only_a_folder_of_the_v2_hierarchy_is_a_cgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
