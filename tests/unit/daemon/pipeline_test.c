/* SPDX-License-Identifier: Apache-2.0 */
/* From records to events file, baseline and counts. */
#include "daemon/pipeline_fixture.h"

#include "policy/policy.h"

static void expect(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

/* The parts that a test wants. */
struct parts {
	struct aw_sink *sink;
	struct aw_baseline_store *store;
	struct aw_baseline_run *run;
	struct aw_pipeline *pipeline;
};

static void open_parts(struct folder *folder, bool with_run, struct parts *ret)
{
	struct aw_pipeline_options options = {
		.context = &fixture_context, .origin = fixture_origin, .procfs = -1};
	struct aw_diag diag = {};

	*ret = (struct parts){};
	assert_int_equal(aw_sink_open(&ret->sink, folder_file(folder, "e.jsonl"), &diag), 0);
	if (with_run) {
		assert_int_equal(aw_baseline_open(&ret->store, folder_file(folder, "b.db"), &diag),
				 0);
		assert_int_equal(aw_baseline_run_begin(&ret->run, ret->store, "ci", NULL, &diag),
				 0);
	}
	options.sink = ret->sink;
	options.run = ret->run;
	assert_int_equal(aw_pipeline_new(&ret->pipeline, &options), 0);
	aw_pipeline_set_agent(ret->pipeline, 7, 2);
}

static void close_parts(struct parts *parts)
{
	aw_pipeline_free(parts->pipeline);
	aw_baseline_run_abandon(parts->run);
	aw_baseline_close(parts->store);
	aw_sink_close(parts->sink);
}

static char *events_of(struct folder *folder, struct parts *parts)
{
	aw_pipeline_flush(parts->pipeline);
	return folder_read(folder_file(folder, "e.jsonl"));
}

static void a_record_becomes_a_line(void **state)
{
	struct folder *folder = *state;
	struct parts parts;
	char *text;

	open_parts(folder, false, &parts);
	give(parts.pipeline, AW_RING_DECISIONS, exec_record());
	give(parts.pipeline, AW_RING_DECISIONS, op_record(AW_OP_WRITE, AW_EFFECT_DENIED, "/x", 1));
	text = events_of(folder, &parts);
	expect(text, "\"type\":\"exec\"");
	expect(text, "\"path\":\"/home/agent/x\"");
	expect(text, "\"exe\":\"/usr/bin/python3\"");
	expect(text, "\"script\":\"/srv/w/x.py\"");
	free(text);
	close_parts(&parts);
}

static void an_observation_that_overtook_its_exec_record_waits_for_it(void **state)
{
	struct folder *folder = *state;
	struct parts parts;
	char *text;

	open_parts(folder, false, &parts);
	give(parts.pipeline, AW_RING_OBSERVATIONS,
	     op_record(AW_OP_READ, AW_EFFECT_ALLOWED, "/early", 1));
	aw_pipeline_settle(parts.pipeline);
	text = events_of(folder, &parts);
	assert_null(strstr(text, "early"));
	free(text);
	give(parts.pipeline, AW_RING_DECISIONS, exec_record());
	aw_pipeline_settle(parts.pipeline);
	text = events_of(folder, &parts);
	expect(strstr(text, "\"type\":\"operation\""), "\"exe\":\"/usr/bin/python3\"");
	free(text);
	close_parts(&parts);
}

static void what_waits_in_vain_is_told_all_the_same(void **state)
{
	struct folder *folder = *state;
	struct parts parts;
	struct aw_pipeline_stats stats;
	char *text;

	open_parts(folder, false, &parts);
	give(parts.pipeline, AW_RING_OBSERVATIONS,
	     op_record(AW_OP_READ, AW_EFFECT_ALLOWED, "/orphan", 1));
	aw_pipeline_settle(parts.pipeline);
	aw_pipeline_settle(parts.pipeline);
	text = events_of(folder, &parts);
	expect(text, "/home/agent/orphan");
	aw_pipeline_stats(parts.pipeline, &stats);
	assert_int_equal(stats.received[AW_RING_OBSERVATIONS], 1);
	assert_int_equal(stats.distinct, 1);
	free(text);
	close_parts(&parts);
}

static void nothing_that_waits_is_lost_when_all_places_are_taken(void **state)
{
	struct folder *folder = *state;
	struct parts parts;
	struct aw_pipeline_stats stats;

	open_parts(folder, false, &parts);
	for (uint64_t i = 0; i < AW_PIPELINE_HELD_MAX + 10; i++)
		give(parts.pipeline, AW_RING_OBSERVATIONS,
		     op_record(AW_OP_READ, AW_EFFECT_ALLOWED, "/x", i));
	aw_pipeline_stats(parts.pipeline, &stats);
	assert_int_equal(stats.distinct, 10);
	aw_pipeline_settle(parts.pipeline);
	aw_pipeline_settle(parts.pipeline);
	aw_pipeline_stats(parts.pipeline, &stats);
	assert_int_equal(stats.distinct, AW_PIPELINE_HELD_MAX + 10);
	close_parts(&parts);
}

static void bytes_that_are_no_record_are_counted(void **state)
{
	struct folder *folder = *state;
	struct parts parts;
	struct aw_pipeline_stats stats;
	char garbage[100] = "garbage";

	open_parts(folder, false, &parts);
	assert_int_equal(
		aw_pipeline_record(AW_RING_DECISIONS, garbage, sizeof(garbage), parts.pipeline), 0);
	assert_int_equal(aw_pipeline_record(AW_RING_DECISIONS, garbage, 3, parts.pipeline), 0);
	aw_pipeline_stats(parts.pipeline, &stats);
	assert_int_equal(stats.undecodable, 2);
	assert_int_equal(stats.received[AW_RING_DECISIONS], 2);
	assert_int_equal(stats.distinct, 0);
	close_parts(&parts);
}

static void counts_become_summaries(void **state)
{
	struct aw_count count = {
		.count = 41, .first_ns = FIXTURE_NOW_NS, .last_ns = FIXTURE_NOW_NS};
	struct folder *folder = *state;
	struct parts parts;
	char *text;

	open_parts(folder, false, &parts);
	give(parts.pipeline, AW_RING_DECISIONS, exec_record());
	give(parts.pipeline, AW_RING_DECISIONS, op_record(AW_OP_WRITE, AW_EFFECT_DENIED, "/x", 77));
	aw_pipeline_count(77, &count, parts.pipeline);
	text = events_of(folder, &parts);
	expect(text, "\"type\":\"summary\"");
	expect(text, "\"count\":41");
	free(text);
	close_parts(&parts);
}

static void denials_alone_go_to_the_agents_own_list(void **state)
{
	struct folder *folder = *state;
	struct aw_pipeline_options options = {
		.context = &fixture_context, .origin = fixture_origin, .procfs = -1};
	struct aw_pipeline *pipeline;
	char *text;

	assert_int_equal(aw_denials_open(&options.denials, folder_file(folder, "d"), getgid()), 0);
	assert_int_equal(aw_pipeline_new(&pipeline, &options), 0);
	give(pipeline, AW_RING_DECISIONS, exec_record());
	give(pipeline, AW_RING_DECISIONS, op_record(AW_OP_WRITE, AW_EFFECT_DENIED, "/no", 1));
	give(pipeline, AW_RING_OBSERVATIONS, op_record(AW_OP_READ, AW_EFFECT_ALLOWED, "/yes", 2));
	text = folder_read(folder_file(folder, "d"));
	expect(text, "/home/agent/no");
	assert_null(strstr(text, "/yes"));
	assert_null(strstr(text, "\"exec\""));
	free(text);
	aw_pipeline_free(pipeline);
	aw_denials_free(options.denials);
}

static int collect(void *data, const struct aw_observation *act, const void *runs, size_t length)
{
	struct aw_observation *seen = data;

	seen->count++;
	seen->op = act->op;
	seen->kind = act->kind;
	assert_string_equal(act->anchor, "HOME");
	assert_int_equal(act->object.length, 2);
	assert_memory_equal(act->object.data, "/x", 2);
	assert_int_equal(act->exe.length, strlen("/usr/bin/python3"));
	assert_int_equal(act->script.length, strlen("/srv/w/x.py"));
	seen->first_ns = act->count;
	return 0;
}

static void operations_are_learned_by_the_names_of_their_anchors_with_their_counts(void **state)
{
	struct aw_count count = {.count = 9, .first_ns = FIXTURE_NOW_NS, .last_ns = FIXTURE_NOW_NS};
	struct aw_baseline_outcome outcome = {};
	struct aw_observation seen = {};
	struct folder *folder = *state;
	struct parts parts;

	open_parts(folder, true, &parts);
	give(parts.pipeline, AW_RING_DECISIONS, exec_record());
	give(parts.pipeline, AW_RING_OBSERVATIONS,
	     op_record(AW_OP_READ, AW_EFFECT_ALLOWED, "/x", 5));
	aw_pipeline_count(5, &count, parts.pipeline);
	aw_pipeline_count(6, &count, parts.pipeline); /* of what was never told */
	assert_int_equal(aw_baseline_run_end(parts.run, &outcome), 0);
	parts.run = NULL;
	assert_int_equal(aw_baseline_acts_read(parts.store, "ci", collect, &seen), 0);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.op, AW_OP_READ);
	assert_int_equal(seen.kind, AW_OBJECT_ANCHORED);
	assert_int_equal(seen.first_ns, 9);
	close_parts(&parts);
}

