/* SPDX-License-Identifier: Apache-2.0 */
/* Joining events with the process table, a made-up /proc, the agent's context and its policy. */
#include "event_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "event/enrich.h"
#include "event/rule.h"
#include "policy/parse.h"
#include "policy/policy.h"

struct fixture {
	struct aw_enrich *enrich;
	char proc[64]; /* the made-up /proc */
	struct aw_policy *policy;
	uint64_t asked_policy;
};

static const struct aw_clock fixture_clock = {.offset_ns = FIXTURE_OFFSET_NS};

static const struct aw_event_context *find_context(void *userdata, uint32_t agent,
						   uint32_t generation, uint64_t policy_id)
{
	return agent == 7 && generation == 2 ? &fixture_context : NULL;
}

static const struct aw_policy *find_policy(void *userdata, uint64_t policy_id)
{
	struct fixture *f = userdata;

	f->asked_policy = policy_id;
	return f->policy;
}

static void start(struct fixture *f, size_t processes, size_t bytes)
{
	struct aw_enrich_options options = {
		.context = find_context,
		.policy = find_policy,
		.userdata = f,
		.clock = &fixture_clock,
		.procfs = open(f->proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.limits = {processes, bytes},
	};

	assert_true(options.procfs >= 0);
	f->enrich = aw_enrich_free(f->enrich);
	assert_int_equal(aw_enrich_new(&f->enrich, &options), 0);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->proc, "/tmp/aw-proc-XXXXXX");
	if (!f || !mkdtemp(f->proc))
		return -1;
	start(f, 0, 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", f->proc);
	aw_enrich_free(f->enrich);
	aw_policy_free(f->policy);
	free(f);
	return system(command);
}

static void write_file(const struct fixture *f, uint32_t pid, const char *name, const void *data,
		       size_t length)
{
	char path[128];
	_cleanup_fclose_ FILE *file = NULL;

	snprintf(path, sizeof(path), "%s/%u", f->proc, pid);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%u/%s", f->proc, pid, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, length, file), length);
}

/* A process in the made-up /proc, with a name that tries to confuse the reader of stat. */
static void make_proc(const struct fixture *f, uint32_t pid, uint32_t ppid, uint64_t start_ns,
		      const char *exe)
{
	char stat[256], path[128];
	int n = snprintf(stat, sizeof(stat),
			 "%u (a) S 1 (b) R %u 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 %llu 21",
			 pid, ppid, (unsigned long long)(start_ns / 10000000));

	write_file(f, pid, "stat", stat, (size_t)n);
	write_file(f, pid, "cmdline", "live\0-x\0", 8);
	snprintf(path, sizeof(path), "%s/%u/exe", f->proc, pid);
	assert_int_equal(symlink(exe, path), 0);
	snprintf(path, sizeof(path), "%s/%u/cwd", f->proc, pid);
	assert_int_equal(symlink("/live/cwd", path), 0);
}

/* Decodes and enriches; the record's memory must outlive the use of the event. */
static void run(struct fixture *f, struct fixture_record *record, struct fixture_decoded *ret)
{
	fixture_decode(record, AW_RING_DECISIONS, ret);
	free(record);
	assert_int_equal(aw_enrich_event(f->enrich, &ret->event), 0);
}

static void feed(struct fixture *f, struct fixture_record *record)
{
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};

	run(f, record, &got);
}

static void assert_bytes(struct aw_bytes bytes, const char *expected)
{
	if (!expected) {
		assert_null(bytes.data);
		return;
	}
	assert_non_null(bytes.data);
	assert_int_equal(bytes.length, strlen(expected));
	assert_memory_equal(bytes.data, expected, bytes.length);
}

