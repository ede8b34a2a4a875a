/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules that name hosts, compiled: which names they match, what they say of asking for a name, and
 * how classes and lifts go with them.
 */
#include <errno.h>

#include "policy/compile_helper.h"

static struct aw_rule *host_rule(struct aw_policy *policy, const char *id, enum aw_action action,
				 uint32_t ops, const char *host)
{
	struct aw_rule *rule = fixture_rule(policy, id, action, ops);

	fixture_host(rule, host);
	if (ops & ~OP(RESOLVE))
		fixture_ports(rule, 443, 443);
	return rule;
}

/* A port: of the name's addresses. None: of the question for it. */
static enum aw_verdict verdict_in(const struct aw_image *image, const char *host, uint16_t port,
				  uint32_t row)
{
	size_t n = strlen(host);

	if (port)
		return aw_image_verdict(image, aw_image_walk_host(image, host, n, port), row,
					AW_OP_TCP);
	return aw_image_verdict(image, aw_image_walk_question(image, host, n), row, AW_OP_RESOLVE);
}

static enum aw_verdict verdict(const struct aw_image *image, const char *host, uint16_t port)
{
	return verdict_in(image, host, port, 0);
}

static void a_policy_without_hosts_has_no_start_for_them(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *without = NULL, *with = NULL;
	struct aw_rule *rule = fixture_rule(policy, "r", AW_ACTION_ALLOW, OP(TCP));

	fixture_cidr(rule, (const uint8_t[16]){10}, 8);
	without = compile(policy);
	assert_int_equal(without->head->host_state, 0);
	assert_int_equal(aw_image_walk_host(without, "a", 1, 443), 0);
	assert_int_equal(aw_image_walk_question(without, "a", 1), 0);
	host_rule(policy, "host", AW_ACTION_DENY, OP(RESOLVE), "a");
	with = compile(policy);
	assert_int_not_equal(with->head->host_state, 0);
	assert_int_equal(with->head->dfa[AW_DFA_NET].n_classes > 1, true);
}

static void a_host_is_matched_as_a_whole(void **state)
{
	static const struct {
		const char *host;
		bool is_matched;
	} hosts[] = {
		{"api.example.com", true},
		{"xapi.example.com", false},
		{"pi.example.com", false},
		{"api.example.co", false},
		{"api.example.comm", false},
		{"x.api.example.com", false},
		{"", false},
		{"a.example.org", true},
		{"b.a.example.org", true},
		{"a.b.c.d.example.org", true},
		{"example.org", false},
		{".example.org", false},
		{"xexample.org", false},
		{"a.example.org.x", false},
		{"a.example.orgx", false},
		{"example.org.example.org", true},
		{"a.example.or", false},
		{"x.example.org.org", false},
	};
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	struct aw_rule *rule = host_rule(policy, "r", AW_ACTION_ALLOW, OP(TCP), "api.example.com");

	fixture_host(rule, "*.example.org");
	fixture_ports(rule, 8000, 8010);
	image = compile(policy);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		enum aw_verdict expected = hosts[i].is_matched ? AW_VERDICT_ALLOW : AW_VERDICT_NONE;

		if (verdict(image, hosts[i].host, 443) != expected ||
		    verdict(image, hosts[i].host, 8010) != expected ||
		    verdict(image, hosts[i].host, 0) != expected)
			fail_msg("%s", hosts[i].host);
		assert_int_equal(verdict(image, hosts[i].host, 444), AW_VERDICT_NONE);
		assert_int_equal(verdict(image, hosts[i].host, 8011), AW_VERDICT_NONE);
	}
}

/* The two bytes of a port may be any: they must not read on as a name. */
static void ports_are_not_mistaken_for_names(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	struct aw_rule *rule = fixture_rule(policy, "r", AW_ACTION_ALLOW, OP(TCP));

	fixture_host(rule, "*.a");
	fixture_ports(rule, 443, 443);
	rule = fixture_rule(policy, "any", AW_ACTION_DENY, OP(TCP));
	fixture_host(rule, "*.b");
	fixture_ports(rule, 0, 65535);
	image = compile(policy);
	for (uint32_t port = 1; port <= UINT16_MAX; port++) {
		assert_int_equal(verdict(image, "x.a", (uint16_t)port),
				 port == 443 ? AW_VERDICT_ALLOW : AW_VERDICT_NONE);
		assert_int_equal(verdict(image, "x.b", (uint16_t)port), AW_VERDICT_DENY);
		assert_int_equal(verdict(image, "x.c", (uint16_t)port), AW_VERDICT_NONE);
	}
}

