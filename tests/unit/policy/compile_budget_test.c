/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Budgets in the image: which operations of a name are limited, which budgets hold for it, and what
 * they are; whatever the order of the rules, and whatever the automaton forgets of them.
 */
#include <arpa/inet.h>

#include "abi/decide.h"
#include "policy/compile_helper.h"
#include "policy/parse_helper.h"

/* One budget of a rule; id NULL ends a list. */
struct budget {
	const char *id;
	enum aw_limit_unit unit;
};

#define ASSERT_HELD(image, vid, ops, ...) \
	assert_held(image, vid, ops, (const struct budget[]){__VA_ARGS__, {}})
#define ASSERT_FREE(image, vid) assert_held(image, vid, 0, (const struct budget[]){{}})

static struct aw_image *compile_text(const char *text)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = parse_ok(text);

	return compile(policy);
}

static uint32_t at_path(const struct aw_image *image, const char *path)
{
	return aw_image_walk_path(image, -1, path, strlen(path));
}

static uint32_t at_address(const struct aw_image *image, const char *text, uint16_t port)
{
	uint8_t address[16] = {[10] = 0xff, 0xff};

	assert_int_equal(inet_pton(AF_INET, text, address + 12), 1);
	return aw_image_walk_net(image, address, port);
}

static uint32_t at_host(const struct aw_image *image, const char *host, uint16_t port)
{
	return aw_image_walk_host(image, host, strlen(host), port);
}

/* The operations that every row of the name has a mark for. */
static uint32_t limited_ops(const struct aw_image *image, uint32_t vid)
{
	const struct aw_image_header *head = image->head;
	uint32_t marked[2] = {};

	for (uint32_t set = 0; set < head->n_row_sets; set++) {
		uint64_t row = image->cells[head->verdict_base + vid * head->n_row_sets + set];

		for (unsigned int op = 0; op < AW_OPS; op++)
			if (row & AW_ROW_ANY_LIMITED & AW_ROW_LIMITED(op))
				marked[set > 0] |= 1u << op;
		if (set > 0 && marked[1] != marked[0])
			fail_msg("row %u is marked for %x, the first for %x", set, marked[1],
				 marked[0]);
	}
	return marked[0];
}

/* The budget with this number, from 1. */
static const struct aw_limit *budget_at(const struct aw_image *image, uint64_t number)
{
	const struct aw_image_header *head = image->head;
	uint64_t cell = head->limits.cells + (number - 1) * AW_LIMIT_CELLS;

	if (number == 0 || number > head->limits.n)
		fail_msg("there is no budget %lu of %u", (unsigned long)number, head->limits.n);
	return (const struct aw_limit *)&image->cells[cell];
}

static uint64_t id_of(const char *id, enum aw_limit_unit unit)
{
	const struct aw_rule rule = {.id = (char *)id};

	return aw_limit_id(&rule, unit);
}

static bool holds(const struct aw_image *image, uint64_t cell, const struct budget *budget)
{
	uint64_t id = id_of(budget->id, budget->unit);
	bool is_found = false;

	for (; cell; cell >>= 8)
		is_found |= budget_at(image, cell & 0xff)->id == id;
	return is_found;
}

/* These budgets hold for the name, and these operations of it are limited. */
static void assert_held(const struct aw_image *image, uint32_t vid, uint32_t ops,
			const struct budget *budgets)
{
	uint64_t cell = image->head->limits.n ? image->cells[image->head->limits.base + vid] : 0;
	uint64_t left = cell;

	assert_int_equal(limited_ops(image, vid), ops);
	for (; budgets->id; budgets++, left >>= 8) {
		if (!left)
			fail_msg("fewer hold than expected: %lx", (unsigned long)cell);
		if (!holds(image, cell, budgets))
			fail_msg("%s of %s does not hold: %lx", aw_limit_unit_name(budgets->unit),
				 budgets->id, (unsigned long)cell);
	}
	if (left)
		fail_msg("more hold than expected: %lx", (unsigned long)cell);
}

