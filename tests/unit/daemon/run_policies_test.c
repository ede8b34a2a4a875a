/* SPDX-License-Identifier: Apache-2.0 */
/* Policies that an agent comes under while it runs are found by the ids in its events. */
#include "agent/folder_fixture.h"
#include "daemon/policy_archive.h"
#include "daemon/run_policies.h"

static const struct aw_event_context base = {
	.agent_name = "ci",
	.policy_name = "first",
	.policy_hash = "ffff",
	.anchors = {{"W", "/srv/w"}, {"H", "/home/ci"}},
	.n_anchors = 2,
};

/* Policy number n, with an id that starts with n; its anchors are those of the agent. */
static void keep(struct folder *folder, unsigned int n)
{
	static const char *const anchors[] = {"W", "H", NULL};
	struct aw_parse_options options = {};
	char hash[65], text[256];

	snprintf(hash, sizeof(hash), "%016x%048x", n, 7);
	snprintf(text, sizeof(text),
		 "version: 1\nname: p%u\nanchors: {H: {}}\nrules:\n"
		 "  - {id: own, allow: [read], path: ['${H}/x']}\n",
		 n);
	folder_write(folder_file(folder, "p.yaml"), text);
	assert_int_equal(aw_policy_archive_put(folder->path, hash, folder->name, &options, anchors),
			 0);
}

static void a_policy_is_found_by_its_id_with_the_anchors_of_the_agent(void **state)
{
	struct folder *folder = *state;
	_cleanup_(aw_run_policies_freep) struct aw_run_policies *policies = NULL;
	const struct aw_event_context *context;
	const struct aw_policy *policy;

	keep(folder, 5);
	keep(folder, 6);
	assert_int_equal(aw_run_policies_new(&policies, &base, folder->path), 0);
	policy = aw_run_policy(policies, 5, &context);
	assert_string_equal(policy->name, "p5");
	assert_int_equal(policy->n_anchors, 2);
	assert_int_equal(policy->rules[0].paths[0].anchor, 1);
	assert_string_equal(context->policy_name, "p5");
	assert_int_equal(strlen(context->policy_hash), 64);
	assert_string_equal(context->agent_name, "ci");
	assert_string_equal(context->anchors[1].path, "/home/ci");
	assert_ptr_equal(aw_run_policy(policies, 5, &context), policy);
	assert_string_equal(aw_run_policy(policies, 6, &context)->name, "p6");
}

static void one_that_was_never_kept_has_no_name(void **state)
{
	struct folder *folder = *state;
	_cleanup_(aw_run_policies_freep) struct aw_run_policies *policies = NULL;
	const struct aw_event_context *context;

	keep(folder, 5);
	assert_int_equal(aw_run_policies_new(&policies, &base, folder->path), 0);
	assert_null(aw_run_policy(policies, 9, &context));
	assert_null(context->policy_name);
	assert_null(context->policy_hash);
	assert_string_equal(context->agent_name, "ci");
}

static void more_than_there_is_room_for_are_read_again(void **state)
{
	struct folder *folder = *state;
	_cleanup_(aw_run_policies_freep) struct aw_run_policies *policies = NULL;
	const struct aw_event_context *context;

	assert_int_equal(aw_run_policies_new(&policies, &base, folder->path), 0);
	for (unsigned int n = 1; n <= AW_RUN_POLICIES_MAX + 2; n++)
		keep(folder, n);
	for (int turn = 0; turn < 2; turn++)
		for (unsigned int n = 1; n <= AW_RUN_POLICIES_MAX + 2; n++) {
			char name[16];

			snprintf(name, sizeof(name), "p%u", n);
			assert_string_equal(aw_run_policy(policies, n, &context)->name, name);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_policy_is_found_by_its_id_with_the_anchors_of_the_agent),
		FOLDER_TEST(one_that_was_never_kept_has_no_name),
		FOLDER_TEST(more_than_there_is_room_for_are_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
