/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "policy/compile_helper.h"

/* Of a process in these classes; "${W}/rest" is below anchor 0. */
static enum aw_verdict verdict(const struct aw_image *image, const char *name, enum aw_op op,
			       uint16_t classes)
{
	int anchor = strncmp(name, "${W}", 4) == 0 ? 0 : -1;
	const char *rest = anchor == 0 ? name + 4 : name;

	return aw_image_verdict(image, aw_image_walk_path(image, anchor, rest, strlen(rest)),
				aw_image_subject_set(image, classes), op);
}

static void strongest_rule_wins_whatever_the_order(void **state)
{
	for (int i = 0; i < 2; i++) {
		_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
		_cleanup_(aw_image_freep) struct aw_image *image = NULL;

		for (int j = AW_ACTION_ALLOW; j < AW_ACTIONS; j++) {
			enum aw_action action = i ? AW_ACTION_FORBID - j : j;
			static const char *const paths[] = {"/**", "/b/**", "/b/c/**", "/b/c/d/**",
							    "/b/c/d/e/**"};
			char id[2] = {(char)('a' + action), '\0'};

			fixture_simple(policy, id, action, OP(READ), paths[action]);
		}
		image = compile(policy);
		assert_int_equal(verdict(image, "/x", AW_OP_READ, 0), AW_VERDICT_ALLOW);
		assert_int_equal(verdict(image, "/b/x", AW_OP_READ, 0), AW_VERDICT_FLAG);
		assert_int_equal(verdict(image, "/b/c/x", AW_OP_READ, 0), AW_VERDICT_ASK);
		assert_int_equal(verdict(image, "/b/c/d/x", AW_OP_READ, 0), AW_VERDICT_DENY);
		assert_int_equal(verdict(image, "/b/c/d/e/x", AW_OP_READ, 0), AW_VERDICT_FORBID);
		assert_int_equal(verdict(image, "/b/c/d/e/x", AW_OP_WRITE, 0), AW_VERDICT_NONE);
	}
}

/* As in the policy that DESIGN shows: keys are denied, ssh reads known_hosts. */
static struct aw_policy *policy_of_keys(void)
{
	struct aw_policy *policy = fixture_policy();
	struct aw_rule *lift;

	fixture_anchor(policy, "W");
	fixture_subject(policy, "ssh", AW_SUBJECT_EXE, "/usr/bin/ssh", -1);
	fixture_simple(policy, "work", AW_ACTION_ALLOW, OP(READ) | OP(WRITE), "${W}/**");
	fixture_simple(policy, "keys", AW_ACTION_DENY, OP(READ) | OP(WRITE), "**/.ssh/**");
	fixture_simple(policy, "locked", AW_ACTION_DENY, OP(READ), "${W}/locked/**");
	lift = fixture_simple(policy, "hosts", AW_ACTION_ALLOW, OP(READ), "**/.ssh/known_hosts");
	lift->lifts = strdup("keys");
	lift->subjects = 1;
	return policy;
}

static void lift_takes_one_denial_for_its_operations_and_classes(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = policy_of_keys();
	_cleanup_(aw_image_freep) struct aw_image *image = compile(policy);

	assert_int_equal(verdict(image, "${W}/.ssh/id", AW_OP_READ, 1), AW_VERDICT_DENY);
	assert_int_equal(verdict(image, "${W}/.ssh/known_hosts", AW_OP_READ, 1), AW_VERDICT_ALLOW);
	assert_int_equal(verdict(image, "${W}/.ssh/known_hosts", AW_OP_READ, 0), AW_VERDICT_DENY);
	assert_int_equal(verdict(image, "${W}/.ssh/known_hosts", AW_OP_WRITE, 1), AW_VERDICT_DENY);
	assert_int_equal(verdict(image, "${W}/locked/.ssh/known_hosts", AW_OP_READ, 1),
			 AW_VERDICT_DENY);
	assert_int_equal(verdict(image, "${W}/a", AW_OP_READ, 0), AW_VERDICT_ALLOW);
	/* The lift's own action holds where nothing else speaks. */
	assert_int_equal(verdict(image, "/x/.ssh/known_hosts", AW_OP_READ, 1), AW_VERDICT_ALLOW);
	assert_int_equal(verdict(image, "/x/.ssh/known_hosts", AW_OP_READ, 0), AW_VERDICT_DENY);
}

