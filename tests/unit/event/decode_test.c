/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding: what is good arrives whole, what is not is told apart, nothing beyond the end is read.
 */
#include "event_fixture.h"

#include "base/cleanup.h"

#define GARBAGE_ROUNDS 200000

static void assert_bytes(struct aw_bytes bytes, const void *expected, size_t length)
{
	assert_int_equal(bytes.length, length);
	assert_memory_equal(bytes.data, expected, length);
}

static void an_operation_arrives_whole(void **state)
{
	_cleanup_free_ struct fixture_record *record = fixture_op("/.bashrc", 8);
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};
	const struct aw_event *event = &got.event;

	fixture_decode(record, AW_RING_OBSERVATIONS, &got);
	assert_int_equal(event->type, AW_REC_OP);
	assert_int_equal(event->ring, AW_RING_OBSERVATIONS);
	assert_int_equal(event->seq, 17);
	assert_int_equal(event->cpu, 3);
	assert_int_equal(event->time_ns, FIXTURE_NOW_NS + 17000);
	assert_int_equal(event->agent, 7);
	assert_int_equal(event->agent_generation, 2);
	assert_int_equal(event->proc.pid, 102);
	assert_int_equal(event->op.op, AW_OP_WRITE);
	assert_int_equal(event->op.error, -EACCES);
	assert_bytes(event->object, "/.bashrc", 8);
	assert_null(event->context);
	assert_null(event->rule_id);
	assert_int_equal(event->n_ancestry, 0);
	assert_int_equal(event->exe_anchor, AW_ANCHOR_NONE);
}

static void an_exec_arrives_with_its_four_strings(void **state)
{
	_cleanup_free_ struct fixture_record *record =
		fixture_exec(1, "/usr/bin/node", "/srv/x.js", "/srv", "node\0x.js", 9);
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};

	record->exec.cwd_anchor = 5;
	record->exec.argv_total = 4000;
	fixture_decode(record, AW_RING_DECISIONS, &got);
	assert_bytes(got.event.exe, "/usr/bin/node", 13);
	assert_bytes(got.event.script, "/srv/x.js", 9);
	assert_bytes(got.event.cwd, "/srv", 4);
	assert_bytes(got.event.argv, "node\0x.js", 9);
	assert_int_equal(got.event.cwd_anchor, 5);
	assert_int_equal(got.event.exe_anchor, AW_ANCHOR_NONE);
	assert_int_equal(got.event.argv_total, 4000);
	assert_int_equal(got.event.proc.pid, 101);
}

static void a_program_without_a_script_has_none(void **state)
{
	_cleanup_free_ struct fixture_record *record =
		fixture_exec(1, "/bin/true", "", "/", "t", 1);
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};

	fixture_decode(record, AW_RING_DECISIONS, &got);
	assert_null(got.event.script.data);
	assert_bytes(got.event.cwd, "/", 1);
}

static void what_the_kernel_could_not_name_is_absent(void **state)
{
	_cleanup_free_ struct fixture_record *record = fixture_exec(1, "/", "", "", "", 0);
	_cleanup_(fixture_decoded_done) struct fixture_decoded a = {}, b = {};

	record->exec.exe_length = 0;
	record->exec.argv_total = 10;
	fixture_decode(record, AW_RING_DECISIONS, &a);
	assert_null(a.event.exe.data);
	assert_null(a.event.script.data);
	assert_null(a.event.cwd.data);
	assert_null(a.event.argv.data);
	record->exec.cwd_anchor = 0; /* the anchor's folder itself */
	record->exec.argv_total = 0; /* started without arguments */
	fixture_decode(record, AW_RING_DECISIONS, &b);
	assert_non_null(b.event.cwd.data);
	assert_non_null(b.event.argv.data);
}

static void fork_exit_and_cgroup_arrive(void **state)
{
	_cleanup_free_ struct fixture_record *fork = fixture_fork(4),
					     *exit = fixture_exit(5, 0x100),
					     *cgroup = fixture_cgroup(1);
	_cleanup_(fixture_decoded_done) struct fixture_decoded a = {}, b = {}, c = {};

	fixture_decode(fork, AW_RING_DECISIONS, &a);
	assert_int_equal(a.event.proc.pid, 104);
	assert_int_equal(a.event.fork.pid, 105);
	fixture_decode(exit, AW_RING_DECISIONS, &b);
	assert_int_equal(b.event.proc.pid, 105);
	assert_int_equal(b.event.exit.status, 0x100);
	fixture_decode(cgroup, AW_RING_DECISIONS, &c);
	assert_int_equal(c.event.proc.pid, 0);
	assert_int_equal(c.event.cgroup.cgroup_id, 4711);
}

static int decode(const struct fixture_record *record, size_t size)
{
	_cleanup_free_ char *bytes = malloc(size ?: 1);
	struct aw_event event;

	assert_non_null(bytes);
	memcpy(bytes, record->bytes, size);
	return aw_event_decode(bytes, size, AW_RING_DECISIONS, &event);
}

