/* SPDX-License-Identifier: Apache-2.0 */
/* Explanations: from recorded lines back to what happened, and to the rule that would allow it. */
#include "event_fixture.h"

#include "base/cleanup.h"
#include "event/enrich.h"
#include "event/rule.h"
#include "event/why.h"
#include "policy/parse.h"
#include "policy/policy.h"

static const char policy_text[] =
	"version: 1\n"
	"name: ci-node\n"
	"anchors: {WORKSPACE: {}, HOME: {}}\n"
	"rules:\n"
	"  - {id: home.startup, deny: [write], path: [\"${HOME}/.bashrc\", \"/d/**\"],"
	" reason: runs at login}\n"
	"  - {id: programs, deny: [exec], path: [\"/opt/**\"]}\n"
	"  - {id: apply, ask: [read], path: [\"/ask/**\"]}\n";

static struct aw_policy *parse(const char *text)
{
	struct aw_policy *policy = NULL;
	struct aw_diag diag = {};

	if (aw_policy_parse_text(&policy, "p.yaml", text, strlen(text), NULL, &diag) < 0)
		fail_msg("%s: %d: %s", text, diag.line, diag.message);
	return policy;
}

static const struct aw_policy *find_policy(void *userdata, const char *hash)
{
	return strcmp(hash, fixture_context.policy_hash) == 0 ? userdata : NULL;
}

static const char *warn(void *userdata, enum aw_op op, const char *anchor, struct aw_bytes name,
			const uint8_t address[16])
{
	if (name.data && name.length == 8 && memcmp(name.data, "/.bashrc", 8) == 0 && anchor &&
	    strcmp(anchor, "HOME") == 0 && op == AW_OP_WRITE)
		return "run at the next login";
	return !name.data && address[15] == 254 ? "cloud metadata" : NULL;
}

static void fill(struct aw_event *event)
{
	event->context = &fixture_context;
	event->wall_ns = FIXTURE_OFFSET_NS + event->time_ns;
	event->exe = (struct aw_bytes){"/usr/bin/python3", 16};
	event->argv = (struct aw_bytes){"py\0x.py", 7};
	event->cwd = (struct aw_bytes){"/srv", 4};
	event->ancestry[0] = (struct aw_event_process){101, 6000000000, {"/usr/bin/bash", 13}};
	event->ancestry[1] = (struct aw_event_process){100, 5000000000, {}};
	event->n_ancestry = 2;
}

/* The line of a record, with the rule that `policy` (may be NULL) names. Takes the record. */
static void append_line(struct aw_buffer *lines, struct fixture_record *record,
			const struct aw_policy *policy)
{
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};
	struct aw_explanation found = {};

	fixture_decode(record, AW_RING_DECISIONS, &got);
	free(record);
	fill(&got.event);
	if (policy && aw_event_explain(policy, &got.event, &found) == 0 && found.decides) {
		got.event.rule_id = found.decides->id;
		got.event.rule_reason = found.decides->reason;
	}
	assert_int_equal(aw_event_to_json(&got.event, &fixture_origin, lines), 0);
}

static json_t *line_of(struct fixture_record *record, const struct aw_policy *policy)
{
	_cleanup_buffer_ struct aw_buffer lines = {};
	json_t *root;

	append_line(&lines, record, policy);
	root = json_loadb(lines.data, lines.length, 0, NULL);
	assert_non_null(root);
	return root;
}

static struct fixture_record *object(enum aw_object kind, enum aw_op op, enum aw_verdict verdict,
				     const void *name, size_t length)
{
	struct fixture_record *record = fixture_op(name, length);

	record->op.object = (uint8_t)kind;
	record->op.op = (uint8_t)op;
	record->op.verdict = (uint8_t)verdict;
	if (kind != AW_OBJECT_ANCHORED)
		record->op.anchor = AW_ANCHOR_NONE;
	return record;
}

/* What was true of the file is told, and the lift is for such files alone. */
static void conditions_of_a_file_are_told_and_kept(void **state)
{
	struct aw_policy *policy = parse(
		"version: 1\nname: w\nrules:\n"
		"  - {id: other, deny: [exec], when: [anonymous], path: [/opt/x]}\n"
		"  - {id: fresh, deny: [exec], when: [agent-written], path: [\"/opt/**\"]}\n");
	struct aw_why_options options = {find_policy, NULL, policy};
	struct fixture_record *record =
		object(AW_OBJECT_PATH, AW_OP_EXEC, AW_VERDICT_DENY, "/opt/x", 6);
	_cleanup_buffer_ struct aw_buffer text = {};
	json_t *line;

	record->op.conditions =
		AW_CONDITIONS_KNOWN | 1u << AW_CONDITION_DELETED | 1u << AW_CONDITION_AGENT_WRITTEN;
	record->op.lost = AW_LOST_MAPPED;
	line = line_of(record, NULL);
	assert_int_equal(aw_why_format(line, &options, &text), 0);
	assert_non_null(strstr(aw_buffer_string(&text), "\nfile     deleted, agent-written\n"));
	assert_non_null(strstr(aw_buffer_string(&text), "\nrule     fresh\n"));
	assert_non_null(strstr(aw_buffer_string(&text),
			       "lift: fresh, allow: [exec], path: "
			       "['/opt/x'], when: [deleted, agent-written]}"));
	assert_non_null(strstr(aw_buffer_string(&text),
			       "what its classes allow did not count: it loaded code that an agent "
			       "wrote"));
	json_decref(line);
	aw_policy_free(policy);
}