static void any_port_is_all_ports(void **state)
{
	struct aw_image *images[2] = {};

	for (int i = 0; i < 2; i++) {
		_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
		struct aw_rule *rule = fixture_rule(policy, "r", AW_ACTION_ALLOW, OP(TCP));

		fixture_host(rule, "*.a");
		fixture_ports(rule, 0, i ? 1000 : 65535);
		if (i)
			fixture_ports(rule, 900, 65535);
		images[i] = compile(policy);
	}
	assert_int_equal(images[0]->bytes, images[1]->bytes);
	assert_memory_equal(images[0]->head, images[1]->head, images[0]->bytes);
	for (int i = 0; i < 2; i++)
		aw_image_free(images[i]);
}

static void the_longest_name_is_matched(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	char host[AW_HOST_MAX + 1] = "*.", name[AW_HOST_MAX + 1];

	memset(host + 2, 'a', AW_HOST_MAX - 2);
	memset(name, 'b', AW_HOST_MAX);
	name[AW_HOST_MAX] = '\0';
	host_rule(policy, "wild", AW_ACTION_ALLOW, OP(TCP), host);
	host_rule(policy, "name", AW_ACTION_FLAG, OP(TCP), name);
	image = compile(policy);
	host[0] = 'x';
	assert_int_equal(verdict(image, host, 443), AW_VERDICT_ALLOW);
	assert_int_equal(verdict(image, name, 443), AW_VERDICT_FLAG);
}

