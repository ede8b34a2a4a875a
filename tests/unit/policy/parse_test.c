/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What policy files mean once they are read: every kind of rule, variables, anchors, classes, and
 * plain scalars as YAML 1.2 reads them. What is refused is parse_error_test.c's.
 */
#include "policy/parse_helper.h"

#include "policy/yaml_tree.h"

static const char design[] =
	"version: 1\n"
	"name: ci-node\n"
	"anchors: {WORKSPACE: {}, HOME: {}}\n"
	"subjects:\n"
	"  ssh: {exe: /usr/bin/ssh}\n"
	"  npm: {script: \"/usr/**/npm-cli.js\"}\n"
	"  npm-scripts: {under: npm}\n"
	"rules:\n"
	"  - {id: read.system, allow: [read, map], path: [\"/usr/**\", \"/etc/ssl/**\"]}\n"
	"  - {id: work, allow: [read, write, create, delete, rename, link, attr, exec], path: "
	"[\"${WORKSPACE}/**\"]}\n"
	"  - {id: ssh.keys, deny: [read, write], path: [\"${HOME}/.ssh/**\"], reason: "
	"credentials}\n"
	"  - {id: ssh.hosts, lift: ssh.keys, allow: [read], path: [\"${HOME}/.ssh/known_hosts\"], "
	"by: ssh}\n"
	"  - {id: tools, allow: [exec], path: [\"/usr/bin/*\"]}\n"
	"  - {id: api, allow: [tcp], host: [api.example.com, \"*.pkg.example.org\"], port: [443, "
	"\"8000-8010\"]}\n"
	"  - {id: resolver, allow: [udp, tcp], cidr: [10.0.0.2/32], port: [53]}\n"
	"  - {id: db, allow: [unix], socket: [\"/run/postgresql/.s.PGSQL.5432\"]}\n"
	"  - {id: hooks, flag: [write, create], path: [\"**/.git/hooks/**\"]}\n"
	"  - {id: apply, ask: [exec], path: [/usr/bin/terraform], timeout: 15m, else: deny}\n";

static uint32_t ops_of(const struct aw_policy *policy, const char *id)
{
	return rule_of(policy, id)->ops;
}

static void the_policy_of_the_design_is_read_in_full(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(design);
	const struct aw_rule *rule;

	assert_string_equal(policy->name, "ci-node");
	assert_int_equal(policy->n_written, 10);
	assert_int_equal(policy->n_anchors, 2);
	assert_int_equal(policy->n_subjects, 3);
	assert_int_equal(ops_of(policy, "read.system"), 1u << AW_OP_READ | 1u << AW_OP_MAP);
	assert_int_equal(ops_of(policy, "work"), 0xff);
	rule = rule_of(policy, "ssh.keys");
	assert_int_equal(rule->action, AW_ACTION_DENY);
	assert_string_equal(rule->reason, "credentials");
	assert_string_equal(rule->paths[0].text, "${HOME}/.ssh/**");
	assert_int_equal(rule->paths[0].anchor, 1);
	assert_int_equal(rule->source.line, 11);
	assert_int_equal(rule->source.column, 5);
	rule = rule_of(policy, "ssh.hosts");
	assert_string_equal(rule->lifts, "ssh.keys");
	assert_int_equal(rule->action, AW_ACTION_ALLOW);
	assert_int_equal(rule->subjects, 1u << 0);
	rule = rule_of(policy, "apply");
	assert_int_equal(rule->action, AW_ACTION_ASK);
	assert_int_equal(rule->ask_timeout_ms, 15 * 60 * 1000);
}

static void net_rules_keep_hosts_ranges_and_ports(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(design);
	const struct aw_rule *api = rule_of(policy, "api");
	const struct aw_rule *resolver = rule_of(policy, "resolver");
	static const uint8_t address[16] = {[10] = 0xff, [11] = 0xff, 10, 0, 0, 2};

	assert_int_equal(api->n_hosts, 2);
	assert_string_equal(api->hosts[1], "*.pkg.example.org");
	assert_int_equal(api->n_cidrs, 0);
	assert_int_equal(api->n_ports, 2);
	assert_int_equal(api->ports[0].first, 443);
	assert_int_equal(api->ports[0].last, 443);
	assert_int_equal(api->ports[1].first, 8000);
	assert_int_equal(api->ports[1].last, 8010);
	assert_int_equal(resolver->n_cidrs, 1);
	assert_memory_equal(resolver->cidrs[0].address, address, 16);
	assert_int_equal(resolver->cidrs[0].prefix, 128);
}