static void exactly_the_operations_that_are_counted_are_marked(void **state)
{
	_cleanup_(aw_image_freep) struct aw_image *image =
		compile_text(RULES "{id: api, allow: [tcp, bind], cidr: 10.0.0.0/8, port: 443,\n"
				   "     limit: {connects: 600/h}}\n"
				   "  - {id: both, flag: [tcp, udp], cidr: 11.0.0.0/8, port: 443,\n"
				   "     limit: {rate: 9/m}}\n"
				   "  - {id: tools, allow: [read, exec, map], path: /usr/bin/*,\n"
				   "     limit: {execs: 100/h}}\n");
	uint32_t tool = at_path(image, "/usr/bin/git");

	ASSERT_HELD(image, at_address(image, "10.0.0.7", 443), OP(TCP), {"api", AW_LIMIT_CONNECTS});
	ASSERT_HELD(image, at_address(image, "11.0.0.7", 443), OP(TCP) | OP(UDP),
		    {"both", AW_LIMIT_RATE});
	ASSERT_FREE(image, at_address(image, "10.0.0.7", 444));
	ASSERT_FREE(image, at_address(image, "12.0.0.7", 443));
	ASSERT_HELD(image, tool, OP(EXEC), {"tools", AW_LIMIT_EXECS});
	ASSERT_FREE(image, at_path(image, "/usr/bin"));
	ASSERT_FREE(image, 0);
	assert_false(aw_image_is_changeable(image, tool));
	assert_false(aw_image_is_changeable(image, at_address(image, "11.0.0.7", 443)));
}

#define VERDICT_RULES(exec_limit, net_limit)                                                 \
	"version: 1\nsubjects: {git: {exe: /usr/bin/git}}\nrules:\n"                         \
	"  - {id: tools, allow: [exec, write], path: \"/w/**\"" exec_limit "}\n"             \
	"  - {id: hook, flag: exec, path: \"/w/hooks/*\", by: git" exec_limit "}\n"          \
	"  - {id: no, deny: exec, path: \"/w/*/no\"}\n"                                      \
	"  - {id: yes, lift: no, allow: exec, path: \"/w/a/no\", by: git" exec_limit "}\n"   \
	"  - {id: net, allow: [tcp, udp, bind], cidr: 10.0.0.0/8, port: 1-9" net_limit "}\n" \
	"  - {id: evil, deny: [tcp], cidr: 10.6.0.0/16, port: 1-9}\n"                        \
	"  - {id: name, flag: [tcp, resolve], host: \"*.example\", port: 1-9" net_limit "}\n"

static void limits_change_no_verdict(void **state)
{
	static const char *const paths[] = {"/w/x", "/w/hooks/x", "/w/hooks/no", "/w/a/no", "/x"};
	static const char *const addresses[] = {"10.0.0.1", "10.6.0.1", "11.0.0.1"};
	_cleanup_(aw_image_freep) struct aw_image *free = compile_text(VERDICT_RULES("", ""));
	_cleanup_(aw_image_freep) struct aw_image *image = compile_text(VERDICT_RULES(
		", limit: {execs: 1/h}", ", limit: {connects: 6/h, rate: 1/s, burst: 2}"));
	uint32_t vids[10][2] = {};
	size_t n = 0;

	for (size_t i = 0; i < 5; i++, n++)
		vids[n][0] = at_path(free, paths[i]), vids[n][1] = at_path(image, paths[i]);
	for (size_t i = 0; i < 3; i++, n++) {
		vids[n][0] = at_address(free, addresses[i], 5);
		vids[n][1] = at_address(image, addresses[i], 5);
	}
	vids[n][0] = at_host(free, "a.example", 5);
	vids[n++][1] = at_host(image, "a.example", 5);
	vids[n][0] = aw_image_walk_question(free, "a.example", 9);
	vids[n++][1] = aw_image_walk_question(image, "a.example", 9);
	assert_int_equal(image->head->n_row_sets, free->head->n_row_sets);
	for (size_t i = 0; i < n; i++) {
		for (uint32_t set = 0; set < image->head->n_row_sets; set++)
			for (unsigned int op = 0; op < AW_OPS; op++)
				assert_int_equal(aw_image_verdict(image, vids[i][1], set, op),
						 aw_image_verdict(free, vids[i][0], set, op));
		assert_int_equal(aw_image_is_changeable(image, vids[i][1]),
				 aw_image_is_changeable(free, vids[i][0]));
	}
	assert_true(aw_image_is_changeable(image, vids[0][1]));
}

