/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines compared byte for byte with tests/golden/events/. AW_UPDATE_GOLDEN=1 writes them anew: look
 * at the difference before committing it.
 */
#include "event_fixture.h"

#include <jansson.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "event/json.h"
#include "event/repeats.h"
#include "policy/policy.h"

static void read_file(const char *path, struct aw_buffer *ret)
{
	_cleanup_fclose_ FILE *file = fopen(path, "r");
	char chunk[4096];
	size_t n;

	if (!file)
		fail_msg("cannot open %s (run from the repository's root)", path);
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		aw_buffer_append(ret, chunk, n);
}

static void assert_golden(const char *name, struct aw_buffer *lines)
{
	_cleanup_buffer_ struct aw_buffer expected = {};
	char path[128];

	assert_int_equal(lines->error, 0);
	snprintf(path, sizeof(path), "tests/golden/events/%s.jsonl", name);
	if (getenv("AW_UPDATE_GOLDEN")) {
		_cleanup_fclose_ FILE *file = fopen(path, "w");

		assert_non_null(file);
		assert_int_equal(fwrite(lines->data, 1, lines->length, file), lines->length);
		return;
	}
	read_file(path, &expected);
	assert_string_equal(aw_buffer_string(lines), aw_buffer_string(&expected));
}

static void fill(struct aw_event *event)
{
	event->context = &fixture_context;
	event->wall_ns = FIXTURE_OFFSET_NS + event->time_ns;
}

static void fill_process(struct aw_event *event)
{
	fill(event);
	event->exe = (struct aw_bytes){"/bin/py", 7};
	event->exe_anchor = 0;
	event->script = (struct aw_bytes){"/x.py", 5};
	event->script_anchor = 1;
	event->cwd = (struct aw_bytes){"/srv", 4};
	event->argv = (struct aw_bytes){"py\0x.py\0", 8};
	event->argv_total = 9;
	event->ancestry[0] = (struct aw_event_process){101, 6000000000, {"/usr/bin/bash", 13}};
	event->ancestry[1] = (struct aw_event_process){100, 5000000000, {}};
	event->n_ancestry = 2;
	event->rule_id = "home.startup";
	event->rule_reason = "runs at login";
}

static void append(struct aw_buffer *lines, struct fixture_record *record,
		   void (*complete)(struct aw_event *event))
{
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};

	fixture_decode(record, AW_RING_DECISIONS, &got);
	free(record);
	if (complete)
		complete(&got.event);
	assert_int_equal(aw_event_to_json(&got.event, &fixture_origin, lines), 0);
}

static struct fixture_record *object(enum aw_object kind, enum aw_op op, const void *name,
				     size_t length)
{
	struct fixture_record *record = fixture_op(name, length);

	record->op.object = (uint8_t)kind;
	record->op.op = (uint8_t)op;
	if (kind != AW_OBJECT_ANCHORED)
		record->op.anchor = AW_ANCHOR_NONE;
	return record;
}

static struct fixture_record *connection(const uint8_t address[16], uint8_t protocol,
					 const char *host)
{
	struct fixture_record *record = object(AW_OBJECT_ADDRESS, AW_OP_TCP, host, strlen(host));

	memcpy(record->op.address, address, 16);
	record->op.port = 443;
	record->op.protocol = protocol;
	record->op.ino = record->op.dev = 0;
	record->op.hook = AW_HOOK_SOCKET_CONNECT;
	return record;
}

/* Of a resolver at this address. */
static struct fixture_record *question(const uint8_t address[16], const char *name)
{
	struct fixture_record *record = connection(address, 17, name);

	record->op.object = AW_OBJECT_HOST;
	record->op.op = AW_OP_RESOLVE;
	record->op.port = 53;
	record->op.error = -EPERM;
	record->op.hook = AW_HOOK_CGROUP_EGRESS;
	return record;
}