static void classes_keep_their_kind_and_parent(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(
		"version: 1\nsubjects:\n  scripts: {under: npm}\n  npm: {script: [/a, /b]}\n");

	assert_int_equal(policy->subjects[0].kind, AW_SUBJECT_UNDER);
	assert_int_equal(policy->subjects[0].parent, 1);
	assert_int_equal(policy->subjects[1].kind, AW_SUBJECT_SCRIPT);
	assert_int_equal(policy->subjects[1].parent, -1);
	assert_int_equal(policy->subjects[1].n_patterns, 2);
}

static void a_single_value_is_a_list_of_one(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok(RULES "{id: a, allow: read, path: /x}\n"
			       "  - {id: b, allow: tcp, cidr: 10.0.0.0/8, port: 22}\n");

	assert_int_equal(rule_of(policy, "a")->n_paths, 1);
	assert_int_equal(rule_of(policy, "b")->ports[0].last, 22);
	assert_int_equal(rule_of(policy, "b")->cidrs[0].prefix, 104);
}

static void block_style_means_the_same(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok("%YAML 1.2\n---\nversion: 1\nanchors:\n  W:\nrules:\n- id: a\n  allow:\n"
			 "  - read\n  path:\n  - ${W}/{a,b}/[x-z]*\n  - /usr/{lib,share}/**\n");

	assert_int_equal(rule_of(policy, "a")->n_paths, 2);
	assert_string_equal(rule_of(policy, "a")->paths[0].text, "${W}/{a,b}/[x-z]*");
	assert_int_equal(rule_of(policy, "a")->source.line, 7);
}

static void words_that_yaml_1_1_takes_for_booleans_are_text(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok("version: 1\nname: no\nsubjects: {on: {exe: /x}, y: {exe: /y}}\nrules:\n"
			 "  - {id: off, deny: [read], path: [/x], by: [on, y], reason: yes}\n");

	assert_string_equal(policy->name, "no");
	assert_string_equal(rule_of(policy, "off")->reason, "yes");
	assert_int_equal(rule_of(policy, "off")->subjects, 3);
}

static void plain_scalars_have_the_types_of_yaml_1_2(void **state)
{
	static const struct {
		const char *text;
		enum aw_yaml_type type;
	} rows[] = {
		{"", AW_YAML_NULL},	      {"~", AW_YAML_NULL},     {"null", AW_YAML_NULL},
		{"nUll", AW_YAML_TEXT},	      {"true", AW_YAML_BOOL},  {"FALSE", AW_YAML_BOOL},
		{"tRUE", AW_YAML_TEXT},	      {"yes", AW_YAML_TEXT},   {"off", AW_YAML_TEXT},
		{"0", AW_YAML_INT},	      {"-12", AW_YAML_INT},    {"+3", AW_YAML_INT},
		{"010", AW_YAML_INT},	      {"0o17", AW_YAML_INT},   {"0o18", AW_YAML_TEXT},
		{"0xfF", AW_YAML_INT},	      {"0x", AW_YAML_TEXT},    {"1_000", AW_YAML_TEXT},
		{"12:30", AW_YAML_TEXT},      {"1.", AW_YAML_FLOAT},   {".5", AW_YAML_FLOAT},
		{".", AW_YAML_TEXT},	      {"1e3", AW_YAML_FLOAT},  {"1e", AW_YAML_TEXT},
		{"-1.5E-3", AW_YAML_FLOAT},   {".inf", AW_YAML_FLOAT}, {"-.INF", AW_YAML_FLOAT},
		{".nan", AW_YAML_FLOAT},      {"1.2.3", AW_YAML_TEXT}, {"8000-8010", AW_YAML_TEXT},
		{"2001-12-14", AW_YAML_TEXT}, {"-", AW_YAML_TEXT},     {"+", AW_YAML_TEXT},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct aw_yaml_node node = {.is_plain = true, .text = (char *)rows[i].text};

		if (aw_yaml_type_of(&node) != rows[i].type)
			fail_msg("\"%s\" is %s", rows[i].text,
				 aw_yaml_type_name(aw_yaml_type_of(&node)));
		node.is_plain = false;
		assert_int_equal(aw_yaml_type_of(&node), AW_YAML_TEXT);
	}
}