static void a_denial_is_explained_from_its_line(void **state)
{
	struct aw_policy *policy = parse(policy_text);
	struct aw_why_options options = {find_policy, warn, policy};
	json_t *line = line_of(fixture_op("/.bashrc", 8), policy);
	_cleanup_buffer_ struct aw_buffer text = {};

	assert_int_equal(aw_why_format(line, &options, &text), 0);
	assert_string_equal(
		aw_buffer_string(&text),
		"DENIED write /home/agent/.bashrc\n"
		"when     2026-11-21T02:01:10.000017000Z, mode enforce, error EACCES\n"
		"event    3f2a9c1e-104c537e68-3-d17, hook file_open\n"
		"who      /usr/bin/python3 (pid 102, uid 1000): py x.py\n"
		"         in /srv\n"
		"         \xe2\x86\x90 /usr/bin/bash (pid 101)\n"
		"         \xe2\x86\x90 (pid 100)\n"
		"agent    ci, run run-1, task=42, repo=example/tools\n"
		"rule     home.startup: runs at login\n"
		"         p.yaml:5\n"
		"policy   ci-node 0123456789ab\n"
		"to allow lift the denial for this object alone:\n"
		"         - {id: lift-write-9d24099c, lift: home.startup, allow: [write], "
		"path: ['${HOME}/.bashrc']}\n"
		"         (add `by: CLASS` to allow it to one program only)\n"
		"WARNING  run at the next login\n");
	json_decref(line);
	aw_policy_free(policy);
}

static void without_the_source_the_line_itself_explains(void **state)
{
	struct aw_policy *policy = parse(policy_text);
	json_t *line = line_of(fixture_op("/.bashrc", 8), policy);
	_cleanup_buffer_ struct aw_buffer text = {};

	aw_policy_free(policy);
	assert_int_equal(aw_why_format(line, NULL, &text), 0);
	assert_non_null(strstr(aw_buffer_string(&text), "rule     home.startup: runs at login\n"
							"policy   ci-node 0123456789ab (its source "
							"is not at hand)\n"));
	assert_non_null(strstr(aw_buffer_string(&text), "lift: home.startup, allow: [write]"));
	assert_null(strstr(aw_buffer_string(&text), "WARNING"));
	json_decref(line);
}

static void the_explanation_for_programs_has_the_same_facts(void **state)
{
	struct aw_policy *policy = parse(policy_text);
	struct aw_why_options options = {find_policy, warn, policy};
	json_t *line = line_of(fixture_op("/.bashrc", 8), policy), *root;
	_cleanup_buffer_ struct aw_buffer text = {};
	const char *id, *file, *kind, *yaml, *warning, *event_id;
	int number;

	assert_int_equal(aw_why_format_json(line, &options, &text), 0);
	root = json_loads(aw_buffer_string(&text), 0, NULL);
	assert_non_null(root);
	assert_int_equal(json_unpack(root, "{s:{s:s,s:s,s:i},s:{s:s,s:s,s:s},s:{s:s}}", "rule",
				     "id", &id, "file", &file, "line", &number, "fix", "kind",
				     &kind, "yaml", &yaml, "warning", &warning, "event", "id",
				     &event_id),
			 0);
	assert_string_equal(id, "home.startup");
	assert_string_equal(file, "p.yaml");
	assert_int_equal(number, 5);
	assert_string_equal(kind, "lift");
	assert_string_equal(warning, "run at the next login");
	assert_string_equal(event_id, "3f2a9c1e-104c537e68-3-d17");
	assert_true(json_equal(json_object_get(root, "event"), line));
	json_decref(root);
	json_decref(line);
	aw_policy_free(policy);
}

/* What the policy with the proposed line says about the same operation. */
static enum aw_verdict verdict_with(const char *yaml, const struct fixture_record *record)
{
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};
	_cleanup_free_ char *text = NULL;
	struct aw_explanation found;
	struct aw_policy *policy;

	assert_true(asprintf(&text, "%s  %s\n", policy_text, yaml) > 0);
	policy = parse(text);
	fixture_decode(record, AW_RING_DECISIONS, &got);
	assert_int_equal(aw_event_explain(policy, &got.event, &found), 0);
	aw_policy_free(policy);
	return found.verdict;
}