static int no_program(void *data, const struct aw_observation *act, const void *runs, size_t length)
{
	*(int *)data += 1;
	assert_int_equal(act->exe.length, 0);
	return 0;
}

static void what_the_launcher_does_before_its_exec_is_by_no_program(void **state)
{
	struct aw_baseline_outcome outcome = {};
	struct folder *folder = *state;
	struct fixture_record *record = op_record(AW_OP_EXEC, AW_EFFECT_ALLOWED, "/sh", 5);
	struct parts parts;
	int n = 0;

	open_parts(folder, true, &parts);
	give(parts.pipeline, AW_RING_DECISIONS, exec_record());
	record->op.proc.subject = 0;
	aw_pipeline_set_launcher(parts.pipeline, (pid_t)record->op.proc.pid);
	give(parts.pipeline, AW_RING_OBSERVATIONS, record);
	assert_int_equal(aw_baseline_run_end(parts.run, &outcome), 0);
	parts.run = NULL;
	assert_int_equal(aw_baseline_acts_read(parts.store, "ci", no_program, &n), 0);
	assert_int_equal(n, 1);
	close_parts(&parts);
}

/* Of 203.0.113.LAST, or of the address that cloud metadata has. */
static struct fixture_record *peer_record(enum aw_op op, const char *host, uint8_t last,
					  uint64_t key)
{
	static const uint8_t metadata[4] = {169, 254, 169, 254};
	struct fixture_record *record = op_record(op, AW_EFFECT_ALLOWED, host, key);
	const uint8_t address[16] = {[10] = 0xff, 0xff, 203, 0, 113, last};

	record->op.object = op == AW_OP_RESOLVE ? AW_OBJECT_HOST : AW_OBJECT_ADDRESS;
	record->op.anchor = AW_ANCHOR_NONE;
	memcpy(record->op.address, address, sizeof(address));
	if (last == 254)
		memcpy(record->op.address + 12, metadata, sizeof(metadata));
	record->op.port = op == AW_OP_TCP ? 443 : 53;
	record->op.protocol = op == AW_OP_TCP ? 6 : 17;
	return record;
}