static void operations_have_their_lines(void **state)
{
	static const uint8_t mapped[16] = {[10] = 0xff, 0xff, 10, 0, 0, 7};
	static const uint8_t sixth[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	_cleanup_buffer_ struct aw_buffer lines = {};
	struct fixture_record *record;

	append(&lines, fixture_op("/.bashrc", 8), fill_process);
	append(&lines, object(AW_OBJECT_ANCHORED, AW_OP_READ, "", 0), fill);
	append(&lines, object(AW_OBJECT_PATH, AW_OP_DELETE, "/etc/passwd", 11), fill);
	append(&lines, object(AW_OBJECT_PATH, AW_OP_CREATE, "/a\xff\"\n\0z", 7), fill);
	append(&lines, object(AW_OBJECT_NESTED, AW_OP_READ, "nested:/usr/bin/ssh", 19), fill);
	record = object(AW_OBJECT_ANONYMOUS, AW_OP_EXEC, "memfd:x", 7);
	record->op.conditions = AW_CONDITIONS_KNOWN | AW_CONDITION_ASSUMED |
				1u << AW_CONDITION_ANONYMOUS | 1u << AW_CONDITION_AGENT_WRITTEN;
	record->op.lost = AW_LOST_MAPPED;
	append(&lines, record, fill);
	append(&lines, object(AW_OBJECT_ABSTRACT, AW_OP_UNIX, "@a\0b", 4), fill);
	append(&lines, connection(mapped, 6, "mirror.example.org"), fill);
	append(&lines, connection(sixth, 253, ""), fill);
	append(&lines, question(mapped, "mirror.example.org"), fill);
	record = object(AW_OBJECT_UNNAMED, AW_OP_WRITE, "", 0);
	record->op.reason = AW_REASON_RACED;
	record->op.verdict = AW_VERDICT_NONE;
	record->op.error = -513;
	append(&lines, record, fill);
	record = object(AW_OBJECT_UNNAMED, AW_OP_RESOLVE, "", 0);
	record->op.reason = AW_REASON_QUESTION;
	record->op.verdict = AW_VERDICT_NONE;
	record->op.ino = record->op.dev = 0;
	append(&lines, record, fill);
	record = object(AW_OBJECT_ANCHORED, AW_OP_RENAME, "/new", 4);
	record->op.role = AW_ROLE_TARGET;
	record->op.effect = AW_EFFECT_ALLOWED;
	record->op.mode = AW_MODE_OBSERVE;
	record->op.policy_id = 0;
	record->op.error = 0;
	append(&lines, record, NULL); /* nothing but the record is known */
	assert_golden("operation", &lines);
}

static const struct aw_rule_limit fixture_budget = {AW_LIMIT_RATE, 20, 600000, 40};

static void fill_budget(struct aw_event *event)
{
	fill(event);
	event->rule_id = "api";
	event->budget = &fixture_budget;
	if (event->op.limit_at_ns)
		event->again_wall_ns = FIXTURE_OFFSET_NS + event->op.limit_at_ns;
}

static struct fixture_record *spent(struct fixture_record *record, enum aw_reason reason,
				    uint64_t at_ns)
{
	record->op.verdict = AW_VERDICT_NONE;
	record->op.reason = (uint8_t)reason;
	record->op.error = -EAGAIN;
	record->op.limit = 0xbadcafe;
	record->op.limit_at_ns = at_ns;
	return record;
}

/* What stands for an inode in other records must not be told as one. */
static void refusals_of_budgets_have_their_lines(void **state)
{
	static const uint8_t mapped[16] = {[10] = 0xff, 0xff, 10, 0, 0, 7};
	_cleanup_buffer_ struct aw_buffer lines = {};
	_cleanup_buffer_ struct aw_buffer other = {};

	append(&lines,
	       spent(object(AW_OBJECT_PATH, AW_OP_EXEC, "/usr/bin/x", 10), AW_REASON_LIMIT,
		     FIXTURE_NOW_NS + 30000000000ull),
	       fill_budget);
	append(&lines,
	       spent(connection(mapped, 6, "api.example"), AW_REASON_LIMIT, FIXTURE_NOW_NS + 1),
	       fill_budget);
	append(&lines, spent(connection(mapped, 6, ""), AW_REASON_NO_BUDGET, 0), fill_budget);
	append(&lines, spent(connection(mapped, 6, ""), AW_REASON_LIMIT, FIXTURE_NOW_NS), fill);
	assert_golden("budget", &lines);
	assert_non_null(strstr(aw_buffer_string(&lines), "\"inode\":null"));
	assert_null(strstr(aw_buffer_string(&lines), "\"inode\":\""));
	append(&other, fixture_op("/.bashrc", 8), fill_process);
	assert_null(strstr(aw_buffer_string(&other), "budget"));
}

static void the_life_of_processes_has_its_lines(void **state)
{
	_cleanup_buffer_ struct aw_buffer lines = {};
	struct fixture_record *cut =
		fixture_exec(3, "/usr/bin/node", "/npm.js", "/srv", "a\0\xff\0\0", 5);

	cut->exec.argv_total = 5000;
	append(&lines, cut, fill);
	append(&lines, fixture_fork(1), fill);
	append(&lines, fixture_exit(1, W_EXITCODE(3, 0)), fill);
	append(&lines, fixture_exit(1, W_EXITCODE(0, SIGKILL)), fill);
	append(&lines, fixture_exit(1, W_EXITCODE(0, SIGSEGV) | WCOREFLAG), fill);
	append(&lines, fixture_exit(1, W_EXITCODE(0, 40)), fill);
	append(&lines, fixture_cgroup(0), fill);
	append(&lines, fixture_cgroup(1), fill);
	assert_golden("process", &lines);
}

static const struct aw_counters fixture_counters = {
	.operations = {1000, 12, 3},
	.emitted = {15, 100},
	.lost = {0, 0},
	.aggregated = {5, 895},
	.reasons = {[AW_REASON_RACED] = 2, [AW_REASON_TOO_LONG] = 1},
};

static struct aw_run_report report(void)
{
	static const char *const command[] = {"npm", "test", "a\xff", NULL};

	return (struct aw_run_report){
		.agent = {7, 2, &fixture_context, FIXTURE_OFFSET_NS},
		.agentwatch = "0.1",
		.command = command,
		.modes = {AW_MODE_ENFORCE, AW_MODE_ENFORCE, AW_MODE_AUDIT, AW_MODE_OBSERVE,
			  AW_MODE_ENFORCE},
		.policy_id = 0x0123456789abcdef,
		.wait_status = W_EXITCODE(2, 0),
		.has_status = true,
		.counters = &fixture_counters,
		.losses = {.received = {15, 100}, .has_received = true},
	};
}

static void a_run_has_a_line_at_its_start_and_end(void **state)
{
	_cleanup_buffer_ struct aw_buffer lines = {};
	struct aw_run_report run = report();
	struct aw_counters lossy = fixture_counters;

	assert_int_equal(aw_run_start_to_json(&run, &fixture_origin, &lines), 0);
	assert_int_equal(aw_run_change_to_json(&run, &fixture_origin, &lines), 0);
	assert_int_equal(aw_run_end_to_json(&run, &fixture_origin, &lines), 0);
	lossy.lost[AW_RING_OBSERVATIONS] = 4;
	run.counters = &lossy;
	run.losses = (struct aw_run_losses){{15, 99}, true, 1, 2, 3};
	run.why_partial = "came late to the cgroup";
	run.wait_status = W_EXITCODE(0, SIGTERM);
	assert_int_equal(aw_run_end_to_json(&run, &fixture_origin, &lines), 0);
	run = (struct aw_run_report){.agent = {.agent = 1}};
	assert_int_equal(aw_run_end_to_json(&run, &fixture_origin, &lines), 0);
	assert_golden("run", &lines);
}

static void a_run_is_complete_only_without_any_loss(void **state)
{
	struct aw_run_report run = report();
	struct aw_counters counters = fixture_counters;

	run.counters = &counters;
	assert_true(aw_run_is_complete(&run));
	run.losses.forgotten = 1; /* names are lost, no event */
	assert_true(aw_run_is_complete(&run));
	counters.lost[AW_RING_DECISIONS] = 1;
	assert_false(aw_run_is_complete(&run));
	counters.lost[AW_RING_DECISIONS] = 0;
	run.losses.received[AW_RING_OBSERVATIONS]--;
	assert_false(aw_run_is_complete(&run));
	run.losses.has_received = false;
	assert_true(aw_run_is_complete(&run));
	run.losses.undecodable = 1;
	assert_false(aw_run_is_complete(&run));
	run.losses.undecodable = 0;
	run.losses.unwritten = 1;
	assert_false(aw_run_is_complete(&run));
	run.losses.unwritten = 0;
	run.why_partial = "x";
	assert_false(aw_run_is_complete(&run));
	run.why_partial = NULL;
	run.counters = NULL;
	assert_false(aw_run_is_complete(&run));
}

static void losses_have_a_line(void **state)
{
	_cleanup_buffer_ struct aw_buffer lines = {};

	for (enum aw_loss_cause cause = 0; cause < AW_LOSS_CAUSES; cause++) {
		struct aw_loss loss = {
			.agent = {7, 2, &fixture_context, FIXTURE_OFFSET_NS},
			.cause = cause,
			.ring = AW_RING_OBSERVATIONS,
			.lost = 10 + cause,
			.total = 20 + cause,
		};

		assert_int_equal(aw_loss_to_json(&loss, &fixture_origin, &lines), 0);
	}
	assert_golden("loss", &lines);
}

static void note(struct aw_repeats *repeats, struct fixture_record *record)
{
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};

	fixture_decode(record, AW_RING_DECISIONS, &got);
	free(record);
	fill_process(&got.event);
	assert_int_equal(aw_repeats_note(repeats, &got.event, &fixture_origin), 0);
}

