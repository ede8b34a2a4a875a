/* SPDX-License-Identifier: Apache-2.0 */
/* The network in learned policies: names where they were seen, addresses where not. */
#include "policy/learned_fixture.h"

#define S(runs_, op_, name_)                                      \
	{                                                         \
		.runs = (runs_), .op = AW_OP_##op_, .name = name_ \
	}
#define ASKED(runs_, name_)                                                                 \
	{                                                                                   \
		.runs = (runs_), .op = AW_OP_RESOLVE, .name = name_, .kind = AW_OBJECT_HOST \
	}
#define RESOLVER(runs_, name_)                                                                 \
	{                                                                                      \
		.runs = (runs_), .op = AW_OP_RESOLVE, .name = name_, .kind = AW_OBJECT_ADDRESS \
	}
#define WRITE(lesson, f, samples, n_runs) \
	write_lesson(lesson, (f)->path, samples, sizeof(samples) / sizeof((samples)[0]), n_runs)

static void assert_says(const struct lesson *lesson, const char *words)
{
	if (!strstr(lesson->text, words))
		fail_msg("no \"%s\" in\n%s", words, lesson->text);
}

static void assert_silent(const struct lesson *lesson, const char *words)
{
	if (strstr(lesson->text, words))
		fail_msg("\"%s\" in\n%s", words, lesson->text);
}

static void names_and_addresses_are_written_apart(void **state)
{
	static const struct sample samples[] = {
		S(7, TCP, "a.example:443"),	 S(1, TCP, "b.example:443"),
		S(2, TCP, "a.example:8443"),	 S(4, UDP, "a.example:443"),
		S(7, TCP, "192.0.2.9:443"),	 S(7, LISTEN, "127.0.0.1:8080"),
		ASKED(7, "a.example"),		 ASKED(1, "b.example"),
		ASKED(2, "only.example"),	 RESOLVER(7, "10.0.0.2:53"),
		S(7, UDP, "10.0.0.2:53"),	 S(1, TCP, "10.0.0.2:53"),
		S(7, TCP, "169.254.169.254:80"),
	};
	struct fixture *f = *state;
	struct lesson lesson = {0};

	WRITE(&lesson, f, samples, 3);
	assert_says(
		&lesson,
		"  # The network, by host name. Who may connect to a name may ask for it; "
		"questions "
		"to the resolver\n"
		"  # need no rule of their own.\n"
		"  # Seen 2026-11-20, by tool.\n"
		"  - id: host.tcp.443\n"
		"    allow: [tcp]\n"
		"    port: [\"443\"]\n"
		"    host:\n"
		"      - \"a.example\"\n"
		"      - \"b.example\" # 1 of 3 runs\n"
		"  # Seen in 1 of 3 runs, 2026-11-20, by tool.\n"
		"  - {id: host.tcp.8443, allow: [tcp], port: [\"8443\"], host: [\"a.example\"]}\n"
		"  # Seen in 1 of 3 runs, 2026-11-20, by tool.\n"
		"  - {id: host.udp.443, allow: [udp], port: [\"443\"], host: [\"a.example\"]}\n"
		"  # Seen in 1 of 3 runs, 2026-11-20, by tool. Asked for, and not connected to.\n"
		"  - {id: host.resolve, allow: [resolve], host: [\"only.example\"]}\n"
		"\n"
		"  # The network, by address: no name was seen for these addresses.\n"
		"  # Seen in 1 of 3 runs, 2026-11-20, by tool.\n"
		"  - {id: net.tcp.53, allow: [tcp], port: [\"53\"], cidr: [\"10.0.0.2/32\"]}\n"
		"  # Seen in 3 of 3 runs, 2026-11-20, by tool.\n"
		"  - {id: net.tcp.443, allow: [tcp], port: [\"443\"], cidr: [\"192.0.2.9/32\"]}\n"
		"  # Seen in 3 of 3 runs, 2026-11-20, by tool.\n"
		"  - {id: net.listen.8080, allow: [listen], port: [\"8080\"], cidr: "
		"[\"127.0.0.1/32\"]}\n"
		"\n"
		"  # NEEDS REVIEW: addresses.\n");
	assert_silent(&lesson, "net.udp");
	lesson_forget(&lesson);
}

/* A policy takes the rules as they are written. */
static void a_rule_by_name_is_parsed_as_one(void **state)
{
	static const struct sample samples[] = {S(3, TCP, "a.example:443"),
						S(3, TCP, "b.example:443")};
	struct fixture *f = *state;
	struct lesson lesson = {0};
	const struct aw_rule *rule;

	learn(&lesson, f->path, samples, 2, 2);
	rule = aw_policy_find_rule(lesson.policy, "host.tcp.443");
	assert_non_null(rule);
	assert_int_equal(rule->action, AW_ACTION_ALLOW);
	assert_int_equal(rule->ops, 1u << AW_OP_TCP);
	assert_int_equal(rule->n_hosts, 2);
	assert_string_equal(rule->hosts[0], "a.example");
	assert_string_equal(rule->hosts[1], "b.example");
	assert_int_equal(rule->n_ports, 1);
	assert_int_equal(rule->ports[0].first, 443);
	assert_int_equal(rule->ports[0].last, 443);
	assert_int_equal(rule->n_cidrs, 0);
	lesson_forget(&lesson);
}