/* Proposes a rule and checks, with the policy that it is added to, that it allows just that. */
static void assert_fix_allows(struct fixture_record *record, enum aw_fix_kind kind)
{
	struct aw_policy *policy = parse(policy_text);
	struct aw_why_options options = {.policy = find_policy, .userdata = policy};
	struct fixture_record *copy = malloc(sizeof(*copy));
	struct aw_fix fix = {};
	json_t *line;

	memcpy(copy, record, sizeof(*copy));
	line = line_of(record, policy);
	assert_int_equal(aw_why_fix(line, &options, &fix), 0);
	assert_int_equal(fix.kind, kind);
	assert_int_equal(verdict_with(fix.yaml, copy), AW_VERDICT_ALLOW);
	free(fix.yaml);
	free(copy);
	json_decref(line);
	aw_policy_free(policy);
}

static void each_kind_of_object_gets_a_rule_that_allows_it(void **state)
{
	static const uint8_t mapped[16] = {[10] = 0xff, 0xff, 10, 0, 0, 7};
	static const uint8_t sixth[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	struct fixture_record *record;

	assert_fix_allows(fixture_op("/.bashrc", 8), AW_FIX_LIFT);
	assert_fix_allows(object(AW_OBJECT_PATH, AW_OP_WRITE, AW_VERDICT_DENY, "/d/x", 4),
			  AW_FIX_LIFT);
	assert_fix_allows(object(AW_OBJECT_ANCHORED, AW_OP_READ, AW_VERDICT_NONE, "", 0),
			  AW_FIX_ALLOW);
	assert_fix_allows(object(AW_OBJECT_PATH, AW_OP_ATTR, AW_VERDICT_NONE, "/", 1),
			  AW_FIX_ALLOW);
	assert_fix_allows(
		object(AW_OBJECT_NESTED, AW_OP_READ, AW_VERDICT_NONE, "nested:/usr/x", 13),
		AW_FIX_ALLOW);
	assert_fix_allows(object(AW_OBJECT_ANONYMOUS, AW_OP_EXEC, AW_VERDICT_NONE, "memfd:a*", 8),
			  AW_FIX_ALLOW);
	assert_fix_allows(object(AW_OBJECT_ABSTRACT, AW_OP_UNIX, AW_VERDICT_NONE, "@a\0[b", 5),
			  AW_FIX_ALLOW);
	assert_fix_allows(object(AW_OBJECT_PATH, AW_OP_UNIX, AW_VERDICT_NONE, "/run/x.sock", 11),
			  AW_FIX_ALLOW);
	assert_fix_allows(object(AW_OBJECT_PATH, AW_OP_READ, AW_VERDICT_NONE,
				 "/\xef\xbf\xbf\xef\xbf\xbe\xef\xbb\xbf\xf0\x9f\x98\x80", 14),
			  AW_FIX_ALLOW);
	/* A denial of exec holds for map until a rule speaks of map. */
	assert_fix_allows(object(AW_OBJECT_PATH, AW_OP_MAP, AW_VERDICT_DENY, "/opt/l.so", 9),
			  AW_FIX_ALLOW);
	record = object(AW_OBJECT_ADDRESS, AW_OP_TCP, AW_VERDICT_NONE, "", 0);
	memcpy(record->op.address, mapped, 16);
	record->op.port = 443;
	assert_fix_allows(record, AW_FIX_ALLOW);
	record = object(AW_OBJECT_ADDRESS, AW_OP_UDP, AW_VERDICT_NONE, "", 0);
	memcpy(record->op.address, sixth, 16);
	record->op.port = 53;
	assert_fix_allows(record, AW_FIX_ALLOW);
}

/* A path of the bytes that globs and YAML give a meaning to, and of any others. */
static void any_path_gets_a_rule_that_allows_it(void **state)
{
	static const char special[] =
		"*?[]{},\\'\"${}~!#&:|>%@` .-\n\t\x7f\xff\xc3\xbc\xe2\x80\xae";
	uint64_t x = 88172645463325252u;

	for (int i = 0; i < 3000; i++) {
		char name[40] = "/";
		size_t length = 2 + x % (sizeof(name) - 2);

		for (size_t k = 1; k < length; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			name[k] = x % 3 ? special[(x >> 8) % (sizeof(special) - 1)]
					: (char)(1 + (x >> 8) % 255);
			/* Names as the kernel gives them have no empty parts, no "." and "..". */
			if (name[k] == '/')
				name[k] = 'x';
		}
		if (name[1] == '.')
			name[1] = 'x';
		assert_fix_allows(object(AW_OBJECT_PATH, AW_OP_READ, AW_VERDICT_NONE, name, length),
				  AW_FIX_ALLOW);
	}
}

static void a_proposed_rule_allows_no_neighbour(void **state)
{
	struct aw_policy *policy = parse(policy_text);
	struct aw_why_options options = {.policy = find_policy, .userdata = policy};
	json_t *line =
		line_of(object(AW_OBJECT_PATH, AW_OP_READ, AW_VERDICT_NONE, "/a*{b,c}", 8), policy);
	static const char *const others[] = {"/ax{b,c}", "/a*b", "/a*{b,c}/d", "/a*{b,c", "/a"};
	struct aw_fix fix = {};

	assert_int_equal(aw_why_fix(line, &options, &fix), 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		_cleanup_free_ struct fixture_record *other = object(
			AW_OBJECT_PATH, AW_OP_READ, AW_VERDICT_NONE, others[i], strlen(others[i]));

		assert_int_equal(verdict_with(fix.yaml, other), AW_VERDICT_NONE);
		other->op.op = AW_OP_WRITE;
		assert_int_equal(verdict_with(fix.yaml, other), AW_VERDICT_NONE);
	}
	assert_null(fix.note);
	free(fix.yaml);
	json_decref(line);
	aw_policy_free(policy);
}

static void a_proposed_rule_is_shown_as_it_must_be_written(void **state)
{
	json_t *line =
		line_of(object(AW_OBJECT_PATH, AW_OP_READ, AW_VERDICT_NONE, "/a*'\\", 5), NULL);
	_cleanup_buffer_ struct aw_buffer text = {};

	assert_int_equal(aw_why_format(line, NULL, &text), 0);
	assert_non_null(strstr(aw_buffer_string(&text), "path: ['/a\\*''\\\\']}\n"));
	json_decref(line);
}

/* A connection to 10.0.0.7, or a question to it. */
static struct fixture_record *peer(enum aw_op op, enum aw_verdict verdict, const char *host)
{
	static const uint8_t mapped[16] = {[10] = 0xff, 0xff, 10, 0, 0, 7};
	struct fixture_record *record =
		object(op == AW_OP_RESOLVE ? AW_OBJECT_HOST : AW_OBJECT_ADDRESS, op, verdict, host,
		       strlen(host));

	memcpy(record->op.address, mapped, 16);
	record->op.port = op == AW_OP_RESOLVE ? 53 : 8443;
	record->op.protocol = op == AW_OP_TCP ? 6 : 17;
	return record;
}

/* What is proposed for a record; takes it. */
static void assert_proposes(struct fixture_record *record, const struct aw_policy *policy,
			    const char *yaml, const char *note)
{
	struct aw_why_options options = {find_policy, warn, (void *)policy};
	json_t *line = line_of(record, policy);
	struct aw_fix fix = {};

	assert_int_equal(aw_why_fix(line, &options, &fix), 0);
	if (yaml)
		assert_non_null(strstr(fix.yaml, yaml));
	else
		assert_null(fix.yaml);
	if (note)
		assert_non_null(strstr(fix.note, note));
	else
		assert_null(fix.note);
	free(fix.yaml);
	json_decref(line);
}

static void a_peer_with_a_name_gets_a_rule_by_that(void **state)
{
	assert_proposes(peer(AW_OP_TCP, AW_VERDICT_NONE, "a.example"), NULL,
			"allow: [tcp], host: ['a.example'], port: [8443]}", NULL);
	assert_proposes(peer(AW_OP_UDP, AW_VERDICT_NONE, "a.example"), NULL,
			"allow: [udp], host: ['a.example'], port: [8443]}", NULL);
	/* What a policy cannot hold as a name, or would read as a pattern. */
	assert_proposes(peer(AW_OP_TCP, AW_VERDICT_NONE, "*.example"), NULL,
			"allow: [tcp], cidr: ['10.0.0.7/32'], port: [8443]}", NULL);
	assert_proposes(peer(AW_OP_TCP, AW_VERDICT_NONE, "a'}"), NULL, "cidr: ['10.0.0.7/32']",
			NULL);
	assert_proposes(peer(AW_OP_BIND, AW_VERDICT_NONE, "a.example"), NULL,
			"cidr: ['10.0.0.7/32']", NULL);
}

static void a_question_gets_the_rule_that_is_likely_meant(void **state)
{
	assert_proposes(peer(AW_OP_RESOLVE, AW_VERDICT_NONE, "a.example"), NULL,
			"- {id: allow-tcp-", "likely");
	assert_proposes(peer(AW_OP_RESOLVE, AW_VERDICT_NONE, "a.example"), NULL,
			"allow: [tcp], host: ['a.example'], port: [443]}", "allow: [resolve]");
	assert_proposes(peer(AW_OP_RESOLVE, AW_VERDICT_NONE, "*.example"), NULL, NULL,
			"cannot hold");
}

/* A name may lead elsewhere tomorrow: it lifts no denial of addresses. */
static void a_denial_of_addresses_is_not_lifted_by_name(void **state)
{
	struct aw_policy *policy =
		parse("version: 1\nname: n\nrules:\n"
		      "  - {id: inner, deny: [tcp], cidr: [10.0.0.0/8], port: [\"0-65535\"]}\n");

	assert_proposes(peer(AW_OP_TCP, AW_VERDICT_DENY, "a.example"), policy,
			"lift: inner, allow: [tcp], cidr: ['10.0.0.7/32'], port: [8443]}",
			"by: CLASS");
	aw_policy_free(policy);
}

static void a_denial_of_a_name_is_lifted_for_the_name(void **state)
{
	struct aw_policy *policy =
		parse("version: 1\nname: n\nrules:\n"
		      "  - {id: names, deny: [tcp], host: [\"*.example\"], port: [\"0-65535\"]}\n");
	struct aw_why_options options = {find_policy, NULL, policy};
	json_t *line = line_of(peer(AW_OP_TCP, AW_VERDICT_DENY, "a.example"), NULL);
	struct aw_fix fix = {};

	json_object_set_new(line, "rule", json_pack("{s:s}", "id", "names"));
	assert_int_equal(aw_why_fix(line, &options, &fix), 0);
	assert_non_null(
		strstr(fix.yaml, "lift: names, allow: [tcp], host: ['a.example'], port: [8443]}"));
	free(fix.yaml);
	json_decref(line);
	line = line_of(peer(AW_OP_RESOLVE, AW_VERDICT_DENY, "a.example"), NULL);
	json_object_set_new(line, "rule", json_pack("{s:s}", "id", "names"));
	assert_int_equal(aw_why_fix(line, &options, &fix), 0);
	assert_non_null(strstr(fix.yaml, "lift: names, allow: [resolve], host: ['a.example']}"));
	free(fix.yaml);
	json_decref(line);
	aw_policy_free(policy);
}

static void names_of_peers_are_told(void **state)
{
	static const struct {
		enum aw_op op;
		const char *host, *says;
	} cases[] = {
		{AW_OP_TCP, "a.example", "DENIED tcp a.example (10.0.0.7) port 8443\n"},
		{AW_OP_TCP, "", "DENIED tcp 10.0.0.7 port 8443\n"},
		{AW_OP_RESOLVE, "a.example",
		 "DENIED resolve a.example, asked of 10.0.0.7 port 53\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *line = line_of(peer(cases[i].op, AW_VERDICT_NONE, cases[i].host), NULL);
		_cleanup_buffer_ struct aw_buffer text = {};

		assert_int_equal(aw_why_format(line, NULL, &text), 0);
		assert_memory_equal(text.data, cases[i].says, strlen(cases[i].says));
		json_decref(line);
	}
}

static void hosts_of_a_line_are_checked(void **state)
{
	json_t *line = line_of(peer(AW_OP_TCP, AW_VERDICT_NONE, "a.example"), NULL);
	json_t *object = json_object_get(line, "object");
	struct aw_fix fix = {};

	json_object_set_new(object, "host", json_string("a/b"));
	assert_int_equal(aw_why_fix(line, NULL, &fix), -EBADMSG);
	json_object_set_new(object, "host", json_string("a'], cidr: ['0.0.0.0/0"));
	assert_int_equal(aw_why_fix(line, NULL, &fix), -EBADMSG);
	/* An older line has no such field. */
	json_object_del(object, "host");
	assert_int_equal(aw_why_fix(line, NULL, &fix), 0);
	assert_non_null(strstr(fix.yaml, "cidr: ['10.0.0.7/32']"));
	free(fix.yaml);
	json_decref(line);
	line = line_of(peer(AW_OP_RESOLVE, AW_VERDICT_NONE, "a.example"), NULL);
	json_object_del(json_object_get(line, "object"), "name");
	assert_int_equal(aw_why_fix(line, NULL, &fix), -EBADMSG);
	json_decref(line);
}

static void where_no_rule_would_help_none_is_proposed(void **state)
{
	struct {
		struct fixture_record *record;
		const char *note;
	} cases[] = {
		{object(AW_OBJECT_PATH, AW_OP_READ, AW_VERDICT_FORBID, "/x", 2), "forbid rule"},
		{object(AW_OBJECT_PATH, AW_OP_READ, AW_VERDICT_ASK, "/ask/x", 6), "ask rule"},
		{object(AW_OBJECT_PATH, AW_OP_READ, AW_VERDICT_DENY, "/unknown", 8), "look it up"},
		{object(AW_OBJECT_UNNAMED, AW_OP_READ, AW_VERDICT_NONE, "", 0), "tried again"},
		{object(AW_OBJECT_ANCHORED, AW_OP_READ, AW_VERDICT_NONE, "/x", 2),
		 "name the anchor"},
		{object(AW_OBJECT_PATH, AW_OP_READ, AW_VERDICT_NONE, "/x", 2), "not denied"},
	};

	cases[3].record->op.reason = AW_REASON_RACED;
	cases[4].record->op.anchor = 7;
	cases[5].record->op.effect = AW_EFFECT_ALLOWED;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *line = line_of(cases[i].record, NULL);
		_cleanup_buffer_ struct aw_buffer text = {};
		struct aw_fix fix = {};

		assert_int_equal(aw_why_fix(line, NULL, &fix), 0);
		assert_int_equal(fix.kind, AW_FIX_NONE);
		assert_null(fix.yaml);
		assert_non_null(strstr(fix.note, cases[i].note));
		assert_int_equal(aw_why_format(line, NULL, &text), 0);
		assert_non_null(strstr(aw_buffer_string(&text), fix.note));
		json_decref(line);
	}
}

#define BUDGET_POLICY                                                              \
	"version: 1\nname: ci-node\nrules:\n"                                      \
	"  - {id: hub, allow: tcp, cidr: 10.0.0.0/8, port: 443, reason: pushes,\n" \
	"     limit: {connects: 600/h, rate: 20/10m}}\n"

/* A connection that a budget of the rule hub refused. */
static json_t *spent_line(const struct aw_policy *policy, enum aw_reason reason, bool is_told)
{
	struct fixture_record *record = peer(AW_OP_TCP, AW_VERDICT_NONE, "");
	_cleanup_(fixture_decoded_done) struct fixture_decoded got = {};
	_cleanup_buffer_ struct aw_buffer lines = {};
	json_t *line;

	record->op.reason = (uint8_t)reason;
	record->op.error = -EAGAIN;
	fixture_decode(record, AW_RING_DECISIONS, &got);
	free(record);
	fill(&got.event);
	if (is_told) {
		got.event.rule_id = "hub";
		got.event.rule_reason = "pushes";
		got.event.budget = &aw_policy_find_rule(policy, "hub")->limits[1];
	}
	if (is_told && reason == AW_REASON_LIMIT)
		got.event.again_wall_ns = got.event.wall_ns + 30000000000ull;
	assert_int_equal(aw_event_to_json(&got.event, &fixture_origin, &lines), 0);
	line = json_loadb(lines.data, lines.length, 0, NULL);
	assert_non_null(line);
	return line;
}

/* Whether the explanation has this. */
static void assert_why(const json_t *line, const struct aw_policy *policy, const char *part,
		       bool is_there)
{
	struct aw_why_options options = {find_policy, NULL, (void *)policy};
	_cleanup_buffer_ struct aw_buffer text = {};

	assert_int_equal(aw_why_format(line, &options, &text), 0);
	if (!strstr(aw_buffer_string(&text), part) == is_there)
		fail_msg("%s: %s", part, aw_buffer_string(&text));
}

static void a_spent_budget_is_told_with_its_rule_and_time(void **state)
{
	struct aw_policy *policy = parse(BUDGET_POLICY);
	json_t *line = spent_line(policy, AW_REASON_LIMIT, true);

	assert_why(line, policy,
		   "\nbecause  a budget of the rule is spent\n"
		   "budget   rate 20/10m, one again at 2026-11-21T02:01:40.000017000Z\n"
		   "rule     hub: pushes\n"
		   "         p.yaml:4\n"
		   "policy   ci-node 0123456789ab\n"
		   "to allow wait until the budget has one again, or give the rule a larger "
		   "limit:\n",
		   true);
	json_decref(line);
	line = spent_line(policy, AW_REASON_NO_BUDGET, true);
	assert_why(line, policy, "\nbudget   rate 20/10m\nrule     hub: pushes\n", true);
	assert_why(line, policy, "one without limit:; agents that end make room", true);
	json_decref(line);
	aw_policy_free(policy);
}

static void a_spent_budget_is_told_to_programs(void **state)
{
	struct aw_policy *policy = parse(BUDGET_POLICY);
	struct aw_why_options options = {find_policy, NULL, policy};
	_cleanup_buffer_ struct aw_buffer text = {};
	json_t *line = spent_line(policy, AW_REASON_LIMIT, true), *root;
	const char *counts, *limit, *again, *rule;
	int number;

	assert_int_equal(aw_why_format_json(line, &options, &text), 0);
	root = json_loads(aw_buffer_string(&text), 0, NULL);
	assert_non_null(root);
	assert_int_equal(json_unpack(root, "{s:{s:s,s:s,s:s},s:{s:s,s:i}}", "budget", "counts",
				     &counts, "limit", &limit, "again", &again, "rule", "id", &rule,
				     "line", &number),
			 0);
	assert_string_equal(counts, "rate");
	assert_string_equal(limit, "20/10m");
	assert_string_equal(again, "2026-11-21T02:01:40.000017000Z");
	assert_string_equal(rule, "hub");
	assert_int_equal(number, 4);
	json_decref(root);
	json_decref(line);
	line = line_of(fixture_op("/.bashrc", 8), NULL);
	aw_buffer_clear(&text);
	assert_int_equal(aw_why_format_json(line, &options, &text), 0);
	assert_non_null(strstr(aw_buffer_string(&text), "\"budget\":null"));
	json_decref(line);
	aw_policy_free(policy);
}

/* Lines of other versions, or that were changed: what is missing or unknown is left out. */
static void a_budget_that_is_not_told_breaks_nothing(void **state)
{
	struct aw_policy *policy = parse(BUDGET_POLICY);
	json_t *line = spent_line(policy, AW_REASON_LIMIT, false);
	struct aw_why_options options = {find_policy, NULL, policy};
	_cleanup_buffer_ struct aw_buffer json = {};

	assert_why(line, policy, "\nbecause  a budget of the rule is spent\npolicy   ", true);
	json_object_set_new(line, "budget", json_string("x"));
	assert_why(line, policy, "\nbudget ", false);
	json_object_set_new(line, "budget", json_object());
	assert_why(line, policy, "\nbudget   of an unknown kind\n", true);
	json_object_set_new(
		line, "budget",
		json_pack("{s:s,s:i,s:s}", "counts", "by\x1btes", "limit", 7, "again", "x\n"));
	assert_why(line, policy, "\x1b", false);
	assert_why(line, policy, "\nbudget   by", true);
	assert_int_equal(aw_why_format_json(line, &options, &json), 0);
	assert_null(strchr(aw_buffer_string(&json), '\x1b'));
	json_decref(line);
	aw_policy_free(policy);
}

static void an_agent_is_told_when_to_try_again(void **state)
{
	struct aw_policy *policy = parse(BUDGET_POLICY);
	json_t *line = spent_line(policy, AW_REASON_LIMIT, true);
	_cleanup_fclose_ FILE *file = tmpfile();
	_cleanup_buffer_ struct aw_buffer text = {};

	assert_non_null(file);
	assert_int_equal(json_dumpf(line, file, JSON_COMPACT), 0);
	fputc('\n', file);
	rewind(file);
	assert_int_equal(aw_why_self(file, "run-1", 9, &text), 0);
	assert_non_null(strstr(aw_buffer_string(&text),
			       ": a budget of the rule is spent, rule hub, rate 20/10m, one again "
			       "at 2026-11-21T02:01:40.000017000Z [event "));
	assert_non_null(strstr(aw_buffer_string(&text), "wait until it has one again"));
	json_decref(line);
	aw_policy_free(policy);
}

static void an_events_file_cannot_smuggle_text_into_a_rule(void **state)
{
	json_t *line = line_of(fixture_op("/.bashrc", 8), NULL);
	struct aw_fix fix = {};

	json_object_set_new(line, "rule", json_pack("{s:s}", "id", "x}\n- {id: y"));
	assert_int_equal(aw_why_fix(line, NULL, &fix), -EBADMSG);
	json_object_set_new(line, "rule", json_pack("{s:s}", "id", "x"));
	json_object_set_new(json_object_get(line, "object"), "anchor", json_string("A}/**', '"));
	assert_int_equal(aw_why_fix(line, NULL, &fix), -EBADMSG);
	assert_null(fix.yaml);
	json_decref(line);
}

static void lines_that_are_no_operations_are_refused(void **state)
{
	static const char *const keys[] = {"type",    "operation", "object",
					   "verdict", "effect",	   "reason"};
	_cleanup_buffer_ struct aw_buffer text = {};
	json_t *line;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		line = line_of(fixture_op("/.bashrc", 8), NULL);
		json_object_set_new(line, keys[i], json_string("other"));
		assert_int_equal(aw_why_format(line, NULL, &text), -EBADMSG);
		json_object_del(line, keys[i]);
		assert_int_equal(aw_why_format_json(line, NULL, &text), -EBADMSG);
		json_decref(line);
	}
	line = line_of(fixture_exit(1, 0), NULL);
	assert_int_equal(aw_why_format(line, NULL, &text), -EBADMSG);
	json_decref(line);
	assert_int_equal(text.length, 0);
}

