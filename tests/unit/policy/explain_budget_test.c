/* SPDX-License-Identifier: Apache-2.0 */
/* Which budgets hold for an operation, by the rules as written. */
#include <arpa/inet.h>

#include "base/buffer.h"
#include "policy/explain.h"
#include "policy/parse_helper.h"

static const char text[] =
	"version: 1\n"
	"subjects: {git: {exe: /usr/bin/git}, npm: {exe: /npm}}\n"
	"rules:\n"
	"  - {id: tools, allow: [exec, read], path: \"/usr/**\", limit: {execs: 9/m}}\n"
	"  - {id: free, flag: [exec, map], path: \"/usr/**\"}\n"
	"  - {id: hooks, allow: exec, path: \"**/hooks/*\", by: [git, npm], limit: {execs: 9/h}}\n"
	"  - {id: d, deny: exec, path: \"/opt/**\"}\n"
	"  - {id: e, deny: exec, path: \"**/x\"}\n"
	"  - {id: lift, lift: [d, e], allow: exec, path: /opt/x, limit: {execs: 7/h}}\n"
	"  - {id: lan, allow: [tcp, bind], cidr: 10.0.0.0/8, port: 1-9,\n"
	"     limit: {rate: 20/10m, burst: 2, connects: 600/h}}\n"
	"  - {id: udp, allow: udp, cidr: 10.0.0.0/8, port: 1-9, limit: {rate: 1/s}}\n"
	"  - {id: api, allow: [tcp, resolve], host: \"*.example\", port: 1-9, limit: {connects: "
	"3/m}}\n"
	"  - {id: ask, allow: tcp, host: asked.example, port: 1-9, limit: {questions: 2/m}}\n"
	"  - {id: wide, allow: tcp, cidr: 0.0.0.0/0, port: 1-9, limit: {connects: 1/m}}\n";

#define GIT 1u
#define NPM 2u

struct row {
	enum aw_op op;
	const char *name;    /* or NULL */
	const char *host;    /* or NULL */
	const char *address; /* or NULL */
	uint16_t classes;
	uint8_t conditions;
	const char *budgets; /* "connects 600/h of api, …", in the order of the rules */
};

static void check(const struct aw_policy *policy, const struct row *row)
{
	struct aw_query query = {.op = row->op,
				 .anchor = -1,
				 .port = 5,
				 .name = row->name,
				 .name_length = row->name ? strlen(row->name) : 0,
				 .host = row->host,
				 .host_length = row->host ? strlen(row->host) : 0,
				 .is_host_alone = !row->address,
				 .subject_mask = row->classes,
				 .is_unearned = row->classes != 0,
				 .conditions = row->conditions};
	struct aw_held_budget budgets[AW_LIMITS_MAX];
	_cleanup_buffer_ struct aw_buffer got = {};
	char mapped[64];
	size_t n;

	snprintf(mapped, sizeof(mapped), "::ffff:%s", row->address ?: "0.0.0.0");
	assert_int_equal(inet_pton(AF_INET6, mapped, query.address), 1);
	n = aw_policy_held_budgets(policy, &query, budgets);
	for (size_t i = 0; i < n; i++) {
		aw_buffer_append_format(&got, "%s%s ", i ? ", " : "",
					aw_limit_unit_name(budgets[i].limit->unit));
		aw_limit_append(&got, budgets[i].limit);
		aw_buffer_append_format(&got, " of %s", budgets[i].rule->id);
	}
	assert_string_equal(got.data ? aw_buffer_string(&got) : "", row->budgets);
}

static void check_all(const struct row *rows, size_t n)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(text);

	for (size_t i = 0; i < n; i++)
		check(policy, &rows[i]);
}

#define CHECK_ALL(rows) check_all(rows, sizeof(rows) / sizeof(*(rows)))

static void budgets_of_all_rules_that_match_hold(void **state)
{
	static const struct row rows[] = {
		{AW_OP_EXEC, "/usr/bin/x", NULL, NULL, 0, 0, "execs 9/m of tools"},
		{AW_OP_EXEC, "/bin/x", NULL, NULL, 0, 0, ""},
		{AW_OP_READ, "/usr/bin/x", NULL, NULL, 0, 0, ""},
		{AW_OP_MAP, "/usr/bin/x", NULL, NULL, 0, 0, ""},
		{AW_OP_TCP, NULL, NULL, "10.0.0.1", 0, 0,
		 "connects 600/h of lan, rate 20/10m of lan, connects 1/m of wide"},
		{AW_OP_UDP, NULL, NULL, "10.0.0.1", 0, 0, "rate 1/s of udp"},
		{AW_OP_RESOLVE, NULL, "asked.example", NULL, 0, 0, "questions 2/m of ask"},
		{AW_OP_RESOLVE, NULL, "other.example", NULL, 0, 0, ""},
		{AW_OP_BIND, NULL, NULL, "10.0.0.1", 0, 0, ""},
		{AW_OP_TCP, NULL, NULL, "11.0.0.1", 0, 0, "connects 1/m of wide"},
	};

	CHECK_ALL(rows);
}

/* Also for processes that have lost what their classes give: they spend nevertheless. */
static void budgets_for_classes_hold_for_their_processes(void **state)
{
	static const struct row rows[] = {
		{AW_OP_EXEC, "/w/hooks/a", NULL, NULL, GIT, 0, "execs 9/h of hooks"},
		{AW_OP_EXEC, "/w/hooks/a", NULL, NULL, NPM, 0, "execs 9/h of hooks"},
		{AW_OP_EXEC, "/w/hooks/a", NULL, NULL, 4, 0, ""},
		{AW_OP_EXEC, "/w/hooks/a", NULL, NULL, 0, 0, ""},
	};

	CHECK_ALL(rows);
}

static void a_rule_of_several_lifts_has_its_budget_once(void **state)
{
	static const struct row rows[] = {
		{AW_OP_EXEC, "/opt/x", NULL, NULL, 0, 0, "execs 7/h of lift"},
		{AW_OP_EXEC, "/opt/y", NULL, NULL, 0, 0, ""},
	};

	CHECK_ALL(rows);
}

static void a_leased_address_has_its_own_budgets_and_those_of_its_host(void **state)
{
	static const struct row rows[] = {
		{AW_OP_TCP, NULL, "a.example", NULL, 0, 0, "connects 3/m of api"},
		{AW_OP_TCP, NULL, "a.example", "11.0.0.1", 0, 0,
		 "connects 3/m of api, connects 1/m of wide"},
		{AW_OP_RESOLVE, NULL, "a.example", NULL, 0, 0, ""},
		{AW_OP_TCP, NULL, "a.other", "11.0.0.1", 0, 0, "connects 1/m of wide"},
	};

	CHECK_ALL(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(budgets_of_all_rules_that_match_hold),
		cmocka_unit_test(budgets_for_classes_hold_for_their_processes),
		cmocka_unit_test(a_rule_of_several_lifts_has_its_budget_once),
		cmocka_unit_test(a_leased_address_has_its_own_budgets_and_those_of_its_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