static void home_and_variables_stand_for_themselves(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(
		RULES
		"{id: a, allow: [read], path: [~/.npm/**, \"~\", \"${CACHE}/x*\", "
		"\"/r${CACHE}\", '/\\$\\{CACHE\\}', \"/a$b\"]}\n"
		"  - {id: b, allow: [tcp], cidr: [\"${RESOLVER}\"], port: [53]}\n"
		"  - {id: c, allow: [tcp], host: [\"${GIT_HOST}\", API.Example.COM], port: 22}\n"
		"  - {id: d, allow: [unix], socket: [\"${SOCK}*\", ~/s, \"@x/{a,b}\"]}\n");
	const struct aw_rule *a = rule_of(policy, "a");

	assert_string_equal(a->paths[0].text, "/home/ci/.npm/**");
	assert_string_equal(a->paths[1].text, "/home/ci");
	assert_string_equal(a->paths[2].text, "/var/cache/a\\*b/x*");
	assert_string_equal(a->paths[3].text, "/r/var/cache/a\\*b");
	assert_string_equal(a->paths[4].text, "/\\$\\{CACHE\\}");
	assert_string_equal(a->paths[5].text, "/a$b");
	assert_int_equal(rule_of(policy, "b")->cidrs[0].prefix, 128);
	assert_string_equal(rule_of(policy, "c")->hosts[0], "git.example.org");
	assert_string_equal(rule_of(policy, "c")->hosts[1], "api.example.com");
	assert_string_equal(rule_of(policy, "d")->paths[0].text, "@agent*");
}

static void an_anchor_goes_before_a_variable_of_its_name(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok("version: 1\nanchors: {CACHE: {}}\nrules:\n"
			 "  - {id: a, allow: [read], path: [\"${CACHE}/x\", \"${CACHE}\"]}\n");

	assert_int_equal(rule_of(policy, "a")->paths[0].anchor, 0);
	assert_string_equal(rule_of(policy, "a")->paths[0].text, "${CACHE}/x");
	assert_string_equal(rule_of(policy, "a")->paths[1].text, "${CACHE}");
}

static void special_names_may_start_a_path(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok(RULES "{id: a, allow: [exec, map], path: [\"memfd:*\", \"pipe:\", "
			       "\"socket:*\", \"anon_inode:*\", \"nested:/usr/**\"]}");

	assert_int_equal(rule_of(policy, "a")->n_paths, 5);
	assert_int_equal(rule_of(policy, "a")->paths[0].anchor, -1);
}

static void forbid_stands_in_the_administrators_text(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(
		"version: 1\nadministrator: true\nrules: [{id: a, forbid: [read], path: [/x]}]");

	assert_int_equal(rule_of(policy, "a")->action, AW_ACTION_FORBID);
}

static void a_policy_without_a_name_is_called_after_its_file(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok("version: 1\n");

	assert_string_equal(policy->name, "t");
	assert_int_equal(policy->n_written, 0);
	assert_int_equal(policy->n_files, 1);
}

static void many_rules_are_found_by_id(void **state)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);
	char id[16];

	assert_non_null(f);
	fputs("version: 1\nrules:\n", f);
	for (int i = 0; i < 3000; i++)
		fprintf(f, "- {id: r%d, allow: [read], path: [/x/%d]}\n", i * 7 % 3000, i);
	fclose(f);
	policy = parse_ok(text);
	assert_int_equal(policy->n_written, 3000);
	for (int i = 0; i < 3000; i++) {
		snprintf(id, sizeof(id), "r%d", i);
		assert_string_equal(rule_of(policy, id)->id, id);
	}
	assert_null(aw_policy_find_rule(policy, "r3000"));
}

#define NET   "{id: a, allow: [tcp, bind], cidr: [10.0.0.0/8], port: [1], limit: "
#define HOST  "{id: a, allow: [tcp], host: [a.example], port: [1], limit: "
#define EXEC  "{id: a, flag: [exec, map], path: [/x], limit: "
#define FILES "{id: a, allow: [create, write], path: [/x], limit: "