/* The budget with this number, which is compared field by field. */
static const struct aw_limit *budget_of(const struct aw_image *image, const char *id,
					enum aw_limit_unit unit)
{
	const struct aw_rule rule = {.id = (char *)id};

	for (uint32_t i = 1; i <= image->head->limits.n; i++)
		if (budget_at(image, i)->id == aw_limit_id(&rule, unit))
			return budget_at(image, i);
	fail_msg("no budget %s of %s", aw_limit_unit_name(unit), id);
	return NULL;
}

static void assert_budget(const struct aw_limit *limit, uint64_t interval_ns, uint64_t burst,
			  uint32_t ops, uint16_t subjects, uint16_t flags)
{
	assert_true(limit->interval_ns == interval_ns);
	assert_true(limit->depth_ns == interval_ns * burst);
	assert_int_equal(limit->ops, ops);
	assert_int_equal(limit->subjects, subjects);
	assert_int_equal(limit->flags, flags);
}

static void budgets_are_what_the_policy_says(void **state)
{
	_cleanup_(aw_image_freep) struct aw_image *image = compile_text(
		"version: 1\nsubjects: {a: {exe: /a}, b: {exe: /b}, c: {exe: /c}}\nrules:\n"
		"  - {id: api, allow: tcp, cidr: 10.0.0.0/8, port: 443, by: [b, c],\n"
		"     limit: {connects: 600/h, rate: 7/s, burst: 3}, on-exhaust: retry}\n"
		"  - {id: all, flag: [udp, tcp], cidr: 11.0.0.0/8, port: 1, limit: {rate: "
		"20/10m},\n"
		"     on-exhaust: deny}\n"
		"  - {id: tools, allow: exec, path: /usr/bin/*, limit: {execs: 1000000000/s}}\n"
		"  - {id: slow, allow: exec, path: /usr/bin/*, by: a, limit: {execs: 1/7d}}\n");

	assert_int_equal(image->head->limits.n, 5);
	assert_budget(budget_of(image, "api", AW_LIMIT_CONNECTS), 6000000000ull, 600, OP(TCP), 6,
		      AW_LIMIT_RETRY);
	/* 142857142.86 ns, and none may be there too early. */
	assert_budget(budget_of(image, "api", AW_LIMIT_RATE), 142857143, 3, OP(TCP), 6,
		      AW_LIMIT_RETRY);
	assert_budget(budget_of(image, "all", AW_LIMIT_RATE), 30000000000ull, 20, OP(TCP) | OP(UDP),
		      0, 0);
	assert_budget(budget_of(image, "tools", AW_LIMIT_EXECS), 1, 1000000000, OP(EXEC), 0, 0);
	assert_budget(budget_of(image, "slow", AW_LIMIT_EXECS), 604800000000000ull, 1, OP(EXEC), 1,
		      0);
	ASSERT_HELD(image, at_address(image, "10.0.0.1", 443), OP(TCP), {"api", AW_LIMIT_CONNECTS},
		    {"api", AW_LIMIT_RATE});
}