static void an_operation_knows_its_process_and_ancestors(void **state)
{
	struct fixture *f = *state;
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};
	struct fixture_record *op = fixture_op("/.bashrc", 8);

	feed(f, fixture_exec(0, "/opt/claude", "", "/", "claude", 6));
	feed(f, fixture_fork(0));
	feed(f, fixture_exec(1, "/usr/bin/bash", "/x.sh", "/srv", "bash", 4));
	feed(f, fixture_fork(1));
	op->op.proc.subject = 0x5b0001; /* forked, not yet another program */
	run(f, op, &got);
	assert_bytes(got.event.exe, "/usr/bin/bash");
	assert_bytes(got.event.script, "/x.sh");
	assert_int_equal(got.event.n_ancestry, 3);
	assert_int_equal(got.event.ancestry[0].pid, 101);
	assert_bytes(got.event.ancestry[0].exe, "/usr/bin/bash");
	assert_int_equal(got.event.ancestry[1].pid, 100);
	assert_bytes(got.event.ancestry[1].exe, "/opt/claude");
	assert_int_equal(got.event.ancestry[2].pid, 99);
	assert_bytes(got.event.ancestry[2].exe, NULL);
	assert_ptr_equal(got.event.context, &fixture_context);
	assert_true(got.event.wall_ns == FIXTURE_OFFSET_NS + FIXTURE_NOW_NS + 17000);
}

static void a_program_names_its_events_until_the_next_exec(void **state)
{
	struct fixture *f = *state;
	_cleanup_(fixture_decoded_done) struct fixture_decoded a = {}, b = {};
	struct fixture_record *again;

	feed(f, fixture_exec(2, "/usr/bin/node", "/npm.js", "/srv", "node\0npm", 8));
	run(f, fixture_op("/x", 2), &a);
	assert_bytes(a.event.exe, "/usr/bin/node");
	assert_bytes(a.event.script, "/npm.js");
	assert_bytes(a.event.cwd, "/srv");
	assert_int_equal(a.event.argv.length, 8);
	again = fixture_exec(2, "/bin/sh", "", "/", "sh", 2);
	feed(f, again);
	run(f, fixture_op("/x", 2), &b);
	assert_bytes(b.event.exe, "/bin/sh");
	assert_bytes(b.event.script, NULL);
}

static void an_observation_that_overtakes_its_exec_gets_no_wrong_arguments(void **state)
{
	struct fixture *f = *state;
	struct fixture_record *other = fixture_exec(5, "/usr/bin/python3", "", "/", "py", 2), *op;
	_cleanup_(fixture_decoded_done) struct fixture_decoded a = {}, b = {};

	feed(f, fixture_exec(2, "/bin/sh", "", "/", "sh", 2));
	op = fixture_op("/x", 2);
	op->op.proc.subject = 0x5b0005; /* it runs python3 by now; no exec record yet */
	run(f, op, &a);
	assert_bytes(a.event.exe, NULL);
	assert_bytes(a.event.argv, NULL);
	feed(f, other); /* some process runs it, so its name is known */
	op = fixture_op("/x", 2);
	op->op.proc.subject = 0x5b0005;
	run(f, op, &b);
	assert_bytes(b.event.exe, "/usr/bin/python3");
	assert_bytes(b.event.argv, NULL);
}

static void an_orphan_keeps_the_parent_that_forked_it(void **state)
{
	struct fixture *f = *state;
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};
	struct fixture_record *op = fixture_op("/x", 2);

	feed(f, fixture_exec(1, "/usr/bin/bash", "", "/", "bash", 4));
	feed(f, fixture_fork(1));
	feed(f, fixture_exit(1, 0));
	op->op.proc.ppid = 1;
	op->op.proc.parent_start_ns = 10;
	run(f, op, &got);
	assert_int_equal(got.event.ancestry[0].pid, 101);
	assert_bytes(got.event.ancestry[0].exe, "/usr/bin/bash");
}

static void a_child_seen_before_its_fork_record_still_gets_its_parents_program(void **state)
{
	struct fixture *f = *state;
	_cleanup_(fixture_decoded_done) struct fixture_decoded a = {}, b = {};
	struct fixture_record *op = fixture_op("/x", 2);

	op->op.proc.ppid = 1; /* an orphan by then */
	op->op.proc.parent_start_ns = 10;
	feed(f, fixture_exec(1, "/usr/bin/bash", "", "/", "bash", 4));
	run(f, op, &a);
	assert_bytes(a.event.exe, NULL);
	feed(f, fixture_fork(1));
	op = fixture_op("/x", 2);
	op->op.proc.subject = 0x5b0001;
	run(f, op, &b);
	assert_bytes(b.event.exe, "/usr/bin/bash");
	assert_int_equal(b.event.ancestry[0].pid, 101);
}