static void who_may_connect_may_ask(void **state)
{
	static const struct {
		uint32_t ops;
		enum aw_verdict asked[AW_ACTIONS];
	} rows[] = {
		{OP(TCP),
		 {AW_VERDICT_ALLOW, AW_VERDICT_ALLOW, AW_VERDICT_ALLOW, AW_VERDICT_NONE,
		  AW_VERDICT_NONE}},
		{OP(UDP),
		 {AW_VERDICT_ALLOW, AW_VERDICT_ALLOW, AW_VERDICT_ALLOW, AW_VERDICT_NONE,
		  AW_VERDICT_NONE}},
		{OP(RESOLVE),
		 {AW_VERDICT_ALLOW, AW_VERDICT_FLAG, AW_VERDICT_ASK, AW_VERDICT_DENY,
		  AW_VERDICT_FORBID}},
		{OP(TCP) | OP(RESOLVE),
		 {AW_VERDICT_ALLOW, AW_VERDICT_FLAG, AW_VERDICT_ASK, AW_VERDICT_DENY,
		  AW_VERDICT_FORBID}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (enum aw_action action = 0; action < AW_ACTIONS; action++) {
			_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
			_cleanup_(aw_image_freep) struct aw_image *image = NULL;

			host_rule(policy, "r", action, rows[i].ops, "a.b");
			image = compile(policy);
			assert_int_equal(verdict(image, "a.b", 0), rows[i].asked[action]);
			assert_int_equal(verdict(image, "a.b", 443),
					 rows[i].ops & OP(TCP) ? action + 1 : AW_VERDICT_NONE);
		}
}

/* Classes: 0 is known by its program, 1 by a script. */
static void only_those_who_may_connect_may_ask(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	uint32_t exe, script, lost;

	fixture_subject(policy, "exe", AW_SUBJECT_EXE, "/bin/exe", -1);
	fixture_subject(policy, "script", AW_SUBJECT_SCRIPT, "/bin/script", -1);
	host_rule(policy, "allow", AW_ACTION_ALLOW, OP(TCP), "a.b")->subjects = 1;
	host_rule(policy, "ask", AW_ACTION_ASK, OP(TCP), "ask.b")->subjects = 3;
	image = compile(policy);
	exe = aw_image_row_set(image, 1, false, 0);
	lost = aw_image_row_set(image, 1, true, 0);
	script = aw_image_row_set(image, 2, false, 0);
	assert_int_equal(verdict(image, "a.b", 0), AW_VERDICT_NONE);
	assert_int_equal(verdict_in(image, "a.b", 0, exe), AW_VERDICT_ALLOW);
	assert_int_equal(verdict_in(image, "a.b", 0, lost), AW_VERDICT_NONE);
	assert_int_equal(verdict_in(image, "a.b", 443, lost), AW_VERDICT_NONE);
	assert_int_equal(verdict_in(image, "ask.b", 0, exe), AW_VERDICT_ALLOW);
	assert_int_equal(verdict_in(image, "ask.b", 0, lost), AW_VERDICT_NONE);
	assert_int_equal(verdict_in(image, "ask.b", 443, lost), AW_VERDICT_ASK);
	assert_int_equal(verdict_in(image, "ask.b", 443, script), AW_VERDICT_ASK);
	assert_int_equal(verdict_in(image, "ask.b", 0, script), AW_VERDICT_NONE);
}

/* An ask rule alone lets a class ask for names, which it can lose. */
static void what_an_ask_rule_gives_can_be_lost(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;

	fixture_subject(policy, "exe", AW_SUBJECT_EXE, "/bin/exe", -1);
	host_rule(policy, "ask", AW_ACTION_ASK, OP(TCP), "a.b")->subjects = 1;
	image = compile(policy);
	assert_int_equal(image->head->widening, 1);
	assert_int_equal(verdict_in(image, "a.b", 0, aw_image_row_set(image, 1, false, 0)),
			 AW_VERDICT_ALLOW);
	assert_int_equal(verdict_in(image, "a.b", 0, aw_image_row_set(image, 1, true, 0)),
			 AW_VERDICT_NONE);
}

static void a_lift_takes_away_what_it_names(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;

	host_rule(policy, "all", AW_ACTION_DENY, OP(TCP) | OP(RESOLVE), "*.b");
	host_rule(policy, "asking", AW_ACTION_ALLOW, OP(RESOLVE), "a.b")->lifts = strdup("all");
	host_rule(policy, "both", AW_ACTION_FLAG, OP(TCP) | OP(RESOLVE), "c.b")->lifts =
		strdup("all");
	host_rule(policy, "peer", AW_ACTION_ALLOW, OP(TCP), "d.b")->lifts = strdup("all");
	image = compile(policy);
	assert_int_equal(verdict(image, "x.b", 0), AW_VERDICT_DENY);
	assert_int_equal(verdict(image, "x.b", 443), AW_VERDICT_DENY);
	assert_int_equal(verdict(image, "a.b", 0), AW_VERDICT_ALLOW);
	assert_int_equal(verdict(image, "a.b", 443), AW_VERDICT_DENY);
	assert_int_equal(verdict(image, "c.b", 0), AW_VERDICT_FLAG);
	assert_int_equal(verdict(image, "c.b", 443), AW_VERDICT_FLAG);
	assert_int_equal(verdict(image, "d.b", 443), AW_VERDICT_ALLOW);
	/* What it lets ask is an allowance, and no lift. */
	assert_int_equal(verdict(image, "d.b", 0), AW_VERDICT_DENY);
}

/* A denial of connecting alone, whose lift also says something of asking. */
static void a_lift_may_say_more_than_it_lifts(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;

	host_rule(policy, "deny", AW_ACTION_DENY, OP(TCP), "*.b");
	host_rule(policy, "lift", AW_ACTION_FLAG, OP(TCP) | OP(RESOLVE), "a.b")->lifts =
		strdup("deny");
	image = compile(policy);
	assert_int_equal(verdict(image, "a.b", 443), AW_VERDICT_FLAG);
	assert_int_equal(verdict(image, "a.b", 0), AW_VERDICT_FLAG);
	assert_int_equal(verdict(image, "x.b", 0), AW_VERDICT_NONE);
}

static void hosts_and_addresses_do_not_lift_each_other(void **state)
{
	for (int i = 0; i < 2; i++) {
		_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
		struct aw_rule *rules[2];
		struct aw_image *image = NULL;
		struct aw_diag diag = {};

		fixture_rule(policy, "deny", AW_ACTION_DENY, OP(TCP));
		fixture_rule(policy, "lift", AW_ACTION_ALLOW, OP(TCP))->lifts = strdup("deny");
		rules[0] = &policy->rules[i];
		rules[1] = &policy->rules[1 - i];
		fixture_host(rules[0], "a.b");
		fixture_cidr(rules[1], (const uint8_t[16]){10}, 8);
		assert_int_equal(aw_policy_compile(&image, policy, &diag), -EINVAL);
		assert_non_null(strstr(diag.message, "only one of them is about host names"));
		assert_int_equal(diag.line, 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_without_hosts_has_no_start_for_them),
		cmocka_unit_test(a_host_is_matched_as_a_whole),
		cmocka_unit_test(ports_are_not_mistaken_for_names),
		cmocka_unit_test(any_port_is_all_ports),
		cmocka_unit_test(the_longest_name_is_matched),
		cmocka_unit_test(who_may_connect_may_ask),
		cmocka_unit_test(only_those_who_may_connect_may_ask),
		cmocka_unit_test(what_an_ask_rule_gives_can_be_lost),
		cmocka_unit_test(a_lift_takes_away_what_it_names),
		cmocka_unit_test(a_lift_may_say_more_than_it_lifts),
		cmocka_unit_test(hosts_and_addresses_do_not_lift_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