/* Each act as a line: operation, name or last byte of the address, port, protocol, count. */
static int list_peer(void *data, const struct aw_observation *act, const void *runs, size_t length)
{
	const uint8_t *bytes = (const uint8_t *)act->object.data;
	struct aw_buffer *list = data;

	aw_buffer_append_format(list, "%s ", aw_op_name(act->op));
	if (act->kind == AW_OBJECT_HOST) {
		aw_buffer_append(list, act->object.data, act->object.length);
	} else {
		assert_int_equal(act->object.length, AW_ADDRESS_BYTES);
		assert_int_equal(act->anchor != NULL, bytes[10] == 0);
		aw_buffer_append_format(list, "%s %d %d %d", act->anchor ?: "", bytes[15],
					bytes[16] << 8 | bytes[17], bytes[18]);
	}
	aw_buffer_append_format(list, " x%d\n", (int)act->count);
	return 0;
}

/* What is learned of the records; they are taken. Borrowed from the buffer. */
static const char *learned_of(struct folder *folder, struct fixture_record *const *records,
			      size_t n, struct aw_buffer *ret)
{
	struct aw_baseline_outcome outcome = {};
	struct aw_count count = {.count = 5, .first_ns = FIXTURE_NOW_NS, .last_ns = FIXTURE_NOW_NS};
	struct parts parts;

	open_parts(folder, true, &parts);
	give(parts.pipeline, AW_RING_DECISIONS, exec_record());
	for (size_t i = 0; i < n; i++)
		give(parts.pipeline, AW_RING_OBSERVATIONS, records[i]);
	aw_pipeline_count(1, &count, parts.pipeline);
	assert_int_equal(aw_baseline_run_end(parts.run, &outcome), 0);
	parts.run = NULL;
	assert_int_equal(aw_baseline_acts_read(parts.store, "ci", list_peer, ret), 0);
	close_parts(&parts);
	return aw_buffer_string(ret);
}

static void peers_are_learned_by_name_wherever_it_leads(void **state)
{
	struct fixture_record *records[] = {
		peer_record(AW_OP_TCP, "a.example", 7, 1),
		peer_record(AW_OP_TCP, "a.example", 8, 2),
		peer_record(AW_OP_TCP, "b.example", 7, 3),
		peer_record(AW_OP_TCP, "", 9, 4),
	};
	_cleanup_buffer_ struct aw_buffer list = {};
	const char *text = learned_of(*state, records, 4, &list);

	/* Five of the first record's key, one of the second's. */
	expect(text, "tcp a.example 0 443 6 x6\n");
	expect(text, "tcp b.example 0 443 6 x1\n");
	expect(text, "tcp  9 443 6 x1\n");
	assert_null(strstr(text, " 7 443"));
}