static void budgets_keep_their_count_time_and_burst(void **state)
{
	static const struct {
		const char *text;
		struct aw_rule_limit limit;
	} rows[] = {
		{NET "{connects: 600/h}}", {AW_LIMIT_CONNECTS, 600, 3600000, 600}},
		{NET "{connects: \"600/h\"}}", {AW_LIMIT_CONNECTS, 600, 3600000, 600}},
		{NET "{rate: 20/s}}", {AW_LIMIT_RATE, 20, 1000, 20}},
		{NET "{rate: 20/s, burst: 40}}", {AW_LIMIT_RATE, 20, 1000, 40}},
		{NET "{burst: 1, rate: 20/10m}}", {AW_LIMIT_RATE, 20, 600000, 1}},
		{HOST "{questions: 60/m}}", {AW_LIMIT_QUESTIONS, 60, 60000, 60}},
		{HOST "{question-bytes: 900/h}}", {AW_LIMIT_QUESTION_BYTES, 900, 3600000, 900}},
		{HOST "{question-bytes: 16KiB/h}}",
		 {AW_LIMIT_QUESTION_BYTES, 16384, 3600000, 16384}},
		{HOST "{question-bytes: 2MiB/2d}}",
		 {AW_LIMIT_QUESTION_BYTES, 2097152, 172800000, 2097152}},
		{NET "{bytes: 50MiB/d}}", {AW_LIMIT_BYTES, 52428800, 86400000, 52428800}},
		{NET "{bytes: 1024GiB/d}}", {AW_LIMIT_BYTES, 1ull << 40, 86400000, 1ull << 40}},
		{NET "{bytes: 1000000000/s}}", {AW_LIMIT_BYTES, 1000000000, 1000, 1000000000}},
		{NET "{exchanges: 600/h}}", {AW_LIMIT_EXCHANGES, 600, 3600000, 600}},
		{FILES "{creates: 900/h}}", {AW_LIMIT_CREATES, 900, 3600000, 900}},
		{EXEC "{execs: 100/d}}", {AW_LIMIT_EXECS, 100, 86400000, 100}},
		{EXEC "{execs: 1/7d}}", {AW_LIMIT_EXECS, 1, 604800000, 1}},
		{EXEC "{execs: 1/168h}}", {AW_LIMIT_EXECS, 1, 604800000, 1}},
		{EXEC "{execs: 1/604800s}}", {AW_LIMIT_EXECS, 1, 604800000, 1}},
		{NET "{connects: 1000000000/s}}",
		 {AW_LIMIT_CONNECTS, 1000000000, 1000, 1000000000}},
		{NET "{rate: 1/s, burst: 1000000000}}", {AW_LIMIT_RATE, 1, 1000, 1000000000}},
		{NET "{rate: 1/d, burst: 53375}}", {AW_LIMIT_RATE, 1, 86400000, 53375}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
		const struct aw_rule_limit *limit;
		char text[256];

		snprintf(text, sizeof(text), RULES "%s", rows[i].text);
		policy = parse_ok(text);
		limit = rule_of(policy, "a")->limits;
		assert_int_equal(rule_of(policy, "a")->n_limits, 1);
		if (limit->unit != rows[i].limit.unit || limit->count != rows[i].limit.count ||
		    limit->period_ms != rows[i].limit.period_ms ||
		    limit->burst != rows[i].limit.burst)
			fail_msg("%s: unit %u, %lu in %lu ms, burst %lu", rows[i].text, limit->unit,
				 limit->count, limit->period_ms, limit->burst);
	}
}

static void a_rule_may_have_several_budgets_and_say_what_follows(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(
		RULES
		"{id: a, allow: [udp], host: [a.org], port: [1], on-exhaust: retry,\n"
		"     limit: {rate: 1/s, burst: 2, connects: 5/m}}\n"
		"  - {id: b, allow: [exec], path: [/x], limit: {execs: 1/s}, on-exhaust: deny}\n"
		"  - {id: c, allow: [exec], path: [/y], limit: {execs: 1/s}}\n"
		"  - {id: d, allow: [exec], path: [/z]}\n");
	const struct aw_rule *a = rule_of(policy, "a");

	assert_int_equal(a->n_limits, 2);
	assert_int_equal(a->limits[0].unit, AW_LIMIT_CONNECTS);
	assert_int_equal(a->limits[0].burst, 5);
	assert_int_equal(a->limits[1].unit, AW_LIMIT_RATE);
	assert_int_equal(a->limits[1].burst, 2);
	assert_true(a->limit_retries);
	assert_false(rule_of(policy, "b")->limit_retries);
	assert_false(rule_of(policy, "c")->limit_retries);
	assert_int_equal(rule_of(policy, "d")->n_limits, 0);
}

static void each_part_of_a_rule_with_several_lifts_has_its_budgets(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(
		RULES "{id: d, deny: [exec], path: [/x]}\n"
		      "  - {id: e, deny: [exec], path: [/x]}\n"
		      "  - {id: l, lift: [d, e], allow: [exec], path: [/x], limit: {execs: 7/h},\n"
		      "     on-exhaust: retry}\n");

	assert_int_equal(policy->n_written, 4);
	for (size_t i = 2; i < 4; i++) {
		assert_int_equal(policy->rules[i].n_limits, 1);
		assert_int_equal(policy->rules[i].limits[0].count, 7);
		assert_true(policy->rules[i].limit_retries);
	}
}

/* The first rule has two lifts, which count once, and `n` − 1 rules with one budget follow. */
static int parse_budgets(unsigned int n, struct aw_diag *retdiag)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	assert_non_null(f);
	fputs(RULES "{id: d, deny: [exec], path: [/x]}\n  - {id: e, deny: [exec], path: [/x]}\n"
		    "  - {id: l, lift: [d, e], allow: [exec], path: [/x], limit: {execs: 7/h}}\n",
	      f);
	for (unsigned int i = 1; i < n; i++)
		fprintf(f, "  - {id: r%u, allow: [exec], path: [/x], limit: {execs: 1/s}}\n", i);
	fclose(f);
	return aw_policy_parse_text(&policy, "t", text, length, NULL, retdiag);
}