static void a_number_used_again_is_another_process(void **state)
{
	struct fixture *f = *state;
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};
	struct fixture_record *op = fixture_op("/x", 2);

	feed(f, fixture_exec(2, "/bin/sh", "", "/", "sh", 2));
	op->op.proc.start_ns += 1;
	op->op.proc.subject = 0;
	run(f, op, &got);
	assert_bytes(got.event.exe, NULL);
}

static void living_ancestors_are_filled_from_proc(void **state)
{
	struct fixture *f = *state;
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};

	make_proc(f, 102, 101, FIXTURE_START_NS + 2000000000, "/live/two");
	make_proc(f, 101, 50, FIXTURE_START_NS + 1000000000, "/live/one");
	make_proc(f, 50, 1, 30000000, "/live/sshd");
	make_proc(f, 1, 0, 10000000, "/sbin/init");
	run(f, fixture_op("/x", 2), &got);
	assert_bytes(got.event.exe, "/live/two");
	assert_bytes(got.event.cwd, "/live/cwd");
	assert_int_equal(got.event.argv.length, 8);
	assert_int_equal(got.event.n_ancestry, 3);
	assert_bytes(got.event.ancestry[0].exe, "/live/one");
	assert_int_equal(got.event.ancestry[1].pid, 50);
	assert_int_equal(got.event.ancestry[1].start_ns, 30000000);
	assert_bytes(got.event.ancestry[1].exe, "/live/sshd");
	assert_bytes(got.event.ancestry[2].exe, "/sbin/init");
}

static void proc_is_not_believed_about_another_process_of_the_same_number(void **state)
{
	struct fixture *f = *state;
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};

	make_proc(f, 102, 50, FIXTURE_START_NS, "/live/other");
	run(f, fixture_op("/x", 2), &got);
	assert_bytes(got.event.exe, NULL);
	assert_int_equal(got.event.ancestry[0].pid, 101);
}

static void a_full_table_forgets_the_exited_first_and_counts(void **state)
{
	struct fixture *f = *state;
	struct aw_processes_stats stats;
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};

	start(f, 8, 0);
	for (uint32_t n = 1; n <= 6; n++)
		feed(f, fixture_exec(10 * n, "/bin/sh", "", "/", "sh", 2));
	/* Six processes and six unknown parents, of which /proc says that they are gone. */
	feed(f, fixture_cgroup(0));
	aw_enrich_stats(f->enrich, &stats);
	assert_int_equal(stats.processes, 8);
	assert_int_equal(stats.evicted_exited, 4);
	assert_int_equal(stats.evicted_live, 0);
	for (uint32_t n = 7; n <= 12; n++)
		feed(f, fixture_exec(10 * n, "/bin/sh", "", "/", "sh", 2));
	feed(f, fixture_cgroup(0));
	aw_enrich_stats(f->enrich, &stats);
	assert_int_equal(stats.processes, 8);
	assert_int_equal(stats.evicted_live, 4);
}

static void memory_is_bounded_too_and_comes_back(void **state)
{
	struct fixture *f = *state;
	static char argv[AW_ARGV_MAX];
	struct aw_processes_stats stats;

	start(f, 0, 10000);
	for (uint32_t n = 1; n <= 100; n++) {
		feed(f, fixture_exec(10 * n, "/bin/sh", "", "/", argv, sizeof(argv)));
		feed(f, fixture_exit(10 * n, 0));
		aw_enrich_stats(f->enrich, &stats);
		assert_true(stats.bytes <= 10000 + sizeof(argv) + 512);
	}
	assert_int_equal(stats.evicted_live, 0);
	assert_true(stats.evicted_exited > 80);
}

