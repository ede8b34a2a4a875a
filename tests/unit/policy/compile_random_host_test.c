/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random policies about host names: the compiled automaton, the judge who names rules and the plain
 * oracle must tell the same of connecting to a name's addresses, and of asking for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "policy/compile_random.h"
#include "policy/explain.h"

#define POLICIES 1000
#define HOSTS	 30

#define PEERS	 (OP(TCP) | OP(UDP))

static const uint8_t addresses[][16] = {
	{[10] = 0xff, [11] = 0xff, 10, 0, 0, 2},
	{[10] = 0xff, [11] = 0xff, 32, 1, 0, 0},
	{0xfd, 0, [15] = 1},
};

static void random_labels(struct random *r, char *text, size_t size)
{
	static const char *const labels[] = {"a", "b", "ab", "a-b", "b_1", "com"};

	for (uint32_t n = 1 + pick(r, 3); n > 0; n--)
		snprintf(text + strlen(text), size - strlen(text), "%s%s", PICK(r, labels),
			 n > 1 ? "." : "");
}

static void random_host(struct random *r, char *text, size_t size)
{
	snprintf(text, size, "%s", pick(r, 3) ? "" : "*.");
	random_labels(r, text, size);
}

static uint16_t random_port(struct random *r)
{
	static const uint16_t ports[] = {0, 1, 53, 255, 256, 443, 511, 512, 8080, 65535};

	return PICK(r, ports);
}

static void random_objects(struct random *r, struct aw_rule *rule)
{
	bool is_about_hosts = rule->ops & OP(RESOLVE) || pick(r, 4);
	char host[ORACLE_TEXT];

	for (uint32_t n = 1 + pick(r, 3); n > 0; n--) {
		random_host(r, host, sizeof(host));
		if (is_about_hosts)
			fixture_host(rule, host);
		else
			fixture_cidr(rule, PICK(r, addresses), (uint8_t)(100 + pick(r, 29)));
	}
	for (uint32_t n = 1 + pick(r, 2); rule->ops & PEERS && n > 0; n--) {
		uint16_t first = random_port(r), last = pick(r, 2) ? random_port(r) : first;

		fixture_ports(rule, first < last ? first : last, first < last ? last : first);
	}
}

static struct aw_policy *random_host_policy(struct random *r)
{
	static const enum aw_action actions[] = {AW_ACTION_ALLOW, AW_ACTION_ALLOW, AW_ACTION_FLAG,
						 AW_ACTION_ASK,	  AW_ACTION_DENY,  AW_ACTION_DENY,
						 AW_ACTION_FORBID};
	static const uint32_t ops[] = {OP(TCP), PEERS, OP(UDP), OP(RESOLVE), OP(RESOLVE) | OP(TCP)};
	struct aw_policy *policy = fixture_policy();
	uint32_t n_rules = 2 + pick(r, 10);
	char id[16];

	fixture_subject(policy, "exe", AW_SUBJECT_EXE, "/bin/exe", -1);
	fixture_subject(policy, "script", AW_SUBJECT_SCRIPT, "/bin/script", -1);
	fixture_subject(policy, "under", AW_SUBJECT_UNDER, NULL, 0);
	for (uint32_t i = 0; i < n_rules; i++) {
		struct aw_rule *rule, *denial;

		snprintf(id, sizeof(id), "r%u", i);
		rule = fixture_rule(policy, id, PICK(r, actions), PICK(r, ops));
		denial = &policy->rules[pick(r, i + 1)];
		if (pick(r, 3) == 0)
			rule->subjects = 1 + pick(r, rule->action < AW_ACTION_ASK ? 1 : 7);
		random_objects(r, rule);
		if (rule->action <= AW_ACTION_FLAG && denial->action == AW_ACTION_DENY &&
		    (denial->n_hosts > 0) == (rule->n_hosts > 0))
			rule->lifts = strdup(denial->id);
	}
	return policy;
}

/* A host near one of the policy's: a wildcard's labels put in, perhaps one label more or less. */
static void near_host(struct random *r, const struct aw_policy *policy, char *text, size_t size)
{
	const struct aw_rule *rule = &policy->rules[pick(r, (uint32_t)policy->n_rules)];
	const char *host = rule->n_hosts ? rule->hosts[pick(r, (uint32_t)rule->n_hosts)] : "a.b";
	static const char *const firsts[] = {"a", "x", "b.a", "com", "a.b.ab"};

	text[0] = '\0';
	if (*host == '*') {
		host += pick(r, 4) ? 1 : 2;
		if (*host == '.')
			snprintf(text, size, "%s", PICK(r, firsts));
	} else if (pick(r, 6) == 0) {
		snprintf(text, size, "%s%s", PICK(r, firsts), pick(r, 2) ? "." : "");
	}
	snprintf(text + strlen(text), size - strlen(text), "%s%s", host, pick(r, 8) ? "" : ".com");
}

static enum aw_verdict of_host(const struct aw_image *image, const struct oracle_object *object,
			       uint32_t row, enum aw_op op)
{
	size_t n = strlen(object->host);
	uint32_t vid = op == AW_OP_RESOLVE
			       ? aw_image_walk_question(image, object->host, n)
			       : aw_image_walk_host(image, object->host, n, object->port);

	return aw_image_verdict(image, vid, row, op);
}

struct tally {
	size_t n, permitted, denied;
};