static void more_budgets_than_the_limit_are_refused(void **state)
{
	struct aw_diag d;

	assert_int_equal(parse_budgets(AW_LIMITS_MAX, &d), 0);
	assert_int_equal(parse_budgets(AW_LIMITS_MAX + 1, &d), -E2BIG);
	assert_non_null(strstr(d.message, "rule r64: more budgets in all than AW_LIMITS_MAX (64)"));
	assert_non_null(strstr(d.hint, "one budget"));
	assert_int_equal(d.line, 5 + AW_LIMITS_MAX);
	assert_int_equal(d.column, 5);
}

static void more_rules_than_the_limit_are_refused(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct aw_policy *policy = NULL;
	struct aw_diag d;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	assert_non_null(f);
	fputs("version: 1\nrules:\n", f);
	for (int i = 0; i <= AW_RULES_MAX; i++)
		fprintf(f, "- {}\n");
	fclose(f);
	assert_int_equal(aw_policy_parse_text(&policy, "t", text, length, NULL, &d), -E2BIG);
	assert_non_null(strstr(d.message, "AW_RULES_MAX"));
}

static void more_patterns_than_the_limit_are_refused(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct aw_policy *policy = NULL;
	struct aw_diag d;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	assert_non_null(f);
	fputs(RULES "{id: a, allow: [tcp], cidr: [10.0.0.0/8], port: [1", f);
	for (int i = 0; i < AW_PATTERNS_MAX; i++)
		fputs(",1", f);
	fputs("]}", f);
	fclose(f);
	assert_int_equal(aw_policy_parse_text(&policy, "t", text, length, NULL, &d), -E2BIG);
	assert_non_null(strstr(d.message, "AW_PATTERNS_MAX"));
}

static void a_longer_text_than_the_limit_is_refused(void **state)
{
	size_t length = AW_POLICY_BYTES_MAX + 1;
	_cleanup_free_ char *text = malloc(length);
	struct aw_policy *policy = NULL;
	struct aw_diag d;

	assert_non_null(text);
	memset(text, '#', length);
	assert_int_equal(aw_policy_parse_text(&policy, "t", text, length, NULL, &d), -E2BIG);
	assert_non_null(strstr(d.message, "AW_POLICY_BYTES_MAX"));
}

