/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rule decides: precedence, lifts, classes, anchors and the network, in tables of operations
 * with the verdict and the rule that must come out.
 */
#include <arpa/inet.h>

#include "policy/compile.h"
#include "policy/explain.h"
#include "policy/guard.h"
#include "policy/parse_helper.h"

struct question {
	enum aw_op op;
	const char *name; /* with '#' first: below anchor 0 */
	uint16_t classes;
	enum aw_verdict verdict;
	const char *decides; /* NULL: nothing */
	const char *lifted;  /* NULL: nothing */
};

/* The same about a file of which something is true, or by a process that has lost its classes. */
struct provenance {
	struct question question;
	uint8_t conditions;
	bool is_unearned;
};

#define ANONYMOUS (1u << AW_CONDITION_ANONYMOUS)
#define DELETED	  (1u << AW_CONDITION_DELETED)
#define WRITTEN	  (1u << AW_CONDITION_AGENT_WRITTEN)

static void assert_provenance(const struct aw_policy *policy, const struct provenance *provenance)
{
	const struct question *q = &provenance->question;
	int anchor = *q->name == '#' ? 0 : -1;
	const char *name = q->name + (anchor == 0);
	struct aw_query query = {.op = q->op,
				 .name = name,
				 .name_length = strlen(name),
				 .anchor = anchor,
				 .subject_mask = q->classes,
				 .conditions = provenance->conditions,
				 .is_unearned = provenance->is_unearned};
	struct aw_explanation e;

	aw_policy_explain(policy, &query, &e);
	if (e.verdict != q->verdict || strcmp(e.decides ? e.decides->id : "", q->decides ?: "") ||
	    strcmp(e.lifted ? e.lifted->id : "", q->lifted ?: ""))
		fail_msg("%s %s by %x: %s, rule %s, lifted %s", aw_op_name(q->op), q->name,
			 q->classes, aw_verdict_name(e.verdict), e.decides ? e.decides->id : "-",
			 e.lifted ? e.lifted->id : "-");
}

static void assert_explained(const struct aw_policy *policy, const struct question *q)
{
	assert_provenance(policy, &(struct provenance){.question = *q});
}

#define ASSERT_ALL(policy, questions)                                         \
	for (size_t i = 0; i < sizeof(questions) / sizeof(*(questions)); i++) \
	assert_explained(policy, &(questions)[i])

static void the_strongest_action_decides(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok("version: 1\nadministrator: true\nrules:\n"
			 "  - {id: forbid, forbid: read, path: /x/5/**}\n"
			 "  - {id: deny, deny: read, path: \"/x/{4,5}/**\"}\n"
			 "  - {id: allow, allow: read, path: /x/**}\n"
			 "  - {id: ask, ask: read, path: \"/x/[3-5]/**\"}\n"
			 "  - {id: flag, flag: read, path: \"/x/[2-5]/**\"}\n"
			 "  - {id: allow.again, allow: read, path: /x/**}\n");
	static const struct question questions[] = {
		{AW_OP_READ, "/x/1/f", 0, AW_VERDICT_ALLOW, "allow", NULL},
		{AW_OP_READ, "/x/2/f", 0, AW_VERDICT_FLAG, "flag", NULL},
		{AW_OP_READ, "/x/3/f", 0, AW_VERDICT_ASK, "ask", NULL},
		{AW_OP_READ, "/x/4/f", 0, AW_VERDICT_DENY, "deny", NULL},
		{AW_OP_READ, "/x/5/f", 0, AW_VERDICT_FORBID, "forbid", NULL},
		{AW_OP_READ, "/y", 0, AW_VERDICT_NONE, NULL, NULL},
		{AW_OP_WRITE, "/x/1/f", 0, AW_VERDICT_NONE, NULL, NULL},
	};

	ASSERT_ALL(policy, questions);
}

