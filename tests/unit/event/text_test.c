/* SPDX-License-Identifier: Apache-2.0 */
/* Events in words. */
#include "event_fixture.h"

#include "base/cleanup.h"
#include "event/text.h"

/* The line of an operation whose record `change` has altered. */
static char *line_of(void (*change)(struct aw_rec_op *op), const void *name, size_t length,
		     void (*fill)(struct aw_event *event))
{
	_cleanup_free_ struct fixture_record *record = fixture_op(name, length);
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};
	struct aw_buffer line = {};

	if (change)
		change(&record->op);
	fixture_decode(record, AW_RING_DECISIONS, &got);
	got.event.context = &fixture_context;
	if (fill)
		fill(&got.event);
	assert_int_equal(aw_event_append_text(&line, &got.event), 0);
	return aw_buffer_take_string(&line);
}

static void fill_all(struct aw_event *event)
{
	event->exe = (struct aw_bytes){"/usr/bin/python3", 16};
	event->rule_id = "home.startup";
	event->rule_reason = "runs at login";
	event->ancestry[0] = (struct aw_event_process){.pid = 11, .exe = {"/usr/bin/bash", 13}};
	event->ancestry[1] = (struct aw_event_process){.pid = 10};
	event->ancestry[2] = (struct aw_event_process){.pid = 9, .exe = {"/opt/claude", 11}};
	event->n_ancestry = 3;
}

static void a_denial_says_what_who_and_why(void **state)
{
	_cleanup_free_ char *line = line_of(NULL, "/.bashrc", 8, fill_all);

	assert_string_equal(line,
			    "DENIED write ~/.bashrc by /usr/bin/python3 (pid 102 \xe2\x86\x90 "
			    "bash \xe2\x86\x90 pid 10 \xe2\x86\x90 claude) rule "
			    "home.startup: runs at login");
}

static void would_deny_in_workspace(struct aw_rec_op *op)
{
	op->effect = AW_EFFECT_WOULD_DENY;
	op->verdict = AW_VERDICT_NONE;
	op->anchor = 0;
}

static void what_nothing_allows_says_so(void **state)
{
	_cleanup_free_ char *line = line_of(would_deny_in_workspace, "/a\n\x1b", 4, NULL);

	assert_string_equal(line, "WOULD DENY write /srv/w/a\\n\\x1b by python3 (pid 102): "
				  "no rule allows it");
}

static void flag_unbound(struct aw_rec_op *op)
{
	op->effect = AW_EFFECT_ALLOWED;
	op->verdict = AW_VERDICT_FLAG;
	op->anchor = 6;
}

static void an_anchor_that_is_not_bound_is_named_by_number(void **state)
{
	_cleanup_free_ char *line = line_of(flag_unbound, "", 0, NULL);

	assert_string_equal(line, "FLAGGED write ${ANCHOR_6} by python3 (pid 102)");
}

static void connect_mapped(struct aw_rec_op *op)
{
	static const uint8_t address[16] = {[10] = 0xff, 0xff, 10, 0, 0, 7};

	op->op = AW_OP_TCP;
	op->object = AW_OBJECT_ADDRESS;
	op->port = 443;
	op->protocol = 6;
	memcpy(op->address, address, sizeof(address));
}

static void connect_sixth(struct aw_rec_op *op)
{
	connect_mapped(op);
	op->address[0] = 0x20;
	op->protocol = 253;
}

static void addresses_are_written_as_people_do(void **state)
{
	_cleanup_free_ char *four = line_of(connect_mapped, "", 0, NULL);
	_cleanup_free_ char *six = line_of(connect_sixth, "", 0, NULL);

	assert_string_equal(four, "DENIED tcp 10.0.0.7 port 443 (tcp) by python3 (pid 102)");
	assert_string_equal(six, "DENIED tcp 2000::ffff:a00:7 port 443 (protocol 253) by python3 "
				 "(pid 102)");
}

static void ask(struct aw_rec_op *op)
{
	connect_mapped(op);
	op->op = AW_OP_RESOLVE;
	op->object = AW_OBJECT_HOST;
	op->port = 53;
	op->protocol = 17;
	op->verdict = AW_VERDICT_NONE;
}

static void an_address_with_a_name_is_written_by_that(void **state)
{
	_cleanup_free_ char *connect = line_of(connect_mapped, "a.example", 9, NULL);
	_cleanup_free_ char *question = line_of(ask, "a.example", 9, NULL);

	assert_string_equal(connect,
			    "DENIED tcp a.example (10.0.0.7) port 443 (tcp) by python3 (pid 102)");
	assert_string_equal(question,
			    "DENIED resolve a.example, asked of 10.0.0.7 port 53 (udp) by python3 "
			    "(pid 102): no rule allows it");
}