static void compare(const struct aw_policy *policy, const struct aw_image *image,
		    const struct oracle_object *object, const struct oracle_seen *seen,
		    enum aw_op op, struct tally *tally)
{
	struct oracle_object address = *object;
	struct aw_query query = {.op = op,
				 .anchor = -1,
				 .port = object->port,
				 .host = object->host,
				 .host_length = strlen(object->host),
				 .subject_mask = (uint16_t)seen->classes,
				 .is_unearned = seen->is_unearned};
	uint32_t row = aw_image_row_set(image, (uint16_t)seen->classes, seen->is_unearned, 0);
	enum aw_verdict expected = oracle_verdict(policy, object, op, seen), both = expected;
	enum aw_verdict verdict = of_host(image, object, row, op);
	struct aw_explanation explanation;

	address.host = NULL;
	memcpy(query.address, address.address, sizeof(query.address));
	if (verdict != expected)
		fail_msg("%s %s:%u classes %x%s: %s, expected %s", aw_op_name(op), object->host,
			 object->port, seen->classes, seen->is_unearned ? " (lost)" : "",
			 aw_verdict_name(verdict), aw_verdict_name(expected));
	if (op != AW_OP_RESOLVE && oracle_verdict(policy, &address, op, seen) > both)
		both = oracle_verdict(policy, &address, op, seen);
	aw_policy_explain(policy, &query, &explanation);
	assert_int_equal(explanation.verdict, both);
	assert_int_equal(explanation.decides != NULL, both != AW_VERDICT_NONE);
	tally->n++;
	tally->permitted += verdict == AW_VERDICT_ALLOW || verdict == AW_VERDICT_FLAG;
	tally->denied += verdict > AW_VERDICT_FLAG;
}

/* What is said of a name's addresses and what is said of asking for it are kept apart. */
static void compare_apart(const struct aw_image *image, const struct oracle_object *object)
{
	size_t n = strlen(object->host);
	uint32_t peer = aw_image_walk_host(image, object->host, n, object->port);
	uint32_t asked = aw_image_walk_question(image, object->host, n);

	for (uint32_t row = 0; row < image->head->n_row_sets; row++) {
		assert_int_equal(aw_image_verdict(image, peer, row, AW_OP_RESOLVE), 0);
		assert_int_equal(aw_image_verdict(image, asked, row, AW_OP_TCP), 0);
		assert_int_equal(aw_image_verdict(image, asked, row, AW_OP_UDP), 0);
	}
}

static void hosts_get_the_verdicts_of_the_rules(void **state)
{
	struct random r = {0x4057};
	struct tally tally = {};

	for (size_t i = 0; i < POLICIES; i++) {
		_cleanup_(aw_policy_freep) struct aw_policy *policy = random_host_policy(&r);
		_cleanup_(aw_image_freep) struct aw_image *image = NULL;
		struct aw_diag diag = {};

		if (aw_policy_compile(&image, policy, &diag) != 0)
			fail_msg("policy %zu: %s", i, diag.message);
		for (size_t j = 0; j < HOSTS; j++) {
			uint32_t set = pick(&r, image->head->n_subject_sets);
			struct oracle_seen seen = {.classes = image->head->subject_set[set],
						   .is_unearned = pick(&r, 3) == 0};
			char host[ORACLE_TEXT];
			struct oracle_object object = {.host = host, .port = random_port(&r)};

			near_host(&r, policy, host, sizeof(host));
			memcpy(object.address, PICK(&r, addresses), sizeof(object.address));
			compare(policy, image, &object, &seen, AW_OP_TCP, &tally);
			compare(policy, image, &object, &seen, AW_OP_UDP, &tally);
			compare(policy, image, &object, &seen, AW_OP_RESOLVE, &tally);
			compare_apart(image, &object);
		}
	}
	print_message("%zu questions, %zu permitted, %zu denied by a rule\n", tally.n,
		      tally.permitted, tally.denied);
	assert_true(10 * tally.permitted >= tally.n && 10 * tally.denied >= tally.n);
}

/* The same rules in another order, and hosts that others cover. */
static void image_depends_on_the_meaning_alone(void **state)
{
	for (size_t i = 0; i < 200; i++) {
		struct random r = {0x40d0 + i}, again = r;
		_cleanup_(aw_policy_freep) struct aw_policy *policy = random_host_policy(&r);
		_cleanup_(aw_policy_freep) struct aw_policy *other = random_host_policy(&again);
		_cleanup_(aw_image_freep) struct aw_image *a = NULL, *b = NULL;
		size_t n = other->n_rules;
		struct aw_rule *wide, *asked;

		for (size_t j = 0; j < n / 2; j++) {
			struct aw_rule rule = other->rules[j];

			other->rules[j] = other->rules[n - 1 - j];
			other->rules[n - 1 - j] = rule;
		}
		wide = fixture_rule(policy, "wide", AW_ACTION_ALLOW, OP(TCP));
		fixture_host(wide, "*.b.com");
		fixture_ports(wide, 80, 90);
		wide = fixture_rule(other, "wide", AW_ACTION_ALLOW, OP(TCP));
		fixture_host(wide, "a.b.com");
		fixture_host(wide, "*.b.com");
		fixture_host(wide, "*.a.b.com");
		fixture_ports(wide, 80, 85);
		fixture_ports(wide, 83, 90);
		asked = fixture_rule(other, "asked", AW_ACTION_ALLOW, OP(RESOLVE));
		fixture_host(asked, "x.b.com"); /* who may connect to it may ask for it */
		assert_int_equal(aw_policy_compile(&a, policy, NULL), 0);
		assert_int_equal(aw_policy_compile(&b, other, NULL), 0);
		assert_int_equal(a->bytes, b->bytes);
		assert_memory_equal(a->head, b->head, a->bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_get_the_verdicts_of_the_rules),
		cmocka_unit_test(image_depends_on_the_meaning_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