/* Three denials and an exit, with rubbish between them and a last line without its end. */
static FILE *events_file(void)
{
	_cleanup_buffer_ struct aw_buffer lines = {};
	struct fixture_record *record;
	FILE *file = tmpfile();

	append_line(&lines, fixture_op("/one", 4), NULL);
	aw_buffer_append_string(&lines, "{\"id\":\"3f2a9c1e\n\nnull\n");
	for (size_t i = 0; i < AW_WHY_LINE_MAX + 10; i++)
		aw_buffer_append_char(&lines, 'x');
	aw_buffer_append_string(&lines, "\n");
	record = fixture_op("/two", 4);
	record->head.seq = 18;
	append_line(&lines, record, NULL);
	append_line(&lines, fixture_exit(1, 0), NULL);
	record = fixture_op("/three", 6);
	record->head.seq = 180;
	append_line(&lines, record, NULL);
	record = fixture_op("/allowed", 8);
	record->op.effect = AW_EFFECT_ALLOWED;
	record->head.seq = 19;
	append_line(&lines, record, NULL);
	aw_buffer_append_string(&lines, "{\"version\":1,\"type\":\"operation\"");
	assert_int_equal(fwrite(lines.data, 1, lines.length, file), lines.length);
	rewind(file);
	return file;
}