static void ancestry_is_bounded(void **state)
{
	struct fixture *f = *state;
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};
	struct fixture_record *op = fixture_op("/x", 2);

	for (uint32_t n = 0; n < 40; n++)
		feed(f, fixture_fork(n));
	op->op.proc = fixture_proc(40, "deep");
	run(f, op, &got);
	assert_int_equal(got.event.n_ancestry, AW_ANCESTRY_MAX);
	assert_int_equal(got.event.ancestry[AW_ANCESTRY_MAX - 1].pid, 140 - AW_ANCESTRY_MAX);
}

static const char policy_text[] =
	"version: 1\n"
	"name: p\n"
	"anchors: {WORKSPACE: {}, HOME: {}}\n"
	"rules:\n"
	"  - {id: all, allow: [read, write], path: [\"${HOME}/**\"]}\n"
	"  - {id: home.startup, deny: [write], path: [\"${HOME}/.bashrc\"], reason: at login}\n"
	"  - {id: api, allow: [tcp], cidr: [10.0.0.0/8], port: [443]}\n"
	"  - {id: meta, deny: [tcp], cidr: [10.0.0.7/32], port: [443]}\n"
	"  - {id: hub, allow: [tcp], cidr: [10.1.0.0/16], port: [22], reason: pushes,\n"
	"     limit: {connects: 600/h, rate: 20/10m, burst: 3}}\n";

static void parse_policy(struct fixture *f)
{
	struct aw_diag diag = {};

	assert_int_equal(aw_policy_parse_text(&f->policy, "p.yaml", policy_text,
					      sizeof(policy_text) - 1, NULL, &diag),
			 0);
}

static void the_deciding_rule_is_named(void **state)
{
	struct fixture *f = *state;
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};

	parse_policy(f);
	run(f, fixture_op("/.bashrc", 8), &got);
	assert_true(f->asked_policy == 0x0123456789abcdef);
	assert_string_equal(got.event.rule_id, "home.startup");
	assert_string_equal(got.event.rule_reason, "at login");
}

static void the_rule_of_an_address_is_named(void **state)
{
	struct fixture *f = *state;
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};
	struct fixture_record *op = fixture_op("", 0);
	static const uint8_t address[16] = {[10] = 0xff, 0xff, 10, 0, 0, 7};

	parse_policy(f);
	op->op.op = AW_OP_TCP;
	op->op.object = AW_OBJECT_ADDRESS;
	op->op.anchor = AW_ANCHOR_NONE;
	op->op.port = 443;
	memcpy(op->op.address, address, sizeof(address));
	run(f, op, &got);
	assert_string_equal(got.event.rule_id, "meta");
	assert_null(got.event.rule_reason);
}

/* Each of these must not get the name of a rule that did not decide it. */
static void what_a_rule_did_not_decide_names_none(void **state)
{
	struct fixture *f = *state;
	struct fixture_record *ops[5];

	parse_policy(f);
	for (size_t i = 0; i < 5; i++)
		ops[i] = fixture_op("/.bashrc", 8);
	ops[0]->op.reason = AW_REASON_RACED;
	ops[1]->op.policy_id = 0;
	ops[2]->op.verdict = AW_VERDICT_ALLOW; /* allowed: not asked for */
	ops[2]->op.effect = AW_EFFECT_ALLOWED;
	ops[3]->op.object = AW_OBJECT_UNNAMED;
	ops[4]->op.verdict = AW_VERDICT_FORBID; /* the policy at hand says otherwise */
	for (size_t i = 0; i < 5; i++) {
		_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};

		run(f, ops[i], &got);
		assert_null(got.event.rule_id);
	}
}

/* A call that a budget refused. */
static struct fixture_record *spent(enum aw_reason reason, uint32_t limit, uint64_t at_ns)
{
	struct fixture_record *op = fixture_op("", 0);

	op->op.op = AW_OP_TCP;
	op->op.object = AW_OBJECT_ADDRESS;
	op->op.anchor = AW_ANCHOR_NONE;
	op->op.verdict = AW_VERDICT_NONE;
	op->op.reason = (uint8_t)reason;
	op->op.limit = limit;
	op->op.limit_at_ns = at_ns;
	return op;
}

