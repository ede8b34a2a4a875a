/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What policy files say about hosts: their names, who may ask for them, who answers, and for how
 * long. What is refused is parse_error_test.c's.
 */
#include <arpa/inet.h>

#include "policy/parse_helper.h"

static void names_are_kept_in_one_spelling(void **state)
{
	static const char *const spellings[][2] = {
		{"api.example.com", "api.example.com"},
		{"API.Example.COM", "api.example.com"},
		{"api.example.com.", "api.example.com"},
		{"\"*.Example.org.\"", "*.example.org"},
		{"localhost", "localhost"},
		{"a_b.x-y.example", "a_b.x-y.example"},
		{"xn--bcher-kva.example", "xn--bcher-kva.example"},
		{"\"${GIT_HOST}.\"", "git.example.org"},
	};

	for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++) {
		_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
		char text[256];

		snprintf(text, sizeof(text), RULES "{id: a, allow: [tcp], host: [%s], port: 1}",
			 spellings[i][0]);
		policy = parse_ok(text);
		assert_string_equal(rule_of(policy, "a")->hosts[0], spellings[i][1]);
	}
}

static void a_name_may_be_as_long_as_names_are(void **state)
{
	char text[512] = RULES "{id: a, allow: [tcp], host: [", host[AW_HOST_MAX + 1] = "";
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;

	for (size_t i = 0; i < AW_HOST_MAX; i++)
		host[i] = i % 50 == 49 ? '.' : 'a';
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s.], port: 1}", host);
	policy = parse_ok(text);
	assert_string_equal(rule_of(policy, "a")->hosts[0], host);
}

static void questions_are_about_hosts_and_have_no_port(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok(RULES "{id: a, deny: [resolve], host: [\"*.evil.example\"]}\n"
			       "  - {id: b, flag: [tcp, resolve], host: a.org, port: 443}\n"
			       "  - {id: c, lift: a, allow: resolve, host: good.evil.example}\n");

	assert_int_equal(rule_of(policy, "a")->ops, 1u << AW_OP_RESOLVE);
	assert_int_equal(rule_of(policy, "a")->n_ports, 0);
	assert_int_equal(rule_of(policy, "b")->ops, 1u << AW_OP_RESOLVE | 1u << AW_OP_TCP);
	assert_int_equal(rule_of(policy, "b")->n_ports, 1);
	assert_string_equal(rule_of(policy, "c")->lifts, "a");
}

static void resolvers_are_kept_as_addresses_and_ports(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok("version: 1\nresolvers: [10.0.0.2, \"10.0.0.2:5353\", \"fd00::2\", "
			 "\"[fd00::3]:5353\", \"[fd00::4]\", \"${DNS}\", \"::ffff:10.0.0.3\"]\n");
	static const struct {
		const char *address;
		uint16_t port;
	} expected[] = {
		{"::ffff:10.0.0.2", 53}, {"::ffff:10.0.0.2", 5353}, {"fd00::2", 53},
		{"fd00::3", 5353},	 {"fd00::4", 53},	    {"fd00::1", 53},
		{"::ffff:10.0.0.3", 53},
	};

	assert_int_equal(policy->n_resolvers, sizeof(expected) / sizeof(*expected));
	for (size_t i = 0; i < policy->n_resolvers; i++) {
		uint8_t address[16];

		assert_int_equal(inet_pton(AF_INET6, expected[i].address, address), 1);
		assert_memory_equal(policy->resolvers[i].address, address, 16);
		assert_int_equal(policy->resolvers[i].port, expected[i].port);
	}
}

static void one_resolver_is_a_list_of_one(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok("version: 1\nresolvers: 127.0.0.53\n");

	assert_int_equal(policy->n_resolvers, 1);
	assert_int_equal(policy->resolvers[0].port, 53);
}

static void leases_have_limits_of_their_own(void **state)
{
	static const struct {
		const char *text;
		uint32_t min_s, max_s;
	} rows[] = {
		{"version: 1\n", AW_LEASE_MIN_S, AW_LEASE_MAX_S},
		{"version: 1\nleases: {}\n", 60, 86400},
		{"version: 1\nleases: {min: 5m}\n", 300, 86400},
		{"version: 1\nleases: {max: 2h}\n", 60, 7200},
		{"version: 1\nleases: {min: 1s, max: 7d}\n", 1, 604800},
		{"version: 1\nleases: {max: 2000ms, min: 2s}\n", 2, 2},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(rows[i].text);

		assert_int_equal(policy->lease_min_s, rows[i].min_s);
		assert_int_equal(policy->lease_max_s, rows[i].max_s);
		assert_int_equal(policy->n_resolvers, 0);
	}
}

static void includes_name_no_resolvers_and_no_leases(void **state)
{
	static const struct {
		const char *text, *message;
	} includes[] = {
		{"version: 1\nresolvers: [10.0.0.66]\n", "resolvers: in an included file"},
		{"version: 1\nleases: {max: 7d}\n", "leases: in an included file"},
	};
	struct test_dir dir;

	make_dir(&dir);
	write_file(&dir, "main.yaml",
		   "version: 1\ninclude: [./a.yaml]\nresolvers: [10.0.0.2]\nleases: {}\n");
	for (size_t i = 0; i < sizeof(includes) / sizeof(*includes); i++) {
		struct aw_policy *policy = NULL;
		struct aw_diag d;

		write_file(&dir, "a.yaml", includes[i].text);
		assert_int_equal(parse_in(&dir, "main.yaml", &policy, &d), -EINVAL);
		assert_null(policy);
		assert_non_null(strstr(d.message, includes[i].message));
		assert_non_null(strstr(d.message, "an include adds, it never weakens"));
		assert_non_null(strstr(d.hint, "main file"));
		assert_non_null(strstr(d.file, "a.yaml"));
		assert_int_equal(d.line, 2);
		assert_int_equal(d.column, 1);
		/* The same file may, where it is the main one. */
		assert_int_equal(parse_in(&dir, "a.yaml", &policy, &d), 0);
		aw_policy_free(policy);
	}
	remove_dir(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_kept_in_one_spelling),
		cmocka_unit_test(a_name_may_be_as_long_as_names_are),
		cmocka_unit_test(questions_are_about_hosts_and_have_no_port),
		cmocka_unit_test(resolvers_are_kept_as_addresses_and_ports),
		cmocka_unit_test(one_resolver_is_a_list_of_one),
		cmocka_unit_test(leases_have_limits_of_their_own),
		cmocka_unit_test(includes_name_no_resolvers_and_no_leases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