static int find(const char *id, const char *below)
{
	_cleanup_fclose_ FILE *file = events_file();
	struct aw_diag diag = {};
	json_t *line = NULL;
	int r = aw_why_find(file, id, &line, &diag);

	assert_int_equal(r < 0, diag.message[0] != '\0');
	if (r == 0)
		assert_string_equal(json_string_value(json_object_get(
					    json_object_get(line, "object"), "below")),
				    below);
	json_decref(line);
	return r;
}

static void an_event_is_found_by_its_id_or_the_start_of_it(void **state)
{
	assert_int_equal(find("3f2a9c1e-104c537e68-3-d17", "/one"), 0);
	assert_int_equal(find("3f2a9c1e-104c537e68-3-d18", "/two"), 0); /* starts another one too */
	assert_int_equal(find("3f2a9c1e-104c537e68-3-d180", "/three"), 0);
	assert_int_equal(find("3f2a9c1e-104c537e68-3-d1", NULL), -ENOTUNIQ);
	assert_int_equal(find("3f2a9c1e", NULL), -ENOTUNIQ);
	assert_int_equal(find("3f2a9c1e-104c537e68-3-d9", NULL), -ENOENT);
	assert_int_equal(find("3f2a9c1e-104c537e68-3-d180-", NULL), -ENOENT);
	assert_int_equal(find("3f2a", NULL), -EINVAL);
	assert_int_equal(find("", NULL), -EINVAL);
	assert_int_equal(find("not an id at all", NULL), -EINVAL);
}

