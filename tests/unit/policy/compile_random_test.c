/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "policy/compile_random.h"
#include "policy/explain.h"

#define POLICIES 1500
#define NAMES	 24
#define TRIPLES	 100000 /* at least */

/* Verdicts of all operations on random names, for random classes, against the oracle. */
struct tally {
	size_t total;
	size_t permitted;
	size_t denied; /* by a rule */
};

static struct oracle_seen random_seen(struct random *r, uint32_t classes)
{
	return (struct oracle_seen){.classes = classes,
				    .is_unearned = pick(r, 3) == 0,
				    .conditions = pick(r, AW_CONDITION_MASKS)};
}

static void compare_name(struct random *r, const struct aw_policy *policy,
			 const struct aw_image *image, const struct oracle_object *object,
			 struct tally *tally)
{
	uint32_t set = pick(r, image->head->n_subject_sets);
	uint16_t classes = image->head->subject_set[set];
	struct oracle_seen seen = random_seen(r, classes);
	uint32_t vid =
		aw_image_walk_path(image, object->anchor, object->name, strlen(object->name));
	uint32_t row = aw_image_row_set(image, classes, seen.is_unearned, seen.conditions);

	assert_int_equal(aw_image_subject_set(image, classes), set);
	for (unsigned op = 0; op <= AW_OP_UNIX; op++) {
		enum aw_verdict expected = oracle_verdict(policy, object, op, &seen);
		enum aw_verdict verdict = aw_image_verdict(image, vid, row, op);

		if (verdict != expected)
			fail_msg("anchor %d name '%s' op %s classes %x%s conditions %x: %s, "
				 "expected %s",
				 object->anchor, object->name, aw_op_name(op), classes,
				 seen.is_unearned ? " (lost)" : "", seen.conditions,
				 aw_verdict_name(verdict), aw_verdict_name(expected));
		tally->total++;
		tally->permitted += verdict == AW_VERDICT_ALLOW || verdict == AW_VERDICT_FLAG;
		tally->denied += verdict > AW_VERDICT_FLAG;
	}
}

/* Whether a process of the agent may change a file: asked of every process that there can be. */
static void compare_changeable(const struct aw_policy *policy, const struct aw_image *image,
			       const struct oracle_object *object)
{
	static const enum aw_op changes[] = {AW_OP_WRITE, AW_OP_CREATE, AW_OP_DELETE, AW_OP_RENAME,
					     AW_OP_LINK};
	uint32_t vid =
		aw_image_walk_path(image, object->anchor, object->name, strlen(object->name));
	bool expected = false;

	for (uint32_t set = 0; set < image->head->n_subject_sets; set++)
		for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
			struct oracle_seen seen = {.classes = image->head->subject_set[set]};
			enum aw_verdict verdict = oracle_verdict(policy, object, changes[i], &seen);

			expected = expected || verdict == AW_VERDICT_ALLOW ||
				   verdict == AW_VERDICT_FLAG;
		}
	assert_int_equal(aw_image_is_changeable(image, vid), expected);
}

/* The judge who names rules to people must not tell another story. */
static void compare_explanation(struct random *r, const struct aw_policy *policy,
				const struct oracle_object *object)
{
	struct oracle_seen seen = random_seen(r, pick(r, 1u << AW_SUBJECTS_MAX));
	struct aw_query query = {.op = pick(r, AW_OP_UNIX + 1),
				 .name = object->name,
				 .name_length = strlen(object->name),
				 .anchor = object->anchor,
				 .subject_mask = (uint16_t)seen.classes,
				 .is_unearned = seen.is_unearned,
				 .conditions = (uint8_t)seen.conditions};
	struct aw_explanation explanation;

	if (query.op == AW_OP_MAP) /* what falls back on `exec` is in the image alone */
		return;
	aw_policy_explain(policy, &query, &explanation);
	assert_int_equal(explanation.verdict, oracle_verdict(policy, object, query.op, &seen));
}

/* Classes of the name, but for those that no rule depends on. */
static void compare_subjects(const struct aw_policy *policy, const struct aw_image *image,
			     const struct oracle_object *object)
{
	uint32_t used = 0, expected = 0, vid;

	for (size_t i = 0; i < policy->n_rules; i++)
		used |= policy->rules[i].subjects;
	for (size_t steps = 0; steps < policy->n_subjects; steps++)
		for (size_t i = 0; i < policy->n_subjects; i++)
			if (used >> i & 1 && policy->subjects[i].kind == AW_SUBJECT_UNDER)
				used |= 1u << policy->subjects[i].parent;
	for (size_t i = 0; i < policy->n_subjects; i++)
		if (used >> i & 1 && policy->subjects[i].kind != AW_SUBJECT_UNDER &&
		    oracle_pattern(policy->subjects[i].patterns, object->name, object->anchor))
			expected |= 1u << (policy->subjects[i].kind == AW_SUBJECT_EXE ? i : i + 16);
	vid = aw_image_walk_path(image, object->anchor, object->name, strlen(object->name));
	assert_int_equal(aw_image_subject_mask(image, vid), expected);
}