static void a_lift_takes_away_the_one_denial_that_it_names(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(
		"version: 1\nadministrator: true\nsubjects: {ssh: {exe: /usr/bin/ssh}, o: {exe: "
		"/o}}\nrules:\n"
		"  - {id: keys, deny: [read, write], path: /h/.ssh/**}\n"
		"  - {id: hosts, lift: keys, allow: read, path: /h/.ssh/known_hosts, by: ssh}\n"
		"  - {id: config, lift: keys, flag: [read, exec], path: /h/.ssh/config}\n"
		"  - {id: other, deny: read, path: /h/.ssh/id*}\n"
		"  - {id: id, lift: keys, allow: read, path: /h/.ssh/id*}\n"
		"  - {id: never, forbid: read, path: /h/.ssh/root}\n"
		"  - {id: root, lift: keys, allow: read, path: /h/.ssh/root}\n");
	static const struct question questions[] = {
		/* only the class, only the operation, only the path */
		{AW_OP_READ, "/h/.ssh/known_hosts", 1, AW_VERDICT_ALLOW, "hosts", "keys"},
		{AW_OP_READ, "/h/.ssh/known_hosts", 3, AW_VERDICT_ALLOW, "hosts", "keys"},
		{AW_OP_READ, "/h/.ssh/known_hosts", 2, AW_VERDICT_DENY, "keys", NULL},
		{AW_OP_READ, "/h/.ssh/known_hosts", 0, AW_VERDICT_DENY, "keys", NULL},
		{AW_OP_WRITE, "/h/.ssh/known_hosts", 1, AW_VERDICT_DENY, "keys", NULL},
		{AW_OP_READ, "/h/.ssh/known_hosts2", 1, AW_VERDICT_DENY, "keys", NULL},
		/* a lift brings its own action, for all of its operations */
		{AW_OP_READ, "/h/.ssh/config", 0, AW_VERDICT_FLAG, "config", "keys"},
		{AW_OP_EXEC, "/h/.ssh/config", 0, AW_VERDICT_FLAG, "config", NULL},
		{AW_OP_WRITE, "/h/.ssh/config", 0, AW_VERDICT_DENY, "keys", NULL},
		/* another denial stays, and so does what is forbidden */
		{AW_OP_READ, "/h/.ssh/id", 0, AW_VERDICT_DENY, "other", "keys"},
		{AW_OP_READ, "/h/.ssh/root", 0, AW_VERDICT_FORBID, "never", "keys"},
	};

	ASSERT_ALL(policy, questions);
}

static void asking_outlasts_a_lift(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok(RULES "{id: d, deny: read, path: /x/**}\n"
			       "  - {id: l, lift: d, allow: read, path: /x/y}\n"
			       "  - {id: a, ask: read, path: /x/**}\n");
	static const struct question questions[] = {
		{AW_OP_READ, "/x/y", 0, AW_VERDICT_ASK, "a", "d"},
		{AW_OP_READ, "/x/z", 0, AW_VERDICT_DENY, "d", NULL},
	};

	ASSERT_ALL(policy, questions);
}

static void the_first_of_equal_rules_is_named(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok(RULES "{id: z, deny: read, path: /x}\n"
			       "  - {id: a, deny: read, path: /x}\n"
			       "  - {id: lz, lift: z, allow: read, path: /x}\n"
			       "  - {id: la, lift: a, allow: read, path: /x}\n");
	static const struct question question = {AW_OP_READ, "/x", 0, AW_VERDICT_ALLOW, "lz", "z"};

	assert_explained(policy, &question);
}

static void by_narrows_a_rule_to_its_classes(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(
		"version: 1\nsubjects: {a: {exe: /a}, b: {script: /b}, c: {under: b}}\nrules:\n"
		"  - {id: all, allow: read, path: /x/**}\n"
		"  - {id: some, deny: read, path: /x/**, by: [b, c]}\n"
		"  - {id: mine, allow: write, path: /x/**, by: a}\n");
	static const struct question questions[] = {
		{AW_OP_READ, "/x/f", 0, AW_VERDICT_ALLOW, "all", NULL},
		{AW_OP_READ, "/x/f", 1, AW_VERDICT_ALLOW, "all", NULL},
		{AW_OP_READ, "/x/f", 2, AW_VERDICT_DENY, "some", NULL},
		{AW_OP_READ, "/x/f", 5, AW_VERDICT_DENY, "some", NULL},
		{AW_OP_WRITE, "/x/f", 1, AW_VERDICT_ALLOW, "mine", NULL},
		{AW_OP_WRITE, "/x/f", 2, AW_VERDICT_NONE, NULL, NULL},
	};

	ASSERT_ALL(policy, questions);
}