/* A lift of one of two denials that end in `**` must not be forgotten inside the other. */
static void lift_is_remembered_where_denials_overlap(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;

	fixture_simple(policy, "all", AW_ACTION_ALLOW, OP(READ), "/**");
	fixture_simple(policy, "a", AW_ACTION_DENY, OP(READ), "**/a/**");
	fixture_simple(policy, "b", AW_ACTION_DENY, OP(READ), "**/b/**");
	fixture_simple(policy, "a.x", AW_ACTION_ALLOW, OP(READ), "**/x/**")->lifts = strdup("a");
	fixture_simple(policy, "b.y", AW_ACTION_ALLOW, OP(READ), "**/y/**")->lifts = strdup("b");
	image = compile(policy);
	assert_int_equal(verdict(image, "/a/x", AW_OP_READ, 0), AW_VERDICT_ALLOW);
	assert_int_equal(verdict(image, "/x/a", AW_OP_READ, 0), AW_VERDICT_ALLOW);
	assert_int_equal(verdict(image, "/a/y", AW_OP_READ, 0), AW_VERDICT_DENY);
	assert_int_equal(verdict(image, "/a/b/x", AW_OP_READ, 0), AW_VERDICT_DENY);
	assert_int_equal(verdict(image, "/a/b/y", AW_OP_READ, 0), AW_VERDICT_DENY);
	assert_int_equal(verdict(image, "/y/a/b/x/z", AW_OP_READ, 0), AW_VERDICT_ALLOW);
}