static void questions_are_learned_with_the_resolver(void **state)
{
	struct fixture_record *records[] = {
		peer_record(AW_OP_RESOLVE, "a.example", 2, 1),
		peer_record(AW_OP_RESOLVE, "b.example", 2, 2),
		peer_record(AW_OP_RESOLVE, "denied.example", 3, 3),
	};
	_cleanup_buffer_ struct aw_buffer list = {};
	const char *text;

	records[2]->op.effect = AW_EFFECT_DENIED;
	text = learned_of(*state, records, 3, &list);
	expect(text, "resolve a.example x5\n");
	expect(text, "resolve b.example x1\n");
	expect(text, "resolve denied.example x1\n");
	expect(text, "resolve  2 53 17 x2\n");
	assert_null(strstr(text, " 3 53"));
}

/* A name for a sensitive address, or one that no rule can hold, opens nothing. */
static void peers_that_no_name_may_open_are_learned_by_address(void **state)
{
	struct fixture_record *records[] = {
		peer_record(AW_OP_TCP, "meta.example", 254, 1),
		peer_record(AW_OP_TCP, "*.example", 9, 2),
		peer_record(AW_OP_LISTEN, "a.example", 10, 3),
	};
	_cleanup_buffer_ struct aw_buffer list = {};
	const char *text = learned_of(*state, records, 3, &list);

	expect(text, "tcp  254 443 6 x5\n");
	expect(text, "tcp  9 443 6 x1\n");
	expect(text, "listen  10 53 17 x1\n");
	assert_null(strstr(text, "example"));
}

static void addresses_are_learned_with_port_and_protocol(void **state)
{
	struct aw_baseline_outcome outcome = {};
	struct folder *folder = *state;
	struct fixture_record *record = op_record(AW_OP_TCP, AW_EFFECT_ALLOWED, "", 5);
	struct parts parts;
	struct aw_run_list list;

	open_parts(folder, true, &parts);
	give(parts.pipeline, AW_RING_DECISIONS, exec_record());
	record->op.object = AW_OBJECT_ADDRESS;
	record->op.anchor = AW_ANCHOR_NONE;
	record->op.port = 443;
	record->op.protocol = 6;
	give(parts.pipeline, AW_RING_OBSERVATIONS, record);
	assert_int_equal(aw_baseline_run_end(parts.run, &outcome), 0);
	parts.run = NULL;
	assert_int_equal(aw_baseline_runs_read(parts.store, "ci", &list), 0);
	assert_int_equal(list.n_items, 1);
	assert_int_equal(list.items[0].state, AW_RUN_COMPLETE);
	aw_run_list_clear(&list);
	close_parts(&parts);
}

static void lines_that_find_no_room_are_counted(void **state)
{
	struct aw_pipeline_options options = {
		.context = &fixture_context, .origin = fixture_origin, .procfs = -1};
	struct aw_pipeline *pipeline;
	struct aw_pipeline_stats stats;
	struct aw_diag diag;
	int error = 0;

	assert_int_equal(aw_sink_open(&options.sink, "/dev/full", &diag), 0);
	assert_int_equal(aw_pipeline_new(&pipeline, &options), 0);
	for (uint64_t i = 0; i < 30000; i++)
		give(pipeline, AW_RING_DECISIONS,
		     op_record(AW_OP_WRITE, AW_EFFECT_DENIED, "/x", i));
	aw_pipeline_settle(pipeline);
	aw_pipeline_settle(pipeline);
	aw_pipeline_flush(pipeline);
	aw_pipeline_stats(pipeline, &stats);
	assert_true(stats.unwritten > 0);
	assert_true(aw_sink_take_report(options.sink, &error));
	assert_true(error < 0);
	aw_pipeline_free(pipeline);
	aw_sink_close(options.sink);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_record_becomes_a_line),
		FOLDER_TEST(an_observation_that_overtook_its_exec_record_waits_for_it),
		FOLDER_TEST(what_waits_in_vain_is_told_all_the_same),
		FOLDER_TEST(nothing_that_waits_is_lost_when_all_places_are_taken),
		FOLDER_TEST(bytes_that_are_no_record_are_counted),
		FOLDER_TEST(counts_become_summaries),
		FOLDER_TEST(denials_alone_go_to_the_agents_own_list),
		FOLDER_TEST(operations_are_learned_by_the_names_of_their_anchors_with_their_counts),
		FOLDER_TEST(what_the_launcher_does_before_its_exec_is_by_no_program),
		FOLDER_TEST(peers_are_learned_by_name_wherever_it_leads),
		FOLDER_TEST(questions_are_learned_with_the_resolver),
		FOLDER_TEST(peers_that_no_name_may_open_are_learned_by_address),
		FOLDER_TEST(addresses_are_learned_with_port_and_protocol),
		FOLDER_TEST(lines_that_find_no_room_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