static void names_below_an_anchor_are_judged_by_its_rules(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok("version: 1\nanchors: {W: {}}\nrules:\n"
			 "  - {id: abs, deny: write, path: \"/**\"}\n"
			 "  - {id: work, allow: write, path: \"${W}/**\"}\n"
			 "  - {id: hooks, deny: write, path: \"**/.git/hooks/**\"}\n");
	static const struct question questions[] = {
		{AW_OP_WRITE, "#/src/x.c", 0, AW_VERDICT_ALLOW, "work", NULL},
		{AW_OP_WRITE, "#", 0, AW_VERDICT_ALLOW, "work", NULL},
		{AW_OP_WRITE, "#/.git/hooks/pre-push", 0, AW_VERDICT_DENY, "hooks", NULL},
		{AW_OP_WRITE, "/src/x.c", 0, AW_VERDICT_DENY, "abs", NULL},
		{AW_OP_WRITE, "memfd:x", 0, AW_VERDICT_NONE, NULL, NULL},
	};

	ASSERT_ALL(policy, questions);
}

static void what_may_be_executed_may_be_mapped_unless_a_rule_says_otherwise(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok(RULES "{id: x, allow: exec, path: /x/**}\n"
			       "  - {id: m, deny: map, path: /x/no/**}\n"
			       "  - {id: f, flag: map, path: /x/flag}\n"
			       "  - {id: d, deny: exec, path: /d/**}\n"
			       "  - {id: a, allow: map, path: /d/lib}\n");
	static const struct question questions[] = {
		{AW_OP_MAP, "/x/a", 0, AW_VERDICT_ALLOW, "x", NULL},
		{AW_OP_MAP, "/x/no/a", 0, AW_VERDICT_DENY, "m", NULL},
		{AW_OP_MAP, "/x/flag", 0, AW_VERDICT_FLAG, "f", NULL},
		{AW_OP_MAP, "/d/a", 0, AW_VERDICT_DENY, "d", NULL},
		{AW_OP_MAP, "/d/lib", 0, AW_VERDICT_ALLOW, "a", NULL},
		{AW_OP_EXEC, "/d/lib", 0, AW_VERDICT_DENY, "d", NULL},
		{AW_OP_MAP, "/y", 0, AW_VERDICT_NONE, NULL, NULL},
	};

	ASSERT_ALL(policy, questions);
}

static void rules_can_depend_on_where_a_file_comes_from(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(
		"version: 1\nanchors: {W: {}}\nrules:\n"
		"  - {id: all, allow: [exec, map], path: [\"**\", \"memfd:*\", \"nested:/**\"]}\n"
		"  - {id: fresh, deny: [exec, map], when: [anonymous, deleted, agent-written], "
		"path: \"**\"}\n"
		"  - {id: built, lift: fresh, allow: exec, path: \"${W}/build/**\", "
		"when: agent-written}\n"
		"  - {id: gone, deny: exec, when: deleted, path: \"${W}/build/**\"}\n");
	static const struct provenance questions[] = {
		{{AW_OP_EXEC, "/bin/x", 0, AW_VERDICT_ALLOW, "all", NULL}, 0, false},
		{{AW_OP_EXEC, "/bin/x", 0, AW_VERDICT_DENY, "fresh", NULL}, WRITTEN, false},
		{{AW_OP_MAP, "/bin/x", 0, AW_VERDICT_DENY, "fresh", NULL}, DELETED, false},
		{{AW_OP_EXEC, "#/build/x", 0, AW_VERDICT_ALLOW, "all", "fresh"}, WRITTEN, false},
		{{AW_OP_MAP, "#/build/x", 0, AW_VERDICT_DENY, "fresh", NULL}, WRITTEN, false},
		/* any of the conditions: what else is true takes another rule */
		{{AW_OP_EXEC, "#/build/x", 0, AW_VERDICT_DENY, "gone", "fresh"},
		 WRITTEN | DELETED,
		 false},
		{{AW_OP_EXEC, "#/x", 0, AW_VERDICT_DENY, "fresh", NULL}, WRITTEN, false},
		/* `**` of a rule that restricts is every file */
		{{AW_OP_EXEC, "memfd:x", 0, AW_VERDICT_DENY, "fresh", NULL}, ANONYMOUS, false},
		{{AW_OP_EXEC, "nested:/x", 0, AW_VERDICT_DENY, "fresh", NULL}, WRITTEN, false},
		{{AW_OP_EXEC, "nested:/x", 0, AW_VERDICT_ALLOW, "all", NULL}, 0, false},
	};

	for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++)
		assert_provenance(policy, &questions[i]);
}