static int decode_host(enum aw_object kind, const char *name, size_t length)
{
	_cleanup_free_ struct fixture_record *record = fixture_op(name, length);

	record->op.object = (uint8_t)kind;
	record->op.anchor = AW_ANCHOR_NONE;
	return decode(record, record->size);
}

static void the_name_of_an_address_is_a_host_name_or_none(void **state)
{
	static const struct {
		const char *name;
		size_t length;
	} bad[] = {{"a b", 3},	 {"a/b", 3},  {"a\0b", 3},	  {"\n", 1},
		   {"a\x7f", 2}, {"\xff", 1}, {"\xc3\xa9.org", 6}};
	char longest[AW_HOST_MAX + 1];

	memset(longest, 'a', sizeof(longest));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(decode_host(AW_OBJECT_ADDRESS, bad[i].name, bad[i].length),
				 -EBADMSG);
		assert_int_equal(decode_host(AW_OBJECT_HOST, bad[i].name, bad[i].length), -EBADMSG);
		/* Of files the bytes may be any. */
		assert_int_equal(decode_host(AW_OBJECT_PATH, bad[i].name, bad[i].length), 0);
	}
	for (int i = 0; i < 2; i++) {
		const enum aw_object kind = i ? AW_OBJECT_ADDRESS : AW_OBJECT_HOST;

		assert_int_equal(decode_host(kind, "a.example", 9), 0);
		assert_int_equal(decode_host(kind, "!*~", 3), 0);
		assert_int_equal(decode_host(kind, longest, AW_HOST_MAX), 0);
		assert_int_equal(decode_host(kind, longest, AW_HOST_MAX + 1), -EBADMSG);
	}
	assert_int_equal(decode_host(AW_OBJECT_ADDRESS, "", 0), 0);
	assert_int_equal(decode_host(AW_OBJECT_HOST, "", 0), -EBADMSG);
}

static void every_prefix_of_a_record_is_refused(void **state)
{
	struct fixture_record *records[] = {
		fixture_op("/.bashrc", 8),
		fixture_exec(1, "/usr/bin/node", "/x.js", "/srv", "a\0b", 3),
		fixture_fork(1),
		fixture_exit(1, 9),
		fixture_cgroup(0),
	};

	for (size_t i = 0; i < sizeof(records) / sizeof(*records); i++) {
		size_t whole = records[i]->size;

		for (size_t size = 0; size < whole; size++) {
			/* Cut by the ring, and cut with a size that says so. */
			records[i]->head.size = (uint32_t)whole;
			assert_int_equal(decode(records[i], size), -EBADMSG);
			records[i]->head.size = (uint32_t)size;
			assert_int_equal(decode(records[i], size), -EBADMSG);
			assert_int_equal(decode(records[i], whole), -EBADMSG);
		}
		records[i]->head.size = (uint32_t)whole;
		assert_int_equal(decode(records[i], whole), 0);
		free(records[i]);
	}
}

static void a_larger_record_of_the_same_version_is_accepted(void **state)
{
	_cleanup_free_ struct fixture_record *record = fixture_op("/.bashrc", 8);
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};

	memset(record->bytes + record->size, 'z', 64);
	record->size += 64;
	assert_int_equal(decode(record, record->size), 0);
	record->head.size += 64;
	fixture_decode(record, AW_RING_DECISIONS, &got);
	assert_bytes(got.event.object, "/.bashrc", 8);
}

static void versions_and_types_that_are_not_known_are_told_apart(void **state)
{
	_cleanup_free_ struct fixture_record *record = fixture_op("/x", 2);
	struct aw_event event = {.seq = 99};

	record->head.version = AW_RECORD_VERSION + 1;
	assert_int_equal(decode(record, record->size), -EPROTONOSUPPORT);
	record->head.version = 0;
	assert_int_equal(decode(record, record->size), -EPROTONOSUPPORT);
	record->head.version = AW_RECORD_VERSION;
	record->head.type = AW_REC_TYPES;
	assert_int_equal(decode(record, record->size), -ENOMSG);
	record->head.type = AW_REC_NONE;
	assert_int_equal(decode(record, record->size), -ENOMSG);
	assert_int_equal(aw_event_decode(record->bytes, record->size, AW_RING_DECISIONS, &event),
			 -ENOMSG);
	assert_int_equal(event.seq, 99);
}

/* Each one-byte field: its last good value is taken, the first bad one is not. The name is right
 * for every kind of object. */