static void all_limited_rules_that_match_count(void **state)
{
	_cleanup_(aw_image_freep) struct aw_image *image = compile_text(
		RULES
		"{id: a, allow: exec, path: \"/usr/**\", limit: {execs: 9/m}}\n"
		"  - {id: b, flag: exec, path: \"/usr/bin/*\", limit: {execs: 9/h}}\n"
		"  - {id: c, allow: exec, path: \"**/git\", limit: {execs: 9/d}}\n"
		"  - {id: d, allow: udp, cidr: 10.0.0.0/8, port: 1-9, limit: {rate: 1/s}}\n"
		"  - {id: e, allow: tcp, cidr: 10.1.0.0/16, port: 5-7, limit: {rate: 1/s}}\n");

	ASSERT_HELD(image, at_path(image, "/usr/lib/x"), OP(EXEC), {"a", AW_LIMIT_EXECS});
	ASSERT_HELD(image, at_path(image, "/usr/bin/x"), OP(EXEC), {"a", AW_LIMIT_EXECS},
		    {"b", AW_LIMIT_EXECS});
	ASSERT_HELD(image, at_path(image, "/usr/bin/git"), OP(EXEC), {"a", AW_LIMIT_EXECS},
		    {"b", AW_LIMIT_EXECS}, {"c", AW_LIMIT_EXECS});
	ASSERT_HELD(image, at_path(image, "/git"), OP(EXEC), {"c", AW_LIMIT_EXECS});
	ASSERT_HELD(image, at_address(image, "10.2.0.1", 5), OP(UDP), {"d", AW_LIMIT_RATE});
	ASSERT_HELD(image, at_address(image, "10.1.0.1", 5), OP(TCP) | OP(UDP),
		    {"d", AW_LIMIT_RATE}, {"e", AW_LIMIT_RATE});
	ASSERT_HELD(image, at_address(image, "10.1.0.1", 8), OP(UDP), {"d", AW_LIMIT_RATE});
}

/* Rules that hold whatever follows make the automaton forget others, in either order. */
static void no_rule_without_a_limit_hides_one_with(void **state)
{
	static const char *const rules[] = {
		"  - {id: wide, flag: [exec, map], path: \"/**\"}\n",
		"  - {id: any, flag: tcp, cidr: 0.0.0.0/0, port: 0-65535}\n",
		"  - {id: floating, allow: exec, path: \"**\"}\n",
		"  - {id: narrow, allow: exec, path: \"/usr/bin/*\", limit: {execs: 9/m}}\n",
		"  - {id: tree, allow: exec, path: \"/usr/**\", limit: {execs: 9/h}}\n",
		"  - {id: peer, allow: tcp, cidr: 10.0.0.7/32, port: 443, limit: {rate: 1/s}}\n",
	};
	const size_t n = sizeof(rules) / sizeof(*rules);

	for (size_t first = 0; first < 2 * n; first++) {
		_cleanup_(aw_image_freep) struct aw_image *image = NULL;
		char text[1024] = "version: 1\nrules:\n";

		for (size_t i = 0; i < n; i++)
			strcat(text, rules[(first < n ? first + i : 2 * n + first - i) % n]);
		image = compile_text(text);
		ASSERT_FREE(image, at_path(image, "/opt/x"));
		ASSERT_HELD(image, at_path(image, "/usr/lib/x"), OP(EXEC),
			    {"tree", AW_LIMIT_EXECS});
		ASSERT_HELD(image, at_path(image, "/usr/bin/x"), OP(EXEC), {"tree", AW_LIMIT_EXECS},
			    {"narrow", AW_LIMIT_EXECS});
		ASSERT_HELD(image, at_address(image, "10.0.0.7", 443), OP(TCP),
			    {"peer", AW_LIMIT_RATE});
		ASSERT_FREE(image, at_address(image, "10.0.0.7", 442));
		ASSERT_FREE(image, at_address(image, "10.0.0.8", 443));
	}
}

/* Denials without a lift become plain, and lifts that change nothing go: their budgets stay. */
static void lifts_keep_their_budgets(void **state)
{
	_cleanup_(aw_image_freep) struct aw_image *image = compile_text(
		RULES
		"{id: d, deny: exec, path: \"/opt/**\"}\n"
		"  - {id: e, deny: exec, path: \"**/x\"}\n"
		"  - {id: all, allow: exec, path: \"/**\"}\n"
		"  - {id: l, lift: [d, e], allow: exec, path: \"**/x\", limit: {execs: 9/m}}\n"
		"  - {id: m, lift: d, allow: exec, path: \"/opt/l/**\", limit: {execs: 9/h}}\n");

	assert_int_equal(image->head->limits.n, 2);
	ASSERT_FREE(image, at_path(image, "/opt/y"));
	ASSERT_HELD(image, at_path(image, "/x"), OP(EXEC), {"l", AW_LIMIT_EXECS});
	ASSERT_HELD(image, at_path(image, "/opt/x"), OP(EXEC), {"l", AW_LIMIT_EXECS});
	ASSERT_HELD(image, at_path(image, "/opt/l/y"), OP(EXEC), {"m", AW_LIMIT_EXECS});
	ASSERT_HELD(image, at_path(image, "/opt/l/x"), OP(EXEC), {"l", AW_LIMIT_EXECS},
		    {"m", AW_LIMIT_EXECS});
	assert_int_equal(aw_image_verdict(image, at_path(image, "/opt/y"), 0, AW_OP_EXEC),
			 AW_VERDICT_DENY);
	assert_int_equal(aw_image_verdict(image, at_path(image, "/opt/l/x"), 0, AW_OP_EXEC),
			 AW_VERDICT_ALLOW);
}

