/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "policy/automaton.h"
#include "policy/compile_scale.h"

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* n rules that double the states each, beside ones that do not. */
static struct aw_policy *doubling_policy(int n)
{
	struct aw_policy *policy = fixture_policy();
	char glob[64], id[32];

	fixture_simple(policy, "harmless", AW_ACTION_ALLOW, OP(READ), "/usr/**");
	for (int i = 0; i < n; i++) {
		snprintf(glob, sizeof(glob), "/w/**/%c/**/%c%c", 'a' + i, 'A' + i, 'A' + i);
		snprintf(id, sizeof(id), "double.%d", i);
		fixture_simple(policy, id, AW_ACTION_DENY, OP(READ), glob);
	}
	fixture_simple(policy, "harmless.too", AW_ACTION_ALLOW, OP(READ), "/x/*/y*");
	return policy;
}

static void expect_too_big(const struct aw_policy *policy, const char *limit, const char *culprit)
{
	struct aw_image *image = NULL;
	struct aw_diag diag = {};

	assert_int_equal(aw_policy_compile(&image, policy, &diag), -E2BIG);
	assert_null(image);
	if (!strstr(diag.message, limit) || !strstr(diag.message, culprit))
		fail_msg("%s", diag.message);
	assert_null(strstr(diag.message, "harmless"));
	assert_true(diag.hint[0] != '\0');
	assert_true(diag.line > 0);
}

static void too_many_states_name_the_limit_and_the_rules(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = doubling_policy(18);

	expect_too_big(policy, "AW_AUTOMATON_STATES_MAX", "'double.");
}

static void an_image_that_is_too_large_names_the_limit_and_the_rules(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = doubling_policy(15);

	expect_too_big(policy, "AW_IMAGE_CELLS_LARGE", "'double.");
}

/* Floating denials for one class each: every subset of them is a verdict of its own. */
static void floating_rules_that_cannot_absorb_each_other_are_named(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	char text[64];

	fixture_simple(policy, "harmless", AW_ACTION_ALLOW, OP(READ), "/usr/**");
	for (int i = 0; i < 16; i++) {
		snprintf(text, sizeof(text), "/usr/bin/tool%d", i);
		fixture_subject(policy, text + 9, AW_SUBJECT_EXE, text, -1);
	}
	for (int i = 0; i < 16; i++) {
		snprintf(text, sizeof(text), "**/%c%c/**", 'a' + i, 'a' + i);
		fixture_simple(policy, "float", AW_ACTION_DENY, OP(READ), text)->subjects = 1u << i;
	}
	expect_too_big(policy, "AW_", "'float'");
}

static void too_many_positions_name_the_limit_and_the_pattern(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	struct aw_image *image = NULL;
	struct aw_diag diag = {};
	char glob[AW_PATTERN_MAX] = "/";

	for (int i = 0; i < 10; i++)
		strcat(glob, "{0,1}");
	strcat(glob, "/last");
	memset(glob + strlen(glob), 'x', sizeof(glob) - strlen(glob) - 1);
	fixture_simple(policy, "r", AW_ACTION_ALLOW, OP(READ), glob);
	glob[60] = 'y';
	fixture_path(policy, &policy->rules[0], glob);
	assert_int_equal(aw_policy_compile(&image, policy, &diag), -E2BIG);
	assert_non_null(strstr(diag.message, "AW_NFA_NODES_MAX"));
	assert_non_null(strstr(diag.message, "/last"));
}

static void too_many_lifts_of_one_name_name_the_limit_and_rules(void **state)
{
	for (int n = AW_CLAIM_SPECIALS_MAX / 2; n <= AW_CLAIM_SPECIALS_MAX / 2 + 1; n++) {
		_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
		_cleanup_(aw_image_freep) struct aw_image *image = NULL;
		struct aw_diag diag = {};
		char id[32];
		int r;

		for (int i = 0; i < n; i++) {
			snprintf(id, sizeof(id), "deny%d", i);
			fixture_simple(policy, id, AW_ACTION_DENY, OP(READ), "/a");
			snprintf(id, sizeof(id), "lift%d", i);
			fixture_simple(policy, id, AW_ACTION_ALLOW, OP(READ), "/a");
			policy->rules[policy->n_rules - 1].lifts = strdup(id);
			memcpy(policy->rules[policy->n_rules - 1].lifts, "deny", 4);
		}
		r = aw_policy_compile(&image, policy, &diag);
		if (n == AW_CLAIM_SPECIALS_MAX / 2) {
			assert_int_equal(r, 0);
			assert_int_equal(aw_image_verdict(image,
							  aw_image_walk_path(image, -1, "/a", 2), 0,
							  AW_OP_READ),
					 AW_VERDICT_ALLOW);
			continue;
		}
		assert_int_equal(r, -E2BIG);
		assert_non_null(strstr(diag.message, "AW_CLAIM_SPECIALS_MAX"));
		assert_non_null(strstr(diag.message, "'deny0'"));
	}
}