static void what_conditions_allow_is_allowed_to_nothing_else(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok(RULES "{id: own, allow: exec, path: \"**\", when: agent-written}\n");
	static const struct provenance questions[] = {
		{{AW_OP_EXEC, "/w/x", 0, AW_VERDICT_ALLOW, "own", NULL}, WRITTEN, false},
		{{AW_OP_MAP, "/w/x", 0, AW_VERDICT_ALLOW, "own", NULL}, WRITTEN, false},
		{{AW_OP_EXEC, "/w/x", 0, AW_VERDICT_NONE, NULL, NULL}, 0, false},
		{{AW_OP_EXEC, "/w/x", 0, AW_VERDICT_NONE, NULL, NULL}, DELETED, false},
		{{AW_OP_EXEC, "memfd:x", 0, AW_VERDICT_NONE, NULL, NULL},
		 ANONYMOUS | WRITTEN,
		 false},
	};

	for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++)
		assert_provenance(policy, &questions[i]);
}

static void a_class_that_was_lost_gives_nothing_and_still_takes(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok("version: 1\nsubjects: {ssh: {exe: /usr/bin/ssh}}\nrules:\n"
			 "  - {id: all, allow: read, path: \"/h/{.ssh,pub}/**\"}\n"
			 "  - {id: keys, deny: read, path: /h/.ssh/**}\n"
			 "  - {id: lift, lift: keys, allow: read, path: /h/.ssh/id, by: ssh}\n"
			 "  - {id: mine, allow: read, path: /h/mine, by: ssh}\n"
			 "  - {id: seen, flag: read, path: [/h/pub/x, /h/own], by: ssh}\n"
			 "  - {id: not, deny: read, path: /h/pub/no, by: ssh}\n");
	static const struct provenance questions[] = {
		{{AW_OP_READ, "/h/.ssh/id", 1, AW_VERDICT_ALLOW, "all", "keys"}, 0, false},
		{{AW_OP_READ, "/h/.ssh/id", 1, AW_VERDICT_DENY, "keys", NULL}, 0, true},
		{{AW_OP_READ, "/h/mine", 1, AW_VERDICT_ALLOW, "mine", NULL}, 0, false},
		{{AW_OP_READ, "/h/mine", 1, AW_VERDICT_NONE, NULL, NULL}, 0, true},
		/* what is reported of the class still is, where others may do it too */
		{{AW_OP_READ, "/h/pub/x", 1, AW_VERDICT_FLAG, "seen", NULL}, 0, false},
		{{AW_OP_READ, "/h/pub/x", 1, AW_VERDICT_FLAG, "seen", NULL}, 0, true},
		{{AW_OP_READ, "/h/own", 1, AW_VERDICT_FLAG, "seen", NULL}, 0, false},
		{{AW_OP_READ, "/h/own", 1, AW_VERDICT_NONE, NULL, NULL}, 0, true},
		{{AW_OP_READ, "/h/pub/no", 1, AW_VERDICT_DENY, "not", NULL}, 0, true},
	};

	for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++)
		assert_provenance(policy, &questions[i]);
}