static void unnamed(struct aw_rec_op *op)
{
	op->object = AW_OBJECT_UNNAMED;
	op->reason = AW_REASON_TOO_LONG;
	op->anchor = AW_ANCHOR_NONE;
}

static void what_has_no_name_says_why(void **state)
{
	_cleanup_free_ char *line = line_of(unnamed, "", 0, NULL);

	assert_string_equal(line, "DENIED write an object without a name by python3 (pid 102): the "
				  "object's path is longer than 4096 bytes");
}

static void abstract(struct aw_rec_op *op)
{
	op->op = AW_OP_UNIX;
	op->object = AW_OBJECT_ABSTRACT;
	op->anchor = AW_ANCHOR_NONE;
}

static void zero_bytes_of_an_abstract_name_are_shown(void **state)
{
	_cleanup_free_ char *line = line_of(abstract, "@a\0b", 4, NULL);

	assert_string_equal(line, "DENIED unix @a\\x00b by python3 (pid 102)");
}

static void other_records_have_a_line_too(void **state)
{
	struct {
		struct fixture_record *record;
		const char *expected;
	} cases[] = {
		{fixture_exec(2, "/bin/sh", "", "/", "sh\0-c\0true\0", 11),
		 "exec /bin/sh (pid 102): sh -c true"},
		{fixture_fork(2), "fork of pid 103 by parent (pid 102)"},
		{fixture_exit(2, 0x100), "exit with status 0x100 of leaver (pid 102)"},
		{fixture_cgroup(0), "cgroup 4711 made"},
		{fixture_cgroup(1), "cgroup 4711 removed"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};
		_cleanup_buffer_ struct aw_buffer line = {};

		fixture_decode(cases[i].record, AW_RING_DECISIONS, &got);
		assert_int_equal(aw_event_append_text(&line, &got.event), 0);
		assert_string_equal(aw_buffer_string(&line), cases[i].expected);
		free(cases[i].record);
	}
}

static void every_number_has_its_own_name(void **state)
{
	for (int a = 0; a < AW_HOOKS; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(aw_hook_name(a), aw_hook_name(b));
	for (int a = 0; a < AW_REASONS; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(aw_reason_name(a), aw_reason_name(b));
	assert_string_equal(aw_hook_name(AW_HOOKS), "unknown");
	assert_string_equal(aw_reason_name(AW_REASONS), "unknown");
	assert_string_equal(aw_reason_text(AW_REASONS), "unknown");
	assert_string_equal(aw_effect_name(AW_EFFECTS), "unknown");
	assert_string_equal(aw_object_name(AW_OBJECTS), "unknown");
	assert_string_equal(aw_role_name(AW_ROLE_TARGET + 1), "unknown");
	assert_string_equal(aw_ring_name(AW_RINGS), "unknown");
	assert_string_equal(aw_rec_type_name(AW_REC_TYPES), "unknown");
}

static void errors_have_names(void **state)
{
	char name[AW_ERRNO_NAME_SIZE];

	assert_string_equal(aw_errno_name(-EACCES, name), "EACCES");
	assert_string_equal(aw_errno_name(EPERM, name), "EPERM");
	assert_string_equal(aw_errno_name(-513, name), "ERRNO_513");
}

static void ids_name_boot_time_processor_ring_and_number(void **state)
{
	struct aw_event event = {.time_ns = 0xabcdef, .cpu = 12, .seq = 345};
	char id[AW_EVENT_ID_SIZE];

	aw_event_id(&event, fixture_origin.boot_id, id);
	assert_string_equal(id, "3f2a9c1e-abcdef-12-d345");
	event = (struct aw_event){.time_ns = UINT64_MAX,
				  .cpu = UINT32_MAX,
				  .seq = UINT64_MAX,
				  .ring = AW_RING_OBSERVATIONS};
	aw_event_id(&event, fixture_origin.boot_id, id);
	assert_string_equal(id, "3f2a9c1e-ffffffffffffffff-4294967295-o18446744073709551615");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_denial_says_what_who_and_why),
		cmocka_unit_test(what_nothing_allows_says_so),
		cmocka_unit_test(an_anchor_that_is_not_bound_is_named_by_number),
		cmocka_unit_test(addresses_are_written_as_people_do),
		cmocka_unit_test(an_address_with_a_name_is_written_by_that),
		cmocka_unit_test(what_has_no_name_says_why),
		cmocka_unit_test(zero_bytes_of_an_abstract_name_are_shown),
		cmocka_unit_test(other_records_have_a_line_too),
		cmocka_unit_test(every_number_has_its_own_name),
		cmocka_unit_test(errors_have_names),
		cmocka_unit_test(ids_name_boot_time_processor_ring_and_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