static int summarise(const struct aw_repeats *repeats, uint64_t key, uint64_t n,
		     struct aw_buffer *ret)
{
	struct aw_count_key count_key = {.agent = 7, .agent_generation = 2, .key = key};
	struct aw_count count = {.count = n, .first_ns = 1000000000, .last_ns = 2000000000};
	struct aw_clock clock = {.offset_ns = FIXTURE_OFFSET_NS};
	struct aw_event_agent agent = {7, 2, &fixture_context, FIXTURE_OFFSET_NS};

	return aw_repeats_to_json(repeats, &count_key, &count, &clock, &agent, &fixture_origin,
				  ret);
}

static void repeats_are_summed_up_in_words(void **state)
{
	_cleanup_(aw_repeats_freep) struct aw_repeats *repeats = NULL;
	_cleanup_buffer_ struct aw_buffer lines = {}, after = {};
	struct fixture_record *other = fixture_op("/other", 6);

	assert_int_equal(aw_repeats_new(&repeats), 0);
	note(repeats, fixture_op("/.bashrc", 8));
	note(repeats, other); /* the same key: the first one stays */
	note(repeats, fixture_fork(1));
	assert_int_equal(summarise(repeats, 0xfeed, 1, &lines), 0);
	assert_int_equal(lines.length, 0);
	assert_int_equal(summarise(repeats, 0xfeed, 500, &lines), 0);
	assert_int_equal(summarise(repeats, 0xbeef, 2, &lines), 0);
	assert_golden("summary", &lines);

	aw_repeats_forget(repeats, 7, 3);
	assert_int_equal(summarise(repeats, 0xfeed, 500, &after), 0);
	assert_non_null(strstr(aw_buffer_string(&after), "/.bashrc"));
	aw_repeats_forget(repeats, 7, 2);
	aw_buffer_clear(&after);
	assert_int_equal(summarise(repeats, 0xfeed, 500, &after), 0);
	assert_null(strstr(aw_buffer_string(&after), "/.bashrc"));
}