static void the_budget_that_is_spent_is_named_with_its_rule(void **state)
{
	struct fixture *f = *state;
	_cleanup_(fixture_decoded_done) struct fixture_decoded a = {}, b = {}, c = {};
	const struct aw_rule *hub;
	uint32_t connects, rate;

	parse_policy(f);
	hub = aw_policy_find_rule(f->policy, "hub");
	connects = (uint32_t)aw_limit_id(hub, AW_LIMIT_CONNECTS);
	rate = (uint32_t)aw_limit_id(hub, AW_LIMIT_RATE);
	run(f, spent(AW_REASON_LIMIT, rate, FIXTURE_NOW_NS + 5), &a);
	assert_string_equal(a.event.rule_id, "hub");
	assert_string_equal(a.event.rule_reason, "pushes");
	assert_ptr_equal(a.event.budget, &hub->limits[1]);
	assert_int_equal(a.event.budget->unit, AW_LIMIT_RATE);
	assert_true(a.event.again_wall_ns == FIXTURE_OFFSET_NS + FIXTURE_NOW_NS + 5);
	run(f, spent(AW_REASON_LIMIT, connects, FIXTURE_NOW_NS), &b);
	assert_int_equal(b.event.budget->unit, AW_LIMIT_CONNECTS);
	/* When there will be room is not known. */
	run(f, spent(AW_REASON_NO_BUDGET, connects, 0), &c);
	assert_ptr_equal(c.event.budget, &hub->limits[0]);
	assert_true(c.event.again_wall_ns == 0);
}

/* Another reason has an inode there; another policy, other budgets. */
static void what_is_no_budget_of_the_policy_is_none(void **state)
{
	struct fixture *f = *state;
	_cleanup_(fixture_decoded_done) struct fixture_decoded a = {}, b = {}, c = {};
	uint32_t id;

	parse_policy(f);
	id = (uint32_t)aw_limit_id(aw_policy_find_rule(f->policy, "hub"), AW_LIMIT_RATE);
	run(f, spent(AW_REASON_LIMIT, id + 1, FIXTURE_NOW_NS), &a);
	run(f, spent(AW_REASON_RACED, id, FIXTURE_NOW_NS), &b);
	f->policy = aw_policy_free(f->policy);
	run(f, spent(AW_REASON_LIMIT, id, FIXTURE_NOW_NS), &c);
	for (size_t i = 0; i < 3; i++) {
		const struct aw_event *event =
			&(const struct fixture_decoded *[]){&a, &b, &c}[i]->event;

		assert_null(event->budget);
		assert_null(event->rule_id);
		assert_true(event->again_wall_ns == 0);
	}
}

static void a_policy_is_known_by_the_start_of_its_hash(void **state)
{
	uint64_t id = 0;

	assert_int_equal(aw_policy_id_of_hash(fixture_context.policy_hash, &id), 0);
	assert_true(id == 0x0123456789abcdef);
	assert_int_equal(aw_policy_id_of_hash("0123", &id), -EINVAL);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_operation_knows_its_process_and_ancestors),
		TEST(a_program_names_its_events_until_the_next_exec),
		TEST(an_observation_that_overtakes_its_exec_gets_no_wrong_arguments),
		TEST(an_orphan_keeps_the_parent_that_forked_it),
		TEST(a_child_seen_before_its_fork_record_still_gets_its_parents_program),
		TEST(a_number_used_again_is_another_process),
		TEST(living_ancestors_are_filled_from_proc),
		TEST(proc_is_not_believed_about_another_process_of_the_same_number),
		TEST(a_full_table_forgets_the_exited_first_and_counts),
		TEST(memory_is_bounded_too_and_comes_back),
		TEST(ancestry_is_bounded),
		TEST(the_deciding_rule_is_named),
		TEST(the_rule_of_an_address_is_named),
		TEST(what_a_rule_did_not_decide_names_none),
		TEST(the_budget_that_is_spent_is_named_with_its_rule),
		TEST(what_is_no_budget_of_the_policy_is_none),
		TEST(a_policy_is_known_by_the_start_of_its_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