static struct aw_image *compile_scale(const struct scale *scale)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = scale_policy(scale);
	struct aw_image *image = NULL;
	struct aw_diag diag = {};
	double start = seconds();

	if (aw_policy_compile(&image, policy, &diag) < 0)
		fail_msg("%s", diag.message);
	print_message("%zu rules: %.2f s, %u states, %u cells, %zu KiB\n", policy->n_rules,
		      seconds() - start, image->head->dfa[AW_DFA_PATH].n_states,
		      image->head->dfa[AW_DFA_PATH].n_cells, image->bytes / 1024);
	return image;
}

static void a_large_policy_stays_small(void **state)
{
	const struct scale all = {
		.n_literals = 10000, .n_globs = 500, .n_floating = 40, .n_classes = 16};
	const struct scale globs = {.n_globs = 500, .n_floating = 40, .n_classes = 12};
	const struct scale floating = {.n_globs = 40, .n_floating = 40};
	_cleanup_(aw_image_freep) struct aw_image *a = compile_scale(&all),
						  *b = compile_scale(&globs),
						  *c = compile_scale(&floating);

	assert_true(a->head->dfa[AW_DFA_PATH].n_states < 200000);
	assert_true(a->head->dfa[AW_DFA_PATH].n_cells < 600000);
	assert_int_equal(a->head->size_class, AW_IMAGE_LARGE);
	assert_true(b->head->dfa[AW_DFA_PATH].n_states < 17644); /* what a prototype needed */
	assert_int_equal(b->head->size_class, AW_IMAGE_MEDIUM);
	assert_true(c->head->dfa[AW_DFA_PATH].n_states < 556);
	assert_int_equal(c->head->size_class, AW_IMAGE_SMALL);
}

/* The same large policy says what the rules say: sampled, for the oracle is slow. */
static void a_large_policy_says_what_its_rules_say(void **state)
{
	const struct scale scale = {
		.n_literals = 2000, .n_globs = 300, .n_floating = 40, .n_classes = 8};
	_cleanup_(aw_policy_freep) struct aw_policy *policy = scale_policy(&scale);
	_cleanup_(aw_image_freep) struct aw_image *image = compile_scale(&scale);
	struct random r = {0x1a46e};

	for (size_t i = 0; i < 200; i++) {
		uint32_t set = pick(&r, image->head->n_subject_sets), vid;
		enum aw_op op = PICK(&r, ((enum aw_op[]){AW_OP_READ, AW_OP_WRITE, AW_OP_EXEC}));
		char name[ORACLE_TEXT];
		struct oracle_object object = {.name = name};
		struct oracle_seen seen = {};

		random_name(&r, policy, name, sizeof(name), &object.anchor);
		vid = aw_image_walk_path(image, object.anchor, name, strlen(name));
		seen.classes = image->head->subject_set[set];
		assert_int_equal(aw_image_verdict(image, vid, set, op),
				 oracle_verdict(policy, &object, op, &seen));
	}
}

static struct aw_image *compile_hosts(const struct scale_hosts *scale)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = scale_host_policy(scale);
	struct aw_image *image = NULL;
	struct aw_diag diag = {};
	double start = seconds();

	if (aw_policy_compile(&image, policy, &diag) < 0)
		fail_msg("%s", diag.message);
	print_message("%zu hosts: %.2f s, %u states, %u cells, %zu KiB\n", policy->n_rules,
		      seconds() - start, image->head->dfa[AW_DFA_NET].n_states,
		      image->head->dfa[AW_DFA_NET].n_cells, image->bytes / 1024);
	return image;
}