static void a_line_that_does_not_fit_leaves_no_part(void **state)
{
	_cleanup_buffer_ struct aw_buffer lines = {};
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};
	_cleanup_free_ struct fixture_record *record = fixture_op("/.bashrc", 8);

	fixture_decode(record, AW_RING_DECISIONS, &got);
	aw_buffer_append_string(&lines, "kept\n");
	aw_buffer_reserve(&lines, SIZE_MAX);
	assert_int_equal(aw_event_to_json(&got.event, &fixture_origin, &lines), -E2BIG);
	assert_int_equal(lines.length, 5);
}

/* Whatever the bytes are, a line is one line and another reader takes it. */
static void any_name_gives_a_line_that_is_read_back(void **state)
{
	uint64_t x = 88172645463325252u;

	for (int i = 0; i < 3000; i++) {
		_cleanup_buffer_ struct aw_buffer lines = {};
		char name[64];
		json_t *root;

		for (size_t k = 0; k < sizeof(name); k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			name[k] = (char)x;
		}
		append(&lines, object(AW_OBJECT_PATH, AW_OP_READ, name, x % sizeof(name)), fill);
		append(&lines, fixture_exec(1, "/x", "", "/", name, x % sizeof(name)), fill);
		root = json_loadb(lines.data, lines.length, JSON_DISABLE_EOF_CHECK, NULL);
		assert_non_null(root);
		json_decref(root);
		root = json_loads(strchr(aw_buffer_string(&lines), '\n') + 1, 0, NULL);
		assert_non_null(root);
		json_decref(root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operations_have_their_lines),
		cmocka_unit_test(refusals_of_budgets_have_their_lines),
		cmocka_unit_test(the_life_of_processes_has_its_lines),
		cmocka_unit_test(a_run_has_a_line_at_its_start_and_end),
		cmocka_unit_test(a_run_is_complete_only_without_any_loss),
		cmocka_unit_test(losses_have_a_line),
		cmocka_unit_test(repeats_are_summed_up_in_words),
		cmocka_unit_test(a_line_that_does_not_fit_leaves_no_part),
		cmocka_unit_test(any_name_gives_a_line_that_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
