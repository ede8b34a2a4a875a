/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the verb, and what every verb does with a wrong command line. */
#include <ctype.h>

#include "cli/cli_fixture.h"
#include "version.h"

static void a_verb_is_found_by_one_word_or_two(void **state)
{
	char *one[] = {"learn", "--", "ls", NULL};
	char *two[] = {"policy", "check", "x.yaml", NULL};
	int words = 0;

	assert_ptr_equal(aw_verb_find(3, one, &words), &aw_verb_learn);
	assert_int_equal(words, 1);
	assert_ptr_equal(aw_verb_find(3, two, &words), &aw_verb_policy_check);
	assert_int_equal(words, 2);
	assert_null(aw_verb_find(1, two, &words));
	assert_null(aw_verb_find(0, two, &words));
}

static void nothing_at_all_is_wrong_usage_with_the_overview(void **state)
{
	struct cli_result result = cli_run((char *const[]){NULL});

	assert_int_equal(result.status, 2);
	cli_expect(result.err, "Usage: agentwatch VERB");
	cli_done(&result);
}

static void an_unknown_verb_gets_a_suggestion(void **state)
{
	cli_check(CLI("enfroce"), 2, "did you mean \"enforce\"?");
	cli_check(CLI("policy", "exlpain"), 2, "did you mean \"policy explain\"?");
	cli_check(CLI("policy"), 2, "policy check");
	cli_check(CLI("baseline", "--help"), 2, "baseline list");
	cli_check(CLI("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"), 2,
		  "there is no verb");
	cli_check(CLI("x\n\033[31m"), 2, "x\\n");
}

static void help_and_version_are_answers(void **state)
{
	struct cli_result result = CLI("--version");

	assert_int_equal(result.status, 0);
	assert_string_equal(result.out, "agentwatch " AW_VERSION "\n");
	cli_done(&result);
	result = CLI("help", "policy", "check");
	assert_int_equal(result.status, 0);
	cli_expect(result.out, "Usage: agentwatch policy check");
	cli_done(&result);
	result = CLI("-h");
	assert_int_equal(result.status, 0);
	cli_expect(result.out, "  doctor  ");
	cli_done(&result);
}

/* Words of a verb's name as words of a command line. */
static struct cli_result run_verb(const struct aw_verb *verb, char *extra)
{
	char name[64], *rest = name, *words[8] = {};
	int n = 0;

	snprintf(name, sizeof(name), "%s", verb->name);
	while ((words[n] = strsep(&rest, " ")))
		n++;
	words[n] = extra;
	return cli_run(words);
}

static void every_verb_refuses_an_unknown_option_and_shows_its_help(void **state)
{
	const struct aw_verb *verb;

	for (size_t i = 0; (verb = aw_verb_at(i)); i++) {
		struct cli_result result = run_verb(verb, "--help");

		assert_int_equal(result.status, 0);
		cli_expect(result.out, verb->name);
		cli_done(&result);
		cli_check(run_verb(verb, "--no-such-option"), verb->usage_status ?: 2,
			  "there is no option --no-such-option");
	}
}

static void verbs_that_run_something_fail_with_125(void **state)
{
	assert_int_equal(aw_verb_learn.usage_status, 125);
	assert_int_equal(aw_verb_audit.usage_status, 125);
	assert_int_equal(aw_verb_enforce.usage_status, 125);
	cli_check(CLI("learn"), 125, "there is no command to run");
	cli_check(CLI("enforce", "--", "ls"), 125, "--policy FILE is missing");
	cli_check(CLI("learn", "--cgroup", "/x", "--", "ls"), 125, "exclude each other");
	cli_check(CLI("learn", "--cgroup", "/x", "--as-root"), 125, "--cgroup runs nothing");
	cli_check(CLI("learn", "--ring-size", "1K", "--", "ls"), 125, "64K to 1G");
	cli_check(CLI("learn", "--ring-size", "2G", "--", "ls"), 125, "64K to 1G");
}

static void verbs_refuse_operands_that_they_do_not_take(void **state)
{
	cli_check(CLI("status", "x"), 2, "it takes no \"x\"");
	cli_check(CLI("baseline", "list", "x"), 2, "it takes no \"x\"");
	cli_check(CLI("baseline", "show"), 2, "it takes the name of one baseline");
	cli_check(CLI("policy", "new"), 2, "it takes the name of one BASELINE");
	cli_check(CLI("policy", "new", "--from", "a", "b"), 2, "it takes the name of one BASELINE");
	cli_check(CLI("policy", "check"), 2, "there is no FILE to check");
	cli_check(CLI("events", "a", "b"), 2, "it takes one FILE");
	cli_check(CLI("why"), 2, "it takes the id of one event, or --self");
	cli_check(CLI("why", "--self", "x"), 2, "it takes the id of one event, or --self");
	cli_check(CLI("why", "--self", "-n", "1001"), 2, "at most 1000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_verb_is_found_by_one_word_or_two),
		cmocka_unit_test(nothing_at_all_is_wrong_usage_with_the_overview),
		cmocka_unit_test(an_unknown_verb_gets_a_suggestion),
		cmocka_unit_test(help_and_version_are_answers),
		cmocka_unit_test(every_verb_refuses_an_unknown_option_and_shows_its_help),
		cmocka_unit_test(verbs_that_run_something_fail_with_125),
		cmocka_unit_test(verbs_refuse_operands_that_they_do_not_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
