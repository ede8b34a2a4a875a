/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing a command line against a table. */
#include "cli/cli_fixture.h"
#include "cli/options.h"

struct values {
	bool flag;
	const char *text;
	struct aw_option_list list;
	struct aw_option_list pairs;
	uint64_t number;
	uint64_t bytes;
	uint64_t ms;
};

static const struct aw_option options[] = {
	{"flag", 'f', NULL, AW_OPTION_FLAG, offsetof(struct values, flag), "x"},
	{"text", 't', "TEXT", AW_OPTION_TEXT, offsetof(struct values, text), "x"},
	{"list", 0, "ITEM", AW_OPTION_LIST, offsetof(struct values, list), "x"},
	{"pair", 0, "K=V", AW_OPTION_PAIRS, offsetof(struct values, pairs), "x"},
	{"number", 'n', "N", AW_OPTION_NUMBER, offsetof(struct values, number), "x"},
	{"bytes", 0, "BYTES", AW_OPTION_BYTES, offsetof(struct values, bytes), "x"},
	{"time", 0, "TIME", AW_OPTION_DURATION, offsetof(struct values, ms), "x"},
	{},
};

static const struct aw_example examples[] = {{"verb x", "does x"}, {}};
static const struct aw_exit_row exits[] = {{"0", "well"}, {}};

static const struct aw_verb verb = {
	.name = "verb",
	.operands = "[WORD…]",
	.summary = "does things",
	.text = "Does things.",
	.options = options,
	.examples = examples,
	.exits = exits,
};

static const struct aw_verb runner = {
	.name = "runner",
	.operands = "-- COMMAND",
	.summary = "runs things",
	.text = "Runs things.",
	.options = options,
	.examples = examples,
	.exits = exits,
	.takes_command = true,
	.usage_status = 125,
};

/* What was parsed; the words have to outlive it. */
struct parsed {
	int status;
	struct values values;
	struct aw_operands operands;
	char *words[CLI_WORDS_MAX];
	char *out, *err;
};

static struct parsed parse_with(const struct aw_verb *with, const char *const *words)
{
	char out_path[] = "/tmp/aw_cli_out.XXXXXX", err_path[] = "/tmp/aw_cli_err.XXXXXX";
	struct parsed parsed = {.words = {(char *)"verb"}};
	int argc = 1, out, err;

	for (; words[argc - 1]; argc++)
		parsed.words[argc] = (char *)words[argc - 1];
	close(mkstemp(out_path));
	close(mkstemp(err_path));
	out = cli_catch(stdout, out_path);
	err = cli_catch(stderr, err_path);
	parsed.status =
		aw_options_parse(with, argc, parsed.words, &parsed.values, &parsed.operands);
	parsed.out = cli_release(stdout, out, out_path);
	parsed.err = cli_release(stderr, err, err_path);
	return parsed;
}

#define PARSE(...)	  parse_with(&verb, (const char *const[]){__VA_ARGS__, NULL})
#define PARSE_RUNNER(...) parse_with(&runner, (const char *const[]){__VA_ARGS__, NULL})

static void done(struct parsed *parsed)
{
	free(parsed->out);
	free(parsed->err);
}

static void refuse(struct parsed parsed, const char *part)
{
	assert_int_equal(parsed.status, 2);
	cli_expect(parsed.err, part);
	cli_expect(parsed.err, "see 'agentwatch verb --help'");
	assert_string_equal(parsed.out, "");
	done(&parsed);
}

static void every_type_gets_its_value_in_every_form(void **state)
{
	struct parsed p = PARSE("--flag", "--text", "a", "--list=x", "--list", "y", "--pair",
				"k=v=w", "--number=12", "--bytes", "64K", "--time", "2s");

	assert_int_equal(p.status, -1);
	assert_true(p.values.flag);
	assert_string_equal(p.values.text, "a");
	assert_int_equal(p.values.list.n, 2);
	assert_string_equal(p.values.list.items[0], "x");
	assert_string_equal(p.values.list.items[1], "y");
	assert_null(p.values.list.items[2]);
	assert_string_equal(p.values.pairs.items[0], "k=v=w");
	assert_int_equal(p.values.number, 12);
	assert_int_equal(p.values.bytes, 65536);
	assert_int_equal(p.values.ms, 2000);
	assert_int_equal(p.operands.n, 0);
	done(&p);
}

static void letters_can_stand_together_and_beside_their_value(void **state)
{
	struct parsed p = PARSE("-ft", "a", "-n12");

	assert_int_equal(p.status, -1);
	assert_true(p.values.flag);
	assert_string_equal(p.values.text, "a");
	assert_int_equal(p.values.number, 12);
	done(&p);
}