static void a_longer_glob_than_the_limit_is_refused(void **state)
{
	char text[AW_PATTERN_MAX + 200];
	struct aw_policy *policy = NULL;
	struct aw_diag d;

	for (size_t n = AW_PATTERN_MAX; n <= AW_PATTERN_MAX + 1; n++) {
		int used = snprintf(text, sizeof(text), RULES "{id: a, allow: [read], path: [/");

		memset(text + used, 'x', n - 1);
		strcpy(text + used + n - 1, "]}");
		if (n == AW_PATTERN_MAX) {
			aw_policy_free(parse_ok(text));
			continue;
		}
		assert_int_equal(aw_policy_parse_text(&policy, "t", text, strlen(text), NULL, &d),
				 -E2BIG);
		assert_non_null(strstr(d.message, "AW_PATTERN_MAX"));
	}
}

static void longer_names_and_reasons_than_the_limits_are_refused(void **state)
{
	char text[AW_REASON_MAX + 200], word[AW_REASON_MAX + 2];
	struct aw_policy *policy = NULL;
	struct aw_diag d;

	memset(word, 'x', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	snprintf(text, sizeof(text), "version: 1\nname: %.*s\n", AW_ID_MAX, word);
	aw_policy_free(parse_ok(text));
	snprintf(text, sizeof(text), "version: 1\nname: %.*s\n", AW_ID_MAX + 1, word);
	assert_int_equal(aw_policy_parse_text(&policy, "t", text, strlen(text), NULL, &d), -E2BIG);
	assert_non_null(strstr(d.message, "AW_ID_MAX"));
	snprintf(text, sizeof(text), RULES "{id: a, deny: read, path: /x, reason: %s}", word);
	assert_int_equal(aw_policy_parse_text(&policy, "t", text, strlen(text), NULL, &d), -E2BIG);
	assert_non_null(strstr(d.message, "AW_REASON_MAX"));
}

static void more_keys_than_the_limit_are_refused(void **state)
{
	char text[1024] = "version: 1\nanchors: {";
	struct aw_policy *policy = NULL;
	struct aw_diag d;

	for (int i = 0; i <= AW_YAML_KEYS_MAX; i++)
		sprintf(text + strlen(text), "A%d: {}, ", i);
	strcat(text, "}");
	assert_int_equal(aw_policy_parse_text(&policy, "t", text, strlen(text), NULL, &d), -E2BIG);
	assert_non_null(strstr(d.message, "AW_YAML_KEYS_MAX"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_policy_of_the_design_is_read_in_full),
		cmocka_unit_test(net_rules_keep_hosts_ranges_and_ports),
		cmocka_unit_test(classes_keep_their_kind_and_parent),
		cmocka_unit_test(a_single_value_is_a_list_of_one),
		cmocka_unit_test(block_style_means_the_same),
		cmocka_unit_test(words_that_yaml_1_1_takes_for_booleans_are_text),
		cmocka_unit_test(plain_scalars_have_the_types_of_yaml_1_2),
		cmocka_unit_test(home_and_variables_stand_for_themselves),
		cmocka_unit_test(an_anchor_goes_before_a_variable_of_its_name),
		cmocka_unit_test(special_names_may_start_a_path),
		cmocka_unit_test(forbid_stands_in_the_administrators_text),
		cmocka_unit_test(a_policy_without_a_name_is_called_after_its_file),
		cmocka_unit_test(many_rules_are_found_by_id),
		cmocka_unit_test(budgets_keep_their_count_time_and_burst),
		cmocka_unit_test(a_rule_may_have_several_budgets_and_say_what_follows),
		cmocka_unit_test(each_part_of_a_rule_with_several_lifts_has_its_budgets),
		cmocka_unit_test(more_budgets_than_the_limit_are_refused),
		cmocka_unit_test(more_rules_than_the_limit_are_refused),
		cmocka_unit_test(more_patterns_than_the_limit_are_refused),
		cmocka_unit_test(a_longer_text_than_the_limit_is_refused),
		cmocka_unit_test(a_longer_glob_than_the_limit_is_refused),
		cmocka_unit_test(longer_names_and_reasons_than_the_limits_are_refused),
		cmocka_unit_test(more_keys_than_the_limit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
