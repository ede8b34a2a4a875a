/* SPDX-License-Identifier: Apache-2.0 */
/* The last words of a run. */
#include "cli/cli_fixture.h"
#include "cli/run_verb.h"
#include "event/event_fixture.h"

static char *summary_of(const struct aw_run_config *config, const struct aw_run_result *result)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	aw_run_summary_print(config, result, stream);
	fclose(stream);
	return text;
}

static struct aw_tally *tally_of(size_t n)
{
	struct aw_tally *tally;

	assert_int_equal(aw_tally_new(&tally), 0);
	for (size_t i = 0; i < n; i++) {
		char name[32];
		struct fixture_record *record;
		struct fixture_decoded decoded;
		int length = snprintf(name, sizeof(name), "/f%03zu", i);

		record = fixture_op(name, (size_t)length);
		record->op.key = i;
		fixture_decode(record, AW_RING_DECISIONS, &decoded);
		decoded.event.context = &fixture_context;
		decoded.event.rule_id = i == 0 ? "home.startup" : NULL;
		decoded.event.rule_reason = i == 0 ? "runs at login" : NULL;
		assert_int_equal(aw_tally_event(tally, &decoded.event, fixture_origin.boot_id), 0);
		aw_tally_count(tally, i, 100 - i);
		fixture_decoded_done(&decoded);
		free(record);
	}
	return tally;
}

static void a_clean_run_is_one_line(void **state)
{
	struct aw_run_config config = {.verb = "enforce", .name = "ci", .mode = AW_MODE_ENFORCE};
	struct aw_run_result result = {.is_complete = true};
	char *text;

	result.counters.operations[AW_EFFECT_ALLOWED] = 12;
	text = summary_of(&config, &result);
	assert_string_equal(text, "agentwatch: enforce ci: 12 operations allowed; complete\n");
	free(text);
}

static void denials_come_most_frequent_first_and_at_most_twenty(void **state)
{
	struct aw_run_config config = {.verb = "enforce",
				       .name = "ci",
				       .mode = AW_MODE_ENFORCE,
				       .events = "/var/log/e.jsonl"};
	struct aw_run_result result = {.is_complete = true, .tally = tally_of(23)};
	char *text, *first, *second;

	result.counters.operations[AW_EFFECT_DENIED] = 23;
	text = summary_of(&config, &result);
	first = strstr(text, "     100  denied write ~/f000  rule home.startup: runs at login\n");
	second = strstr(text, "      99  denied write ~/f001  no rule allows it\n");
	assert_non_null(first);
	assert_non_null(second);
	assert_true(first < second);
	cli_expect(text, "~/f019");
	cli_expect_not(text, "~/f020");
	cli_expect(text, "… and 3 more\n");
	cli_expect(text, "agentwatch why 3f2a9c1e-104c537e68-3-d17\n");
	cli_expect(text, "events: /var/log/e.jsonl\n");
	cli_expect_not(text, "\033");
	free(text);
	aw_run_result_clear(&result);
}

static void a_partial_run_says_everything_that_was_lost(void **state)
{
	struct aw_run_config config = {
		.verb = "learn", .name = "ci", .mode = AW_MODE_OBSERVE, .baseline = "ci"};
	struct aw_run_result result = {.run_number = 4, .unwritten = 7};
	char *text;

	strcpy(result.why_partial, "--ttl ended it");
	result.counters.emitted[AW_RING_OBSERVATIONS] = 10;
	result.counters.lost[AW_RING_OBSERVATIONS] = 3;
	result.stats.received[AW_RING_OBSERVATIONS] = 8;
	result.stats.undecodable = 5;
	text = summary_of(&config, &result);
	cli_expect(text, "PARTIAL");
	cli_expect(text, "partial: --ttl ended it\n");
	cli_expect(text, "partial: 5 observations lost");
	cli_expect_not(text, "decisions lost");
	cli_expect(text, "5 records not understood");
	cli_expect(text, "7 events not written");
	cli_expect(text, "baseline ci, run 4: nothing is learned from it, for it is partial\n");
	free(text);
}

static void a_command_that_failed_teaches_nothing_and_one_that_did_not_does(void **state)
{
	struct aw_run_config config = {
		.verb = "learn", .name = "ci", .mode = AW_MODE_OBSERVE, .baseline = "ci"};
	struct aw_run_result result = {
		.is_complete = true, .run_number = 4, .has_status = true, .wait_status = 1 << 8};
	char *text = summary_of(&config, &result);

	cli_expect(text, "for the command failed\n");
	free(text);
	result.wait_status = 0;
	text = summary_of(&config, &result);
	cli_expect(text, "agentwatch: baseline ci, run 4\n");
	free(text);
}

static void an_agent_that_stays_is_told(void **state)
{
	struct aw_run_config config = {.verb = "enforce", .name = "ci", .mode = AW_MODE_ENFORCE};
	struct aw_run_result result = {.is_complete = true, .stays = true};
	char *text = summary_of(&config, &result);

	cli_expect(text, "its processes go on");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clean_run_is_one_line),
		cmocka_unit_test(denials_come_most_frequent_first_and_at_most_twenty),
		cmocka_unit_test(a_partial_run_says_everything_that_was_lost),
		cmocka_unit_test(a_command_that_failed_teaches_nothing_and_one_that_did_not_does),
		cmocka_unit_test(an_agent_that_stays_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