/* Datagrams to what was not asked as a resolver, and to it at another port, are like any other. */
static void only_datagrams_to_a_resolver_go_without_a_rule(void **state)
{
	static const struct sample samples[] = {
		ASKED(3, "a.example"),	  RESOLVER(3, "10.0.0.2:53"), S(3, UDP, "10.0.0.2:53"),
		S(3, UDP, "10.0.0.3:53"), S(3, UDP, "10.0.0.2:123"),  S(3, UDP, "a.example:53"),
	};
	static const struct sample before[] = {S(3, UDP, "10.0.0.2:53")};
	struct fixture *f = *state;
	struct lesson lesson = {0};
	char path[160];

	WRITE(&lesson, f, samples, 2);
	assert_says(&lesson, "{id: net.udp.53, allow: [udp], port: [\"53\"], cidr: "
			     "[\"10.0.0.3/32\"]}");
	assert_says(&lesson, "{id: net.udp.123, allow: [udp], port: [\"123\"], cidr: "
			     "[\"10.0.0.2/32\"]}");
	assert_says(&lesson, "{id: host.udp.53, allow: [udp], port: [\"53\"], host: "
			     "[\"a.example\"]}");
	lesson_forget(&lesson);
	/* Where no question was seen, nothing is known of resolvers. */
	snprintf(path, sizeof(path), "%s.before", f->path);
	write_lesson(&lesson, path, before, 1, 2);
	assert_says(&lesson, "{id: net.udp.53, allow: [udp], port: [\"53\"], cidr: "
			     "[\"10.0.0.2/32\"]}");
	assert_silent(&lesson, "by host name");
	lesson_forget(&lesson);
}

/* "*.example" can be asked for; as a rule it would be all names below. */
static void a_name_that_no_policy_can_hold_is_counted_and_not_written(void **state)
{
	static const struct sample samples[] = {
		ASKED(3, "*.example"),
		ASKED(3, "a.example"),
		ASKED(1, "x\"]}"),
	};
	struct fixture *f = *state;
	struct lesson lesson = {0};

	WRITE(&lesson, f, samples, 2);
	assert_says(&lesson, "host: [\"a.example\"]}\n");
	assert_silent(&lesson, "*.example");
	assert_silent(&lesson, "x\\");
	assert_says(&lesson, "2 operations were on names that no rule can hold");
	lesson_forget(&lesson);
}

static void names_that_differ_from_run_to_run_are_said_so(void **state)
{
	static const struct sample samples[] = {
		S(1, TCP, "a.example:443"), S(2, TCP, "b.example:443"), S(4, TCP, "c.example:443"),
		S(1, TCP, "192.0.2.1:80"),  S(2, TCP, "192.0.2.2:80"),
	};
	struct fixture *f = *state;
	struct lesson lesson = {0};

	WRITE(&lesson, f, samples, 3);
	assert_says(&lesson, "The names differ from run to run");
	assert_says(&lesson, "The addresses differ from run to run");
	lesson_forget(&lesson);
}

/* What must be named is named; a range would not give it. */
static void special_addresses_are_written_one_by_one(void **state)
{
	static const struct sample samples[] = {
		S(3, TCP, "169.254.169.254:80"),
		S(3, TCP, "169.254.170.2:80"),
		S(3, TCP, "100.100.100.200:80"),
		S(3, UDP, "224.0.0.251:5353"),
	};
	static const struct sample other = S(3, TCP, "169.254.169.253:80");
	struct fixture *f = *state;
	struct lesson lesson = {0};

	learn(&lesson, f->path, samples, sizeof(samples) / sizeof(*samples), 2);
	for (size_t i = 0; i < lesson.policy->n_rules; i++)
		for (size_t k = 0; k < lesson.policy->rules[i].n_cidrs; k++)
			assert_int_equal(lesson.policy->rules[i].cidrs[k].prefix, 128);
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
		assert_int_equal(ask(&lesson, &samples[i]), AW_VERDICT_FLAG);
	assert_int_equal(ask(&lesson, &other), AW_VERDICT_NONE);
	lesson_forget(&lesson);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(names_and_addresses_are_written_apart),
		T(a_rule_by_name_is_parsed_as_one),
		T(only_datagrams_to_a_resolver_go_without_a_rule),
		T(a_name_that_no_policy_can_hold_is_counted_and_not_written),
		T(names_that_differ_from_run_to_run_are_said_so),
		T(special_addresses_are_written_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