static void an_agent_sees_its_own_last_denials_alone(void **state)
{
	_cleanup_fclose_ FILE *file = events_file();
	_cleanup_buffer_ struct aw_buffer text = {}, json = {};
	json_t *root;

	assert_int_equal(aw_why_self(file, "run-1", 2, &text), 0);
	assert_non_null(
		strstr(aw_buffer_string(&text), "denied write /home/agent/two: no rule allows"));
	assert_null(strstr(aw_buffer_string(&text), "/one"));
	assert_null(strstr(aw_buffer_string(&text), "/allowed"));
	assert_non_null(strstr(aw_buffer_string(&text), "[event 3f2a9c1e-104c537e68-3-d180]"));
	aw_buffer_clear(&text);
	rewind(file);
	assert_int_equal(aw_why_self(file, "run-", 2, &text), 0);
	assert_string_equal(aw_buffer_string(&text), "Nothing was denied in this run.\n");
	rewind(file);
	assert_int_equal(aw_why_self_json(file, "run-1", 100, &json), 0);
	root = json_loads(aw_buffer_string(&json), 0, NULL);
	assert_int_equal(json_array_size(root), 3);
	json_decref(root);
	assert_int_equal(aw_why_self(file, "", 2, &text), -EINVAL);
	assert_int_equal(aw_why_self(file, NULL, 2, &text), -EINVAL);
	assert_int_equal(aw_why_self(file, "run-1", 0, &text), -EINVAL);
	assert_int_equal(aw_why_self(file, "run-1", AW_WHY_SELF_MAX + 1, &text), -EINVAL);
}