static void hosts_have_their_budgets_as_peers_and_not_in_questions(void **state)
{
	_cleanup_(aw_image_freep) struct aw_image *image = compile_text(
		RULES "{id: api, allow: [tcp, resolve], host: \"*.example.org\", port: 443,\n"
		      "     limit: {connects: 9/m}}\n"
		      "  - {id: hub, allow: [udp], host: hub.example.org, port: 1-999,\n"
		      "     limit: {rate: 9/m}}\n"
		      "  - {id: any, flag: [tcp, resolve], host: \"*.org\", port: 0-65535}\n");
	static const char *const names[] = {"a.example.org", "hub.example.org", "other.org"};

	ASSERT_HELD(image, at_host(image, names[0], 443), OP(TCP), {"api", AW_LIMIT_CONNECTS});
	ASSERT_HELD(image, at_host(image, names[1], 443), OP(TCP) | OP(UDP),
		    {"api", AW_LIMIT_CONNECTS}, {"hub", AW_LIMIT_RATE});
	ASSERT_HELD(image, at_host(image, names[1], 442), OP(UDP), {"hub", AW_LIMIT_RATE});
	ASSERT_FREE(image, at_host(image, names[0], 442));
	ASSERT_FREE(image, at_host(image, names[2], 443));
	for (size_t i = 0; i < 3; i++) {
		uint32_t vid = aw_image_walk_question(image, names[i], strlen(names[i]));

		ASSERT_FREE(image, vid);
		assert_int_equal(aw_image_verdict(image, vid, 0, AW_OP_RESOLVE), AW_VERDICT_FLAG);
	}
}

/* Who may connect may ask: the budgets of questions are there, and not at the peer. */
static void questions_have_budgets_of_their_own(void **state)
{
	_cleanup_(aw_image_freep) struct aw_image *image = compile_text(
		RULES "{id: api, allow: tcp, host: \"*.example.org\", port: 443,\n"
		      "     limit: {questions: 9/m, question-bytes: 1KiB/h}, on-exhaust: retry}\n"
		      "  - {id: hub, allow: [tcp, resolve], host: hub.example.org, port: 1-999,\n"
		      "     limit: {questions: 5/m, connects: 7/m}}\n");
	uint32_t vid = aw_image_walk_question(image, "hub.example.org", 15);

	ASSERT_HELD(image, aw_image_walk_question(image, "a.example.org", 13), OP(RESOLVE),
		    {"api", AW_LIMIT_QUESTIONS}, {"api", AW_LIMIT_QUESTION_BYTES});
	ASSERT_HELD(image, vid, OP(RESOLVE), {"api", AW_LIMIT_QUESTIONS},
		    {"api", AW_LIMIT_QUESTION_BYTES}, {"hub", AW_LIMIT_QUESTIONS});
	ASSERT_FREE(image, at_host(image, "a.example.org", 443));
	ASSERT_HELD(image, at_host(image, "hub.example.org", 443), OP(TCP),
		    {"hub", AW_LIMIT_CONNECTS});
	for (uint64_t number = 1; number <= image->head->limits.n; number++) {
		const struct aw_limit *limit = budget_at(image, number);
		bool is_bytes = limit->id == id_of("api", AW_LIMIT_QUESTION_BYTES);

		assert_int_equal(limit->flags & AW_LIMIT_COUNTS_NAME,
				 is_bytes ? AW_LIMIT_COUNTS_NAME : 0);
	}
}