static void values_outside_their_range_are_refused(void **state)
{
	static const struct {
		size_t offset;
		uint8_t last_good, first_bad;
	} fields[] = {
		{offsetof(struct aw_rec_op, op), AW_OPS - 1, AW_OPS},
		{offsetof(struct aw_rec_op, verdict), AW_VERDICTS - 1, AW_VERDICTS},
		{offsetof(struct aw_rec_op, effect), AW_EFFECTS - 1, AW_EFFECTS},
		{offsetof(struct aw_rec_op, reason), AW_REASONS - 1, AW_REASONS},
		{offsetof(struct aw_rec_op, mode), AW_MODES - 1, AW_MODES},
		{offsetof(struct aw_rec_op, object), AW_OBJECTS - 1, AW_OBJECTS},
		{offsetof(struct aw_rec_op, anchor), AW_ANCHORS_MAX - 1, AW_ANCHORS_MAX},
		{offsetof(struct aw_rec_op, anchor), 0, AW_ANCHOR_NONE},
		{offsetof(struct aw_rec_op, role), AW_ROLE_TARGET, AW_ROLE_TARGET + 1},
		{offsetof(struct aw_rec_op, hook), AW_HOOKS - 1, AW_HOOKS},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		_cleanup_free_ struct fixture_record *record = fixture_op("x", 1);

		record->bytes[fields[i].offset] = (char)fields[i].last_good;
		assert_int_equal(decode(record, record->size), 0);
		record->bytes[fields[i].offset] = (char)fields[i].first_bad;
		assert_int_equal(decode(record, record->size), -EBADMSG);
	}
}

static void errors_and_agents_outside_their_range_are_refused(void **state)
{
	_cleanup_free_ struct fixture_record *record = fixture_op("/x", 2);

	record->op.error = 1;
	assert_int_equal(decode(record, record->size), -EBADMSG);
	record->op.error = -4096;
	assert_int_equal(decode(record, record->size), -EBADMSG);
	record->op.error = -4095;
	assert_int_equal(decode(record, record->size), 0);
	record->head.agent = AW_AGENTS_MAX;
	assert_int_equal(decode(record, record->size), -EBADMSG);
	record->head.agent = AW_AGENTS_MAX - 1;
	assert_int_equal(decode(record, record->size), 0);
}

static void lengths_that_only_fit_modulo_2_32_are_refused(void **state)
{
	_cleanup_free_ struct fixture_record *record =
		fixture_exec(1, "/usr/bin/node", "/x.js", "/srv", "a\0b", 3);

	record->exec.exe_length = UINT32_MAX;
	record->exec.script_length = 14;
	assert_int_equal(decode(record, record->size), -EBADMSG);
	record->exec.exe_length = 13;
	record->exec.script_length = UINT32_MAX - 12;
	assert_int_equal(decode(record, record->size), -EBADMSG);
	record->exec.script_length = 5;
	record->exec.argv_total = 2;
	assert_int_equal(decode(record, record->size), -EBADMSG);
	record->exec.argv_total = 3;
	assert_int_equal(decode(record, record->size), 0);
}

static uint64_t random_state = 0x2545f4914f6cdd1du;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* A checksum of every byte that an accepted event points to: reads them all. */
static unsigned int sum_of(struct aw_bytes bytes)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < bytes.length; i++)
		sum += (unsigned char)bytes.data[i];
	return sum;
}

static void garbage_is_refused_or_decoded_within_bounds(void **state)
{
	_cleanup_free_ struct fixture_record *op = fixture_op("/.bashrc", 8),
					     *exec = fixture_exec(1, "/bin/sh", "/x", "/", "sh", 2);
	unsigned int accepted = 0, refused = 0, sum = 0;

	for (int i = 0; i < GARBAGE_ROUNDS; i++) {
		const struct fixture_record *from = i % 2 ? op : exec;
		_cleanup_free_ char *bytes = malloc(from->size);
		struct aw_event event = {};

		assert_non_null(bytes);
		memcpy(bytes, from->bytes, from->size);
		for (uint64_t n = next_random() % 4; n > 0; n--)
			bytes[next_random() % from->size] = (char)next_random();
		if (aw_event_decode(bytes, from->size, AW_RING_DECISIONS, &event) == 0) {
			accepted++;
			sum += sum_of(event.object) + sum_of(event.exe) + sum_of(event.argv) +
			       sum_of(event.cwd) + sum_of(event.script);
		} else {
			refused++;
		}
	}
	assert_true(accepted > 1000 && refused > 1000 && sum > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_operation_arrives_whole),
		cmocka_unit_test(an_exec_arrives_with_its_four_strings),
		cmocka_unit_test(a_program_without_a_script_has_none),
		cmocka_unit_test(what_the_kernel_could_not_name_is_absent),
		cmocka_unit_test(fork_exit_and_cgroup_arrive),
		cmocka_unit_test(the_name_of_an_address_is_a_host_name_or_none),
		cmocka_unit_test(every_prefix_of_a_record_is_refused),
		cmocka_unit_test(a_larger_record_of_the_same_version_is_accepted),
		cmocka_unit_test(versions_and_types_that_are_not_known_are_told_apart),
		cmocka_unit_test(values_outside_their_range_are_refused),
		cmocka_unit_test(errors_and_agents_outside_their_range_are_refused),
		cmocka_unit_test(lengths_that_only_fit_modulo_2_32_are_refused),
		cmocka_unit_test(garbage_is_refused_or_decoded_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