static void sockets_are_judged_by_path_and_abstract_name(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok(RULES "{id: db, allow: unix, socket: [\"/run/postgresql/.s.PGSQL.*\"]}\n"
			       "  - {id: x, deny: unix, socket: [\"@/tmp/.X11-unix/*\"]}\n");
	static const struct question questions[] = {
		{AW_OP_UNIX, "/run/postgresql/.s.PGSQL.5432", 0, AW_VERDICT_ALLOW, "db", NULL},
		{AW_OP_UNIX, "@/tmp/.X11-unix/X0", 0, AW_VERDICT_DENY, "x", NULL},
		{AW_OP_UNIX, "/tmp/.X11-unix/X0", 0, AW_VERDICT_NONE, NULL, NULL},
		{AW_OP_READ, "/run/postgresql/.s.PGSQL.5432", 0, AW_VERDICT_NONE, NULL, NULL},
	};

	ASSERT_ALL(policy, questions);
}

static void peers_are_judged_by_address_and_port(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(
		RULES "{id: net, allow: tcp, cidr: [10.0.0.0/9, \"2001:db8::/33\"], "
		      "port: [443, \"8000-8010\"]}\n"
		      "  - {id: meta, deny: [tcp, udp], cidr: [169.254.0.0/16, 10.1.2.3/32], port: "
		      "\"0-65535\"}\n"
		      "  - {id: all, flag: udp, cidr: \"::/0\", port: 53}\n");
	static const struct {
		enum aw_op op;
		const char *address; /* IPv4 as ::ffff:… */
		uint16_t port;
		enum aw_verdict verdict;
		const char *decides;
	} rows[] = {
		{AW_OP_TCP, "::ffff:10.0.0.1", 443, AW_VERDICT_ALLOW, "net"},
		{AW_OP_TCP, "::ffff:10.127.255.255", 8000, AW_VERDICT_ALLOW, "net"},
		{AW_OP_TCP, "::ffff:10.128.0.0", 443, AW_VERDICT_NONE, NULL},
		{AW_OP_TCP, "::ffff:10.0.0.1", 444, AW_VERDICT_NONE, NULL},
		{AW_OP_TCP, "::ffff:10.0.0.1", 8010, AW_VERDICT_ALLOW, "net"},
		{AW_OP_TCP, "::ffff:10.0.0.1", 8011, AW_VERDICT_NONE, NULL},
		{AW_OP_UDP, "::ffff:10.0.0.1", 443, AW_VERDICT_NONE, NULL},
		{AW_OP_TCP, "::ffff:10.1.2.3", 443, AW_VERDICT_DENY, "meta"},
		{AW_OP_TCP, "::10.0.0.1", 443, AW_VERDICT_NONE, NULL},
		{AW_OP_TCP, "2001:db8:7fff::1", 443, AW_VERDICT_ALLOW, "net"},
		{AW_OP_TCP, "2001:db8:8000::1", 443, AW_VERDICT_NONE, NULL},
		{AW_OP_UDP, "::ffff:169.254.169.254", 53, AW_VERDICT_DENY, "meta"},
		{AW_OP_UDP, "::ffff:8.8.8.8", 53, AW_VERDICT_FLAG, "all"},
		{AW_OP_UDP, "2001:db8::1", 53, AW_VERDICT_FLAG, "all"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct aw_query query = {.op = rows[i].op, .anchor = -1, .port = rows[i].port};
		struct aw_explanation e;

		assert_int_equal(inet_pton(AF_INET6, rows[i].address, query.address), 1);
		aw_policy_explain(policy, &query, &e);
		if (e.verdict != rows[i].verdict ||
		    strcmp(e.decides ? e.decides->id : "", rows[i].decides ?: ""))
			fail_msg("%s:%d: %s by %s", rows[i].address, rows[i].port,
				 aw_verdict_name(e.verdict), e.decides ? e.decides->id : "-");
	}
}

static void executables_and_scripts_put_processes_in_classes(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok("version: 1\nanchors: {W: {}}\nsubjects:\n"
			 "  ssh: {exe: [/usr/bin/ssh, /usr/local/bin/ssh]}\n"
			 "  npm: {script: \"/usr/**/npm-cli.js\"}\n"
			 "  sub: {under: npm}\n"
			 "  bin: {exe: \"/usr/bin/*\"}\n"
			 "  own: {exe: \"${W}/**\"}\n");

	assert_int_equal(aw_policy_subject_mask(policy, "/usr/bin/ssh", -1, NULL, -1), 0x9);
	assert_int_equal(aw_policy_subject_mask(policy, "/usr/local/bin/ssh", -1, NULL, -1), 0x1);
	assert_int_equal(
		aw_policy_subject_mask(policy, "/usr/bin/node", -1, "/usr/lib/npm-cli.js", -1),
		0xa);
	assert_int_equal(aw_policy_subject_mask(policy, "/usr/lib/npm-cli.js", -1, NULL, -1), 0);
	assert_int_equal(aw_policy_subject_mask(policy, "/tool", 0, "/usr/npm-cli.js", 0), 0x10);
	assert_int_equal(aw_policy_subject_mask(policy, "/bin/sh", -1, NULL, -1), 0);
}

static enum aw_verdict guard_verdict(const struct aw_policy *policy, const char *act, uint16_t mask,
				     const char **ret_rule)
{
	struct aw_query query = {.op = AW_OP_GUARD,
				 .name = act,
				 .name_length = strlen(act),
				 .anchor = -1,
				 .subject_mask = mask};
	struct aw_explanation explanation;

	aw_policy_explain(policy, &query, &explanation);
	*ret_rule = explanation.decides ? explanation.decides->id : NULL;
	return explanation.verdict;
}

/* Also by the image, which the programs ask by the act's number. */
static void guard_acts_are_denied_by_their_own_rules(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		parse_ok("version: 1\nrules: [{id: all, allow: [read, write], path: '**'}]\n");
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	struct aw_diag diag;
	const char *rule;
	size_t n = 0;

	assert_int_equal(aw_policy_compile(&image, policy, &diag), 0);
	for (unsigned int act = 0; act < AW_GUARDS_MAX; act++) {
		const char *name = aw_guard_name(act);
		char expected[64];

		if (!name)
			continue;
		snprintf(expected, sizeof(expected), "guard.%.*s",
			 (int)strcspn(name + strlen("guard:"), "/"), name + strlen("guard:"));
		assert_true(guard_verdict(policy, name, 0, &rule) >= AW_VERDICT_DENY);
		assert_string_equal(rule, expected);
		assert_true(aw_image_verdict(image, image->head->guard_vid[act], 0, AW_OP_GUARD) >=
			    AW_VERDICT_DENY);
		assert_int_equal(
			aw_image_verdict(image, image->head->guard_vid[act], 0, AW_OP_READ),
			AW_VERDICT_NONE);
		n++;
	}
	assert_int_equal(n, AW_GUARD_ACTS + (size_t)__builtin_popcountll(AW_GUARDED_CAPABILITIES));
}

static const char *decides_about_nscd(const char *rules)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
	const char *nscd = "/run/nscd/socket";
	struct aw_query query = {
		.op = AW_OP_UNIX, .name = nscd, .name_length = strlen(nscd), .anchor = -1};
	static struct aw_explanation explanation;
	static char id[64];

	assert_true(asprintf(&text,
			     "version: 1\nrules:\n"
			     "  - {id: sockets, allow: [unix], socket: '/run/**'}\n%s",
			     rules) > 0);
	policy = parse_ok(text);
	aw_policy_explain(policy, &query, &explanation);
	assert_non_null(explanation.decides);
	snprintf(id, sizeof(id), "%s", explanation.decides->id);
	return id;
}

