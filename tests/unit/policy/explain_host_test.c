/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rule decides where hosts are named: of an address and the host that it is leased to, and of
 * the question for a host.
 */
#include <arpa/inet.h>

#include "policy/explain.h"
#include "policy/parse_helper.h"

static const char text[] =
	"version: 1\n"
	"subjects: {git: {exe: /usr/bin/git}, npm: {script: /npm}}\n"
	"rules:\n"
	"  - {id: api, allow: [tcp], host: [api.example.com, \"*.pkg.example.org\"], port: 443}\n"
	"  - {id: watched, flag: [tcp], host: watched.example.com, port: 443}\n"
	"  - {id: asks, ask: [tcp], host: asks.example.com, port: 443}\n"
	"  - {id: npm, ask: [tcp], host: npm.example.com, port: 443, by: npm}\n"
	"  - {id: git, allow: [tcp], host: git.example.com, port: 22, by: git}\n"
	"  - {id: evil, deny: [tcp, resolve], host: \"*.evil.pkg.example.org\", port: "
	"\"0-65535\"}\n"
	"  - {id: good, lift: evil, allow: [tcp, resolve], host: good.evil.pkg.example.org, "
	"port: 443}\n"
	"  - {id: lan, allow: [tcp], cidr: 10.0.0.0/8, port: \"0-65535\"}\n"
	"  - {id: meta, deny: [tcp], cidr: 10.9.0.0/16, port: \"0-65535\"}\n";

#define GIT 1u
#define NPM 2u

struct row {
	enum aw_op op;
	const char *host;    /* or NULL */
	const char *address; /* or NULL: the host alone */
	uint16_t port;
	uint32_t classes;
	enum aw_verdict verdict;
	const char *decides; /* NULL: nothing */
	const char *lifted;  /* NULL: nothing */
};

static void check(const struct aw_policy *policy, const struct row *row)
{
	struct aw_query query = {.op = row->op,
				 .anchor = -1,
				 .port = row->port,
				 .host = row->host,
				 .host_length = row->host ? strlen(row->host) : 0,
				 .is_host_alone = !row->address,
				 .subject_mask = (uint16_t)row->classes};
	struct aw_explanation e;
	char mapped[64];

	snprintf(mapped, sizeof(mapped), "::ffff:%s", row->address ?: "0.0.0.0");
	assert_int_equal(inet_pton(AF_INET6, mapped, query.address), 1);
	aw_policy_explain(policy, &query, &e);
	if (e.verdict != row->verdict ||
	    strcmp(e.decides ? e.decides->id : "", row->decides ?: "") ||
	    strcmp(e.lifted ? e.lifted->id : "", row->lifted ?: ""))
		fail_msg("%s %s (%s) %d: %s, rule %s, lifted %s", aw_op_name(row->op),
			 row->host ?: "-", row->address ?: "-", row->port,
			 aw_verdict_name(e.verdict), e.decides ? e.decides->id : "-",
			 e.lifted ? e.lifted->id : "-");
}

#define CHECK_ALL(policy, rows)                                     \
	for (size_t i = 0; i < sizeof(rows) / sizeof(*(rows)); i++) \
	check(policy, &(rows)[i])

static void an_address_is_judged_with_its_host(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(text);
	static const struct row rows[] = {
		{AW_OP_TCP, "api.example.com", "1.2.3.4", 443, 0, AW_VERDICT_ALLOW, "api", NULL},
		{AW_OP_TCP, "api.example.com", "1.2.3.4", 80, 0, AW_VERDICT_NONE, NULL, NULL},
		{AW_OP_UDP, "api.example.com", "1.2.3.4", 443, 0, AW_VERDICT_NONE, NULL, NULL},
		{AW_OP_TCP, NULL, "1.2.3.4", 443, 0, AW_VERDICT_NONE, NULL, NULL},
		{AW_OP_TCP, "other.example.com", "10.0.0.1", 443, 0, AW_VERDICT_ALLOW, "lan", NULL},
		/* The stronger of the two, and the host's rule of equal ones. */
		{AW_OP_TCP, "api.example.com", "10.0.0.1", 443, 0, AW_VERDICT_ALLOW, "api", NULL},
		{AW_OP_TCP, "watched.example.com", "10.0.0.1", 443, 0, AW_VERDICT_FLAG, "watched",
		 NULL},
		{AW_OP_TCP, "api.example.com", "10.9.0.1", 443, 0, AW_VERDICT_DENY, "meta", NULL},
		{AW_OP_TCP, "x.evil.pkg.example.org", "10.0.0.1", 443, 0, AW_VERDICT_DENY, "evil",
		 NULL},
		{AW_OP_TCP, "x.evil.pkg.example.org", "10.9.0.1", 443, 0, AW_VERDICT_DENY, "evil",
		 NULL},
		/* What lifts a host's denial leaves the address's. */
		{AW_OP_TCP, "good.evil.pkg.example.org", "10.0.0.1", 443, 0, AW_VERDICT_ALLOW,
		 "api", "evil"},
		{AW_OP_TCP, "good.evil.pkg.example.org", "10.9.0.1", 443, 0, AW_VERDICT_DENY,
		 "meta", "evil"},
		{AW_OP_TCP, "git.example.com", "1.2.3.4", 22, GIT, AW_VERDICT_ALLOW, "git", NULL},
		{AW_OP_TCP, "git.example.com", "1.2.3.4", 22, 0, AW_VERDICT_NONE, NULL, NULL},
	};

	CHECK_ALL(policy, rows);
}