static void wrong_lifts_are_refused(void **state)
{
	static const struct {
		const char *lifts;
		enum aw_action action;
		const char *message;
	} wrong[] = {
		{"nothing", AW_ACTION_ALLOW, "no rule"},
		{"forbidden", AW_ACTION_ALLOW, "forbid"},
		{"allowed", AW_ACTION_ALLOW, "allow"},
		{"denied", AW_ACTION_DENY, "deny"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
		struct aw_image *image = NULL;
		struct aw_diag diag = {};

		fixture_simple(policy, "forbidden", AW_ACTION_FORBID, OP(READ), "/a");
		fixture_simple(policy, "allowed", AW_ACTION_ALLOW, OP(READ), "/a");
		fixture_simple(policy, "denied", AW_ACTION_DENY, OP(READ), "/a");
		fixture_simple(policy, "lift", wrong[i].action, OP(READ), "/a")->lifts =
			strdup(wrong[i].lifts);
		assert_int_equal(aw_policy_compile(&image, policy, &diag), -EINVAL);
		assert_non_null(strstr(diag.message, "'lift'"));
		assert_non_null(strstr(diag.message, wrong[i].message));
		assert_int_equal(diag.line, 4);
		assert_null(image);
	}
}

static void an_empty_policy_says_nothing_of_any_name(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = compile(policy);
	uint8_t address[16] = {};

	assert_int_equal(image->head->magic, AW_IMAGE_MAGIC);
	assert_int_equal(image->head->size_class, AW_IMAGE_SMALL);
	assert_int_equal(image->head->n_cells, AW_IMAGE_CELLS_SMALL);
	assert_int_equal(image->head->n_verdicts, 1);
	assert_int_equal(aw_image_walk_path(image, -1, "/a", 2), 0);
	assert_int_equal(aw_image_walk_net(image, address, 80), 0);
}

static void anchors_that_are_not_declared_match_nothing(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;

	fixture_anchor(policy, "W");
	fixture_simple(policy, "all", AW_ACTION_ALLOW, OP(READ), "**");
	image = compile(policy);
	assert_int_not_equal(aw_image_walk_path(image, 0, "/a", 2), 0);
	for (int anchor = 1; anchor <= AW_ANCHORS_MAX; anchor++)
		assert_int_equal(aw_image_walk_path(image, anchor, "/a", 2), 0);
}

static void hash_is_of_the_image_with_the_hash_zero(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = policy_of_keys();
	_cleanup_(aw_image_freep) struct aw_image *image = compile(policy);
	unsigned char hash[32], expected[EVP_MAX_MD_SIZE];

	memcpy(hash, image->head->hash, 32);
	memset(image->head->hash, 0, 32);
	assert_true(EVP_Digest(image->head, image->bytes, expected, NULL, EVP_sha256(), NULL));
	assert_memory_equal(hash, expected, 32);
}

static void hash_changes_with_the_meaning(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = policy_of_keys();
	_cleanup_(aw_image_freep) struct aw_image *a = compile(policy), *b = NULL;

	policy->rules[0].ops |= OP(CREATE);
	b = compile(policy);
	assert_memory_not_equal(a->head->hash, b->head->hash, 32);
}

static void automata_of_known_languages_are_smallest(void **state)
{
	static const struct {
		const char *globs[3];
		uint32_t n_states; /* the dead one too */
	} known[] = {
		{{"/a"}, 4},
		{{"/a/**"}, 5},
		{{"/a/**", "/a/b/**", "/a/*/c"}, 5},
		{{"/**"}, 3},
		{{"/ab", "/cb"}, 5},
		{{"**/a"}, 5},
		{{"**/a", "/b/a"}, 5},
		{{"/*", "/?", "/[!a]*"}, 4},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
		_cleanup_(aw_image_freep) struct aw_image *image = NULL;

		for (size_t j = 0; j < 3 && known[i].globs[j]; j++)
			fixture_simple(policy, known[i].globs[j], AW_ACTION_ALLOW, OP(READ),
				       known[i].globs[j]);
		image = compile(policy);
		if (image->head->dfa[AW_DFA_PATH].n_states != known[i].n_states)
			fail_msg("%s: %u states", known[i].globs[0],
				 image->head->dfa[AW_DFA_PATH].n_states);
	}
}

static void all_bytes_may_be_told_apart(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	struct aw_rule *rule = fixture_rule(policy, "r", AW_ACTION_ALLOW, OP(TCP));
	uint8_t address[16] = {};

	for (unsigned i = 0; i < 256; i++) { /* byte i, then a byte that only it is followed by */
		address[0] = (uint8_t)i;
		address[1] = (uint8_t)(i * 7 + 3);
		fixture_cidr(rule, address, 16);
	}
	image = compile(policy);
	assert_int_equal(image->head->dfa[AW_DFA_NET].n_classes, 256);
	for (unsigned i = 0; i < 256; i++)
		for (unsigned j = 0; j < 256; j++) {
			address[0] = (uint8_t)i;
			address[1] = (uint8_t)j;
			assert_int_equal(aw_image_walk_net(image, address, 1) != 0,
					 j == (uint8_t)(i * 7 + 3));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strongest_rule_wins_whatever_the_order),
		cmocka_unit_test(lift_takes_one_denial_for_its_operations_and_classes),
		cmocka_unit_test(lift_is_remembered_where_denials_overlap),
		cmocka_unit_test(wrong_lifts_are_refused),
		cmocka_unit_test(an_empty_policy_says_nothing_of_any_name),
		cmocka_unit_test(anchors_that_are_not_declared_match_nothing),
		cmocka_unit_test(hash_is_of_the_image_with_the_hash_zero),
		cmocka_unit_test(hash_changes_with_the_meaning),
		cmocka_unit_test(automata_of_known_languages_are_smallest),
		cmocka_unit_test(all_bytes_may_be_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