static void verdicts_and_classes_are_those_of_the_rules(void **state)
{
	struct random r = {0x5eed};
	struct tally tally = {};

	for (size_t i = 0; i < POLICIES; i++) {
		_cleanup_(aw_policy_freep) struct aw_policy *policy = random_policy(&r);
		_cleanup_(aw_image_freep) struct aw_image *image = NULL;
		struct aw_diag diag = {};

		if (aw_policy_compile(&image, policy, &diag) != 0)
			fail_msg("policy %zu: %s", i, diag.message);
		for (size_t j = 0; j < NAMES; j++) {
			char name[ORACLE_TEXT];
			struct oracle_object object = {.name = name};

			random_name(&r, policy, name, sizeof(name), &object.anchor);
			compare_name(&r, policy, image, &object, &tally);
			compare_subjects(policy, image, &object);
			compare_changeable(policy, image, &object);
			compare_explanation(&r, policy, &object);
		}
	}
	print_message("%zu triples, %zu permitted, %zu denied by a rule\n", tally.total,
		      tally.permitted, tally.denied);
	assert_true(tally.total >= TRIPLES);
	assert_true(6 * tally.permitted >= tally.total);
	assert_true(5 * tally.denied >= tally.total);
}

/* In or near a range that rules must name; returns how long its prefix is, or about that. */
static unsigned special_address(struct random *r, uint8_t address[16])
{
	static const struct {
		uint8_t address[16];
		unsigned prefix;
	} rows[] = {
		{{[10] = 0xff, 0xff, 169, 254, 169, 254}, 112},
		{{[10] = 0xff, 0xff, 224}, 100},
		{{[10] = 0xff, 0xff, 100, 100, 100, 200}, 128},
		{{[10] = 0xff, 0xff, 192, 0, 0, 192}, 128},
		{{0x00, 0x64, 0xff, 0x9b, [12] = 169, 254}, 112},
		{{0x20, 0x02, 169, 254}, 32},
		{{0xfd, 0x00, 0x0e, 0xc2}, 32},
		{{0xfe, 0x80}, 10},
		{{0xff}, 8},
	};
	size_t i = pick(r, sizeof(rows) / sizeof(*rows));
	unsigned bit = rows[i].prefix - 4 + pick(r, 8), prefix = bit < 128 ? bit : 128;

	memcpy(address, rows[i].address, 16);
	bit = pick(r, 2) ? pick(r, 128) : prefix - 1;
	if (pick(r, 2))
		address[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	return prefix;
}

/* Addresses near the borders of the rule's ranges. */
static void random_address(struct random *r, uint8_t address[16])
{
	static const uint8_t bytes[] = {0, 1, 2, 10, 127, 128, 192, 254, 255};

	memset(address, 0, 16);
	address[10] = address[11] = 0xff;
	for (unsigned i = pick(r, 4) ? 12 : 0; i < 16; i++)
		address[i] = PICK(r, bytes);
}

static uint16_t random_port(struct random *r)
{
	static const uint16_t ports[] = {0,   1,   22,	53,   80,   255,   256,	  257,
					 443, 511, 512, 8000, 8080, 65279, 65280, 65535};

	return PICK(r, ports);
}

static struct aw_policy *random_net_policy(struct random *r)
{
	static const enum aw_action actions[] = {AW_ACTION_ALLOW, AW_ACTION_ALLOW, AW_ACTION_ALLOW,
						 AW_ACTION_ALLOW, AW_ACTION_FLAG,  AW_ACTION_FLAG,
						 AW_ACTION_ASK,	  AW_ACTION_DENY,  AW_ACTION_DENY,
						 AW_ACTION_FORBID};
	struct aw_policy *policy = fixture_policy();
	uint32_t n = 1 + pick(r, 8);

	for (uint32_t i = 0; i < n; i++) {
		struct aw_rule *rule;
		char id[16];

		snprintf(id, sizeof(id), "r%u", i);
		rule = fixture_rule(policy, id, PICK(r, actions),
				    pick(r, 2) ? OP(TCP) | OP(UDP) : OP(TCP) | OP(BIND));
		for (uint32_t j = pick(r, 3) + 1; j > 0; j--) {
			uint8_t address[16];
			unsigned prefix = special_address(r, address);

			if (pick(r, 3)) {
				random_address(r, address);
				prefix = pick(r, 4) ? 96 + pick(r, 33) : pick(r, 129);
			}
			fixture_cidr(rule, address, (uint8_t)prefix);
		}
		for (uint32_t j = pick(r, 3); j > 0; j--) {
			uint16_t first = random_port(r), last = random_port(r);

			fixture_ports(rule, first < last ? first : last,
				      first < last ? last : first);
		}
		if (i > 0 && rule->action <= AW_ACTION_FLAG &&
		    policy->rules[i - 1].action == AW_ACTION_DENY)
			rule->lifts = strdup(policy->rules[i - 1].id);
	}
	return policy;
}

/* An address in a random range of the policy, then perhaps a bit flipped. */
static void near_address(struct random *r, const struct aw_policy *policy, uint8_t address[16])
{
	const struct aw_rule *rule = &policy->rules[pick(r, (uint32_t)policy->n_rules)];
	const struct aw_cidr *cidr = &rule->cidrs[pick(r, (uint32_t)rule->n_cidrs)];
	unsigned bit;

	if (pick(r, 3) == 0) {
		special_address(r, address);
		return;
	}
	random_address(r, address);
	for (bit = 0; bit < cidr->prefix; bit++) {
		address[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
		address[bit / 8] |= cidr->address[bit / 8] & 0x80 >> bit % 8;
	}
	bit = pick(r, 128);
	if (pick(r, 2))
		address[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
}

/* The judge who names rules takes them as the parser gives them: all with ports. */
static bool can_be_explained(const struct aw_policy *policy)
{
	size_t i = 0;

	while (i < policy->n_rules && policy->rules[i].n_ports > 0)
		i++;
	return i == policy->n_rules;
}

static void compare_address(const struct aw_policy *policy, const struct aw_image *image,
			    const struct oracle_object *object, struct tally *tally)
{
	uint32_t vid = aw_image_walk_net(image, object->address, object->port);
	struct aw_query query = {.anchor = -1, .port = object->port};
	struct aw_explanation explanation;

	memcpy(query.address, object->address, sizeof(query.address));
	for (query.op = AW_OP_TCP; query.op < AW_OPS; query.op++) {
		enum aw_verdict verdict = aw_image_verdict(image, vid, 0, query.op);

		assert_int_equal(verdict,
				 oracle_verdict(policy, object, query.op, &(struct oracle_seen){}));
		if (query.op <= AW_OP_LISTEN) {
			tally->total++;
			tally->permitted +=
				verdict == AW_VERDICT_ALLOW || verdict == AW_VERDICT_FLAG;
		}
		if (!can_be_explained(policy))
			continue;
		aw_policy_explain(policy, &query, &explanation);
		assert_int_equal(explanation.verdict, verdict);
	}
}

static void addresses_and_ports_get_the_verdicts_of_the_rules(void **state)
{
	struct random r = {0xadd7e55};
	struct tally tally = {};

	for (size_t i = 0; i < 600; i++) {
		_cleanup_(aw_policy_freep) struct aw_policy *policy = random_net_policy(&r);
		_cleanup_(aw_image_freep) struct aw_image *image = NULL;

		assert_int_equal(aw_policy_compile(&image, policy, NULL), 0);
		for (size_t j = 0; j < 60; j++) {
			struct oracle_object object = {.port = random_port(&r)};

			near_address(&r, policy, object.address);
			compare_address(policy, image, &object, &tally);
		}
	}
	print_message("%zu questions, %zu permitted\n", tally.total, tally.permitted);
	assert_true(tally.total > 100000 && 10 * tally.permitted > tally.total &&
		    10 * tally.permitted < 9 * tally.total);
}

/* The same rules in another order, and a rule that another one covers. */
static void image_depends_on_the_meaning_alone(void **state)
{
	for (size_t i = 0; i < 200; i++) {
		struct random r = {0xd0 + i}, again = r;
		_cleanup_(aw_policy_freep) struct aw_policy *policy = random_policy(&r);
		_cleanup_(aw_policy_freep) struct aw_policy *other = random_policy(&again);
		_cleanup_(aw_image_freep) struct aw_image *a = NULL, *b = NULL;
		size_t n = other->n_rules;

		for (size_t j = 0; j < n / 2; j++) {
			struct aw_rule rule = other->rules[j];

			other->rules[j] = other->rules[n - 1 - j];
			other->rules[n - 1 - j] = rule;
		}
		fixture_simple(policy, "wide", AW_ACTION_ALLOW, OP(READ), "/a/**");
		fixture_simple(other, "wide", AW_ACTION_ALLOW, OP(READ), "/a/**");
		fixture_simple(other, "narrow", AW_ACTION_ALLOW, OP(READ), "/a/b*/q");
		assert_int_equal(aw_policy_compile(&a, policy, NULL), 0);
		assert_int_equal(aw_policy_compile(&b, other, NULL), 0);
		assert_int_equal(a->bytes, b->bytes);
		assert_memory_equal(a->head, b->head, a->bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_and_classes_are_those_of_the_rules),
		cmocka_unit_test(addresses_and_ports_get_the_verdicts_of_the_rules),
		cmocka_unit_test(image_depends_on_the_meaning_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
