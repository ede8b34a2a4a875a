/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies that a run comes under while it lasts, when another command changes them: found in the
 * archive by the id in an event, and kept as long as there is room.
 */
#include "daemon/run_policies.h"

#include <errno.h>
#include <string.h>

#include "daemon/policy_archive.h"

struct known {
	uint64_t id;
	struct aw_policy *policy; /* NULL: it cannot be found */
	char hash[65];
	struct aw_event_context context;
};

struct aw_run_policies {
	const struct aw_event_context *base;
	const char *dir;
	struct known known[AW_RUN_POLICIES_MAX];
	size_t next; /* the place of the one that has been known for longest */
};

int aw_run_policies_new(struct aw_run_policies **ret, const struct aw_event_context *base,
			const char *dir)
{
	struct aw_run_policies *policies = calloc(1, sizeof(*policies));

	if (!policies)
		return -ENOMEM;
	policies->base = base;
	policies->dir = dir;
	*ret = policies;
	return 0;
}

struct aw_run_policies *aw_run_policies_free(struct aw_run_policies *policies)
{
	for (size_t i = 0; policies && i < AW_RUN_POLICIES_MAX; i++)
		aw_policy_free(policies->known[i].policy);
	free(policies);
	return NULL;
}

/* Its anchors are numbered as the agent's are: whoever applied it saw to that. */
static void learn(struct aw_run_policies *policies, struct known *known, uint64_t id)
{
	aw_policy_free(known->policy);
	*known = (struct known){.id = id, .context = *policies->base};
	known->context.policy_name = known->context.policy_hash = NULL;
	if (aw_policy_archive_find(policies->dir, id, known->hash) < 0)
		return;
	known->context.policy_hash = known->hash;
	if (aw_policy_archive_get(policies->dir, known->hash, &known->policy, NULL) == 0)
		known->context.policy_name = known->policy->name;
}

static const struct known *find(struct aw_run_policies *policies, uint64_t id)
{
	struct known *known;

	for (size_t i = 0; i < AW_RUN_POLICIES_MAX; i++)
		if (policies->known[i].id == id)
			return &policies->known[i];
	known = &policies->known[policies->next++ % AW_RUN_POLICIES_MAX];
	learn(policies, known, id);
	return known;
}

const struct aw_policy *aw_run_policy(struct aw_run_policies *policies, uint64_t id,
				      const struct aw_event_context **retcontext)
{
	const struct known *known = find(policies, id);

	*retcontext = &known->context;
	return known->policy;
}