static void what_is_shown_is_harmless(void **state)
{
	json_t *line = line_of(fixture_op("/\x1b[2J\n", 7), NULL);
	_cleanup_buffer_ struct aw_buffer text = {}, json = {};

	json_object_set_new(line, "time", json_string("\x1b]0;x\x07"));
	assert_int_equal(aw_why_format(line, NULL, &text), 0);
	assert_null(strchr(aw_buffer_string(&text), '\x1b'));
	assert_int_equal(aw_why_format_json(line, NULL, &json), 0);
	assert_null(strchr(aw_buffer_string(&json), '\x1b'));
	json_decref(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_denial_is_explained_from_its_line),
		cmocka_unit_test(conditions_of_a_file_are_told_and_kept),
		cmocka_unit_test(without_the_source_the_line_itself_explains),
		cmocka_unit_test(the_explanation_for_programs_has_the_same_facts),
		cmocka_unit_test(each_kind_of_object_gets_a_rule_that_allows_it),
		cmocka_unit_test(any_path_gets_a_rule_that_allows_it),
		cmocka_unit_test(a_proposed_rule_allows_no_neighbour),
		cmocka_unit_test(a_peer_with_a_name_gets_a_rule_by_that),
		cmocka_unit_test(a_question_gets_the_rule_that_is_likely_meant),
		cmocka_unit_test(a_denial_of_addresses_is_not_lifted_by_name),
		cmocka_unit_test(a_denial_of_a_name_is_lifted_for_the_name),
		cmocka_unit_test(names_of_peers_are_told),
		cmocka_unit_test(hosts_of_a_line_are_checked),
		cmocka_unit_test(a_proposed_rule_is_shown_as_it_must_be_written),
		cmocka_unit_test(where_no_rule_would_help_none_is_proposed),
		cmocka_unit_test(a_spent_budget_is_told_with_its_rule_and_time),
		cmocka_unit_test(a_spent_budget_is_told_to_programs),
		cmocka_unit_test(a_budget_that_is_not_told_breaks_nothing),
		cmocka_unit_test(an_agent_is_told_when_to_try_again),
		cmocka_unit_test(an_events_file_cannot_smuggle_text_into_a_rule),
		cmocka_unit_test(lines_that_are_no_operations_are_refused),
		cmocka_unit_test(an_event_is_found_by_its_id_or_the_start_of_it),
		cmocka_unit_test(an_agent_sees_its_own_last_denials_alone),
		cmocka_unit_test(what_is_shown_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