static void other_resolvers_are_denied_where_hosts_are_named(void **state)
{
	assert_string_equal(decides_about_nscd("  - {id: api, allow: [tcp], cidr: 192.0.2.1/32, "
					       "port: 443}\n"),
			    "sockets");
	assert_string_equal(decides_about_nscd("  - {id: api, allow: [tcp], host: a.example, "
					       "port: 443}\n"),
			    "guard.resolver");
	assert_string_equal(
		decides_about_nscd("  - {id: api, allow: [tcp], host: a.example, port: 443}\n"
				   "  - {id: nscd, lift: guard.resolver, allow: [unix], "
				   "socket: /run/nscd/socket}\n"),
		"sockets");
}

static void a_lift_opens_the_guard_acts_that_it_names_to_its_class(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(
		"version: 1\nsubjects: {bwrap: {exe: /usr/bin/bwrap}}\nrules:\n"
		"  - {id: sandbox, lift: [guard.namespace, guard.mount], by: bwrap}\n"
		"  - {id: ping, lift: guard.capability, path: 'guard:capability/net_raw'}\n"
		"  - {id: seen, flag: [guard], path: 'guard:mount'}\n"
		"  - {id: no, deny: [guard], path: 'guard:capability/net_*', by: bwrap}\n");
	static const struct {
		enum aw_guard act;
		uint16_t mask;
		enum aw_verdict verdict;
		const char *rule;
	} rows[] = {
		{AW_GUARD_NAMESPACE, 1, AW_VERDICT_ALLOW, "sandbox"},
		{AW_GUARD_NAMESPACE, 0, AW_VERDICT_DENY, "guard.namespace"},
		{AW_GUARD_MOUNT, 1, AW_VERDICT_FLAG, "seen"},
		{AW_GUARD_MOUNT, 0, AW_VERDICT_DENY, "guard.mount"},
		{AW_GUARD_MOUNT_FIRST, 1, AW_VERDICT_FORBID, "guard.mount-first"},
		{AW_GUARD_CAPABILITY + 13, 0, AW_VERDICT_ALLOW, "ping"},
		{AW_GUARD_CAPABILITY + 13, 1, AW_VERDICT_DENY, "no"},
		{AW_GUARD_CAPABILITY + 12, 0, AW_VERDICT_DENY, "guard.capability"},
	};
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	struct aw_diag diag;
	const char *rule;

	assert_int_equal(aw_policy_compile(&image, policy, &diag), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint32_t set = aw_image_subject_set(image, rows[i].mask);

		assert_int_equal(
			guard_verdict(policy, aw_guard_name(rows[i].act), rows[i].mask, &rule),
			rows[i].verdict);
		assert_string_equal(rule, rows[i].rule);
		assert_int_equal(aw_image_verdict(image, image->head->guard_vid[rows[i].act], set,
						  AW_OP_GUARD),
				 rows[i].verdict);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_strongest_action_decides),
		cmocka_unit_test(a_lift_takes_away_the_one_denial_that_it_names),
		cmocka_unit_test(asking_outlasts_a_lift),
		cmocka_unit_test(the_first_of_equal_rules_is_named),
		cmocka_unit_test(by_narrows_a_rule_to_its_classes),
		cmocka_unit_test(names_below_an_anchor_are_judged_by_its_rules),
		cmocka_unit_test(what_may_be_executed_may_be_mapped_unless_a_rule_says_otherwise),
		cmocka_unit_test(rules_can_depend_on_where_a_file_comes_from),
		cmocka_unit_test(what_conditions_allow_is_allowed_to_nothing_else),
		cmocka_unit_test(a_class_that_was_lost_gives_nothing_and_still_takes),
		cmocka_unit_test(sockets_are_judged_by_path_and_abstract_name),
		cmocka_unit_test(peers_are_judged_by_address_and_port),
		cmocka_unit_test(executables_and_scripts_put_processes_in_classes),
		cmocka_unit_test(guard_acts_are_denied_by_their_own_rules),
		cmocka_unit_test(other_resolvers_are_denied_where_hosts_are_named),
		cmocka_unit_test(a_lift_opens_the_guard_acts_that_it_names_to_its_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