static void operands_may_stand_anywhere(void **state)
{
	struct parsed p = PARSE("one", "--flag", "two", "-", "--", "--flag", "-x");

	assert_int_equal(p.status, -1);
	assert_true(p.values.flag);
	assert_int_equal(p.operands.n, 5);
	assert_string_equal(p.operands.items[0], "one");
	assert_string_equal(p.operands.items[1], "two");
	assert_string_equal(p.operands.items[2], "-");
	assert_string_equal(p.operands.items[3], "--flag");
	assert_string_equal(p.operands.items[4], "-x");
	assert_null(p.operands.items[5]);
	done(&p);
}

static void what_belongs_to_a_command_is_left_to_it(void **state)
{
	struct parsed p = PARSE_RUNNER("--flag", "make", "--text", "x", "--", "-n");

	assert_int_equal(p.status, -1);
	assert_null(p.values.text);
	assert_int_equal(p.operands.n, 5);
	assert_string_equal(p.operands.items[0], "make");
	assert_string_equal(p.operands.items[3], "--");
	done(&p);
	p = PARSE_RUNNER("--", "--flag", "x");
	assert_int_equal(p.status, -1);
	assert_false(p.values.flag);
	assert_int_equal(p.operands.n, 2);
	done(&p);
}

static void an_unknown_option_gets_a_suggestion(void **state)
{
	refuse(PARSE("--fflag"), "did you mean \"flag\"?");
	refuse(PARSE("--numbr=3"), "there is no option --numbr");
	refuse(PARSE("-z"), "there is no option -z");
	refuse(PARSE("-fz"), "there is no option -z");
}

static void values_that_are_missing_unwanted_empty_or_wrong_are_refused(void **state)
{
	refuse(PARSE("--text"), "--text needs a TEXT");
	refuse(PARSE("-t"), "--text needs a TEXT");
	refuse(PARSE("--flag=yes"), "--flag takes no value");
	refuse(PARSE("--text="), "the TEXT is empty");
	refuse(PARSE("--text", "a", "--text", "b"), "--text is given twice");
	refuse(PARSE("--pair", "x"), "NAME=VALUE");
	refuse(PARSE("--number", "x"), "is not understood");
	refuse(PARSE("--number", "99999999999999999999"), "is too much");
	refuse(PARSE("--bytes", "4X"), "64K");
	refuse(PARSE("--time", "5"), "90s");
}

static void lists_have_a_limit(void **state)
{
	char *argv[2 * AW_OPTION_LIST_MAX + 4] = {"verb"};
	struct values values = {};
	struct aw_operands operands;
	char err_path[] = "/tmp/aw_cli_err.XXXXXX", *text;
	int err, status;

	for (size_t i = 0; i <= AW_OPTION_LIST_MAX; i++) {
		argv[1 + 2 * i] = "--list";
		argv[2 + 2 * i] = "x";
	}
	close(mkstemp(err_path));
	err = cli_catch(stderr, err_path);
	status = aw_options_parse(&verb, 2 * AW_OPTION_LIST_MAX + 3, argv, &values, &operands);
	text = cli_release(stderr, err, err_path);
	assert_int_equal(status, 2);
	cli_expect(text, "more than 64 times");
	free(text);
}

static void help_is_for_standard_output_and_success(void **state)
{
	struct parsed p = PARSE("--flag", "--help", "--unknown");

	assert_int_equal(p.status, 0);
	cli_expect(p.out, "Usage: agentwatch verb [OPTION…] [WORD…]\n");
	cli_expect(p.out, "-t, --text TEXT");
	cli_expect(p.out, "agentwatch verb x\n");
	assert_string_equal(p.err, "");
	done(&p);
	p = PARSE("-h");
	assert_int_equal(p.status, 0);
	done(&p);
}

static void a_verb_can_have_its_own_status_for_wrong_usage(void **state)
{
	struct parsed p = PARSE_RUNNER("--unknown");

	assert_int_equal(p.status, 125);
	done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_gets_its_value_in_every_form),
		cmocka_unit_test(letters_can_stand_together_and_beside_their_value),
		cmocka_unit_test(operands_may_stand_anywhere),
		cmocka_unit_test(what_belongs_to_a_command_is_left_to_it),
		cmocka_unit_test(an_unknown_option_gets_a_suggestion),
		cmocka_unit_test(values_that_are_missing_unwanted_empty_or_wrong_are_refused),
		cmocka_unit_test(lists_have_a_limit),
		cmocka_unit_test(help_is_for_standard_output_and_success),
		cmocka_unit_test(a_verb_can_have_its_own_status_for_wrong_usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