/* What goes through connections is counted apart, and the image says so. */
static void bytes_and_exchanges_are_spent_through_connections(void **state)
{
	_cleanup_(aw_image_freep) struct aw_image *image = compile_text(
		RULES "{id: api, allow: tcp, cidr: 10.0.0.1/32, port: 443,\n"
		      "     limit: {bytes: 50MiB/d, exchanges: 600/h, connects: 9/m}}\n");
	_cleanup_(aw_image_freep) struct aw_image *calls =
		compile_text(RULES "{id: api, allow: tcp, cidr: 10.0.0.1/32, port: 443,\n"
				   "     limit: {connects: 9/m}}\n");

	assert_int_equal(image->head->limits.n, 3);
	assert_true(image->head->limits.through);
	assert_false(calls->head->limits.through);
	for (uint64_t number = 1; number <= 3; number++) {
		const struct aw_limit *limit = budget_at(image, number);

		assert_int_equal(limit->flags, limit->id == id_of("api", AW_LIMIT_BYTES)
						       ? AW_LIMIT_COUNTS_SENT
					       : limit->id == id_of("api", AW_LIMIT_EXCHANGES)
						       ? AW_LIMIT_COUNTS_EXCHANGES
						       : 0);
	}
}

#define ORDER_A "  - {id: a, allow: exec, path: \"/usr/**\", limit: {execs: 9/m}}\n"
#define ORDER_B "  - {id: b, allow: exec, path: \"**/git\", limit: {execs: 9/h}}\n"
#define ORDER_C \
	"  - {id: c, flag: tcp, cidr: 10.0.0.0/8, port: 1, limit: {rate: 9/m, connects: 9/d}}\n"
#define ORDER_D "  - {id: d, allow: tcp, cidr: 10.1.0.0/16, port: 1, limit: {rate: 9/m}}\n"

static void the_order_of_rules_makes_no_difference(void **state)
{
	_cleanup_(aw_image_freep) struct aw_image
		*a = compile_text("version: 1\nrules:\n" ORDER_A ORDER_B ORDER_C ORDER_D),
		*b = compile_text("version: 1\nrules:\n" ORDER_D ORDER_C ORDER_B ORDER_A),
		*c = compile_text("version: 1\nrules:\n" ORDER_B ORDER_D ORDER_A ORDER_C),
		*d = compile_text("version: 1\nrules:\n" ORDER_A ORDER_B ORDER_C);

	assert_int_equal(a->head->limits.n, 5);
	assert_memory_equal(a->head->hash, b->head->hash, sizeof(a->head->hash));
	assert_memory_equal(a->head->hash, c->head->hash, sizeof(a->head->hash));
	assert_memory_not_equal(a->head->hash, d->head->hash, sizeof(a->head->hash));
}

static void other_numbers_are_another_policy(void **state)
{
	_cleanup_(aw_image_freep) struct aw_image
		*a = compile_text(RULES "{id: a, allow: exec, path: /x, limit: {execs: 9/m}}\n"),
		*b = compile_text(RULES "{id: a, allow: exec, path: /x, limit: {execs: 8/m}}\n");

	assert_memory_not_equal(a->head->hash, b->head->hash, sizeof(a->head->hash));
	assert_true(budget_at(a, 1)->id == budget_at(b, 1)->id);
}

static void without_limits_there_are_none(void **state)
{
	_cleanup_(aw_image_freep) struct aw_image *image =
		compile_text(RULES "{id: a, allow: exec, path: \"/usr/**\"}\n"
				   "  - {id: b, allow: tcp, cidr: 10.0.0.0/8, port: 1-9}\n");
	static const struct aw_image_limits none;

	assert_memory_equal(&image->head->limits, &none, sizeof(none));
	ASSERT_FREE(image, at_path(image, "/usr/x"));
	ASSERT_FREE(image, at_address(image, "10.0.0.7", 5));
}

/* n rules with a budget for one name, on lines 3 and on, and one more for another name. */
static void write_many(char *text, size_t size, int n)
{
	int length = snprintf(text, size, "version: 1\nrules:\n");

	for (int i = 0; i <= n; i++)
		length += snprintf(text + length, size - (size_t)length,
				   "  - {id: many.%d, allow: exec, path: \"%s\",\n"
				   "     limit: {execs: 9/m}}\n",
				   i,
				   i == n  ? "/other"
				   : i % 2 ? "/w/**"
					   : "**/x");
}