/* Each wildcard may start anywhere in a name: they must not multiply the names. */
static void many_hosts_stay_small(void **state)
{
	const struct scale_hosts all = {.n_names = 10000, .n_wildcards = 1000, .n_classes = 8};
	const struct scale_hosts names = {.n_names = 10000, .n_classes = 8};
	const struct scale_hosts wildcards = {.n_wildcards = 1000, .n_classes = 8};
	_cleanup_(aw_image_freep) struct aw_image *a = compile_hosts(&all),
						  *b = compile_hosts(&names),
						  *c = compile_hosts(&wildcards);

	assert_true(a->head->dfa[AW_DFA_NET].n_states <
		    b->head->dfa[AW_DFA_NET].n_states + 2 * c->head->dfa[AW_DFA_NET].n_states);
	assert_true(a->head->dfa[AW_DFA_NET].n_cells < 1200000);
	assert_int_equal(a->head->size_class, AW_IMAGE_LARGE);
}

static void many_hosts_are_what_their_rules_say(void **state)
{
	const struct scale_hosts scale = {.n_names = 1500, .n_wildcards = 300, .n_classes = 4};
	_cleanup_(aw_policy_freep) struct aw_policy *policy = scale_host_policy(&scale);
	_cleanup_(aw_image_freep) struct aw_image *image = compile_hosts(&scale);
	struct random r = {0x4a46e};

	for (size_t i = 0; i < 500; i++) {
		const struct aw_rule *rule = &policy->rules[pick(&r, (uint32_t)policy->n_rules)];
		uint32_t set = pick(&r, image->head->n_subject_sets), vid;
		char host[ORACLE_TEXT];
		struct oracle_object object = {.host = host, .port = rule->ports[0].first};
		struct oracle_seen seen = {.classes = image->head->subject_set[set]};

		snprintf(host, sizeof(host), "%s%s", pick(&r, 2) ? "a.b." : "",
			 rule->hosts[0] + (rule->hosts[0][0] == '*' ? 2 : 0));
		vid = aw_image_walk_host(image, host, strlen(host), object.port);
		assert_int_equal(aw_image_verdict(image, vid, set, AW_OP_TCP),
				 oracle_verdict(policy, &object, AW_OP_TCP, &seen));
		vid = aw_image_walk_question(image, host, strlen(host));
		assert_int_equal(aw_image_verdict(image, vid, set, AW_OP_RESOLVE),
				 oracle_verdict(policy, &object, AW_OP_RESOLVE, &seen));
	}
}

static void too_many_pairs_of_by_and_when_name_the_limit_and_the_rule(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = fixture_policy();
	struct aw_image *image = NULL;
	struct aw_diag diag = {};

	for (uint32_t i = 0; i < AW_CLAIM_GUISES_MAX + 2; i++) {
		struct aw_rule *rule;
		char name[16];

		snprintf(name, sizeof(name), "/bin/%u", i / 4);
		if (i % 4 == 0)
			fixture_subject(policy, name, AW_SUBJECT_EXE, name, -1);
		rule = fixture_simple(policy, name, AW_ACTION_DENY, OP(EXEC), "/x");
		rule->subjects = 1u << i / 4;
		rule->conditions = 1 + i % 4;
		if (i == AW_CLAIM_GUISES_MAX - 1) {
			assert_int_equal(aw_policy_compile(&image, policy, NULL), 0);
			assert_int_equal(image->head->n_row_sets,
					 image->head->n_subject_sets * AW_CONDITION_MASKS);
			image = aw_image_free(image);
		}
	}
	assert_int_equal(aw_policy_compile(&image, policy, &diag), -E2BIG);
	assert_non_null(strstr(diag.message, "AW_CLAIM_GUISES_MAX"));
	assert_int_equal(diag.line, AW_CLAIM_GUISES_MAX + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(too_many_states_name_the_limit_and_the_rules),
		cmocka_unit_test(an_image_that_is_too_large_names_the_limit_and_the_rules),
		cmocka_unit_test(floating_rules_that_cannot_absorb_each_other_are_named),
		cmocka_unit_test(too_many_positions_name_the_limit_and_the_pattern),
		cmocka_unit_test(too_many_lifts_of_one_name_name_the_limit_and_rules),
		cmocka_unit_test(too_many_pairs_of_by_and_when_name_the_limit_and_the_rule),
		cmocka_unit_test(a_large_policy_stays_small),
		cmocka_unit_test(a_large_policy_says_what_its_rules_say),
		cmocka_unit_test(many_hosts_stay_small),
		cmocka_unit_test(many_hosts_are_what_their_rules_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