static void a_host_alone_is_judged_by_the_rules_about_hosts(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok(RULES "{id: all, deny: [tcp], cidr: \"::/0\", port: \"0-65535\"}\n"
			       "  - {id: a, allow: [tcp], host: a.org, port: 443}\n");
	static const struct row rows[] = {
		{AW_OP_TCP, "a.org", NULL, 443, 0, AW_VERDICT_ALLOW, "a", NULL},
		{AW_OP_TCP, "a.org", "1.2.3.4", 443, 0, AW_VERDICT_DENY, "all", NULL},
	};

	CHECK_ALL(policy, rows);
}

static void a_wildcard_is_labels_at_the_start(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(text);
	static const struct row rows[] = {
		{AW_OP_TCP, "a.pkg.example.org", NULL, 443, 0, AW_VERDICT_ALLOW, "api", NULL},
		{AW_OP_TCP, "a.b.pkg.example.org", NULL, 443, 0, AW_VERDICT_ALLOW, "api", NULL},
		{AW_OP_TCP, "pkg.example.org", NULL, 443, 0, AW_VERDICT_NONE, NULL, NULL},
		{AW_OP_TCP, "xpkg.example.org", NULL, 443, 0, AW_VERDICT_NONE, NULL, NULL},
		{AW_OP_TCP, "x.api.example.com", NULL, 443, 0, AW_VERDICT_NONE, NULL, NULL},
		{AW_OP_TCP, "pi.example.com", NULL, 443, 0, AW_VERDICT_NONE, NULL, NULL},
	};

	CHECK_ALL(policy, rows);
}

static void who_may_connect_may_ask_by_the_same_rule(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(text);
	static const struct row rows[] = {
		{AW_OP_RESOLVE, "api.example.com", NULL, 0, 0, AW_VERDICT_ALLOW, "api", NULL},
		{AW_OP_RESOLVE, "a.pkg.example.org", NULL, 0, 0, AW_VERDICT_ALLOW, "api", NULL},
		{AW_OP_RESOLVE, "watched.example.com", NULL, 0, 0, AW_VERDICT_ALLOW, "watched",
		 NULL},
		{AW_OP_RESOLVE, "asks.example.com", NULL, 0, 0, AW_VERDICT_ALLOW, "asks", NULL},
		{AW_OP_RESOLVE, "npm.example.com", NULL, 0, NPM, AW_VERDICT_NONE, NULL, NULL},
		{AW_OP_RESOLVE, "git.example.com", NULL, 0, GIT, AW_VERDICT_ALLOW, "git", NULL},
		{AW_OP_RESOLVE, "git.example.com", NULL, 0, 0, AW_VERDICT_NONE, NULL, NULL},
		{AW_OP_RESOLVE, "x.evil.pkg.example.org", NULL, 0, 0, AW_VERDICT_DENY, "evil",
		 NULL},
		{AW_OP_RESOLVE, "good.evil.pkg.example.org", NULL, 0, 0, AW_VERDICT_ALLOW, "api",
		 "evil"},
		{AW_OP_RESOLVE, "other.example.com", NULL, 0, 0, AW_VERDICT_NONE, NULL, NULL},
		/* Addresses are nothing that is asked for. */
		{AW_OP_RESOLVE, NULL, "10.0.0.1", 443, 0, AW_VERDICT_NONE, NULL, NULL},
	};

	CHECK_ALL(policy, rows);
}

static void a_class_that_was_lost_may_not_ask(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(text);
	struct aw_query query = {.op = AW_OP_RESOLVE,
				 .anchor = -1,
				 .host = "git.example.com",
				 .host_length = strlen("git.example.com"),
				 .subject_mask = GIT,
				 .is_unearned = true};
	struct aw_explanation e;

	aw_policy_explain(policy, &query, &e);
	assert_int_equal(e.verdict, AW_VERDICT_NONE);
	query.is_unearned = false;
	aw_policy_explain(policy, &query, &e);
	assert_int_equal(e.verdict, AW_VERDICT_ALLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_judged_with_its_host),
		cmocka_unit_test(a_host_alone_is_judged_by_the_rules_about_hosts),
		cmocka_unit_test(a_wildcard_is_labels_at_the_start),
		cmocka_unit_test(who_may_connect_may_ask_by_the_same_rule),
		cmocka_unit_test(a_class_that_was_lost_may_not_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