static void as_many_budgets_as_fit_hold_for_one_name(void **state)
{
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	char text[2048];

	write_many(text, sizeof(text), AW_LIMITS_MATCH_MAX);
	image = compile_text(text);
	ASSERT_HELD(image, at_path(image, "/w/x"), OP(EXEC), {"many.0", AW_LIMIT_EXECS},
		    {"many.1", AW_LIMIT_EXECS}, {"many.2", AW_LIMIT_EXECS},
		    {"many.3", AW_LIMIT_EXECS}, {"many.4", AW_LIMIT_EXECS},
		    {"many.5", AW_LIMIT_EXECS}, {"many.6", AW_LIMIT_EXECS},
		    {"many.7", AW_LIMIT_EXECS});
	static_assert(AW_LIMITS_MATCH_MAX == 8, "all of them are named here");
}

static void more_budgets_for_one_name_are_refused_with_a_rule(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
	struct aw_image *image = NULL;
	struct aw_diag diag = {};
	const char *named;
	char text[2048];
	int number = -1;

	write_many(text, sizeof(text), AW_LIMITS_MATCH_MAX + 1);
	policy = parse_ok(text);
	assert_int_equal(aw_policy_compile(&image, policy, &diag), -E2BIG);
	assert_null(image);
	assert_non_null(strstr(diag.message, "more than 8 budgets (AW_LIMITS_MATCH_MAX)"));
	named = strstr(diag.message, "'many.");
	assert_non_null(named);
	assert_int_equal(sscanf(named, "'many.%d'", &number), 1);
	assert_in_range(number, 0, AW_LIMITS_MATCH_MAX); /* not the one of another name */
	assert_string_equal(diag.file, "t.yaml");
	assert_int_equal(diag.line, 3 + 2 * number);
	assert_int_equal(diag.column, 5);
	assert_true(diag.hint[0] != '\0');
}

/* 64 of them: each has its number, and no mask loses the last. */
static void a_policy_can_have_all_of_its_budgets(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	char id[32], path[32];

	for (int i = 0; i < AW_LIMITS_MAX; i++) {
		struct aw_rule *rule;

		snprintf(id, sizeof(id), "r%d", i);
		snprintf(path, sizeof(path), "/x/%d", i);
		rule = fixture_simple(policy, id, AW_ACTION_ALLOW, OP(EXEC), path);
		rule->limits[rule->n_limits++] = (struct aw_rule_limit){AW_LIMIT_EXECS, 1, 1000, 1};
	}
	image = compile(policy);
	assert_int_equal(image->head->limits.n, AW_LIMITS_MAX);
	for (int i = 0; i < AW_LIMITS_MAX; i++) {
		snprintf(id, sizeof(id), "r%d", i);
		snprintf(path, sizeof(path), "/x/%d", i);
		ASSERT_HELD(image, at_path(image, path), OP(EXEC), {id, AW_LIMIT_EXECS});
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly_the_operations_that_are_counted_are_marked),
		cmocka_unit_test(limits_change_no_verdict),
		cmocka_unit_test(budgets_are_what_the_policy_says),
		cmocka_unit_test(all_limited_rules_that_match_count),
		cmocka_unit_test(no_rule_without_a_limit_hides_one_with),
		cmocka_unit_test(lifts_keep_their_budgets),
		cmocka_unit_test(hosts_have_their_budgets_as_peers_and_not_in_questions),
		cmocka_unit_test(questions_have_budgets_of_their_own),
		cmocka_unit_test(bytes_and_exchanges_are_spent_through_connections),
		cmocka_unit_test(the_order_of_rules_makes_no_difference),
		cmocka_unit_test(other_numbers_are_another_policy),
		cmocka_unit_test(without_limits_there_are_none),
		cmocka_unit_test(as_many_budgets_as_fit_hold_for_one_name),
		cmocka_unit_test(more_budgets_for_one_name_are_refused_with_a_rule),
		cmocka_unit_test(a_policy_can_have_all_of_its_budgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
