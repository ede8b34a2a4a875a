/* SPDX-License-Identifier: Apache-2.0 */
/* New numbers for anchors, wherever a policy has one. */
#include "policy/align.h"

#include <errno.h>
#include <string.h>

#include "base/buffer.h"

static int find(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

static int unbound(const struct aw_anchor_decl *anchor, const char *const *names, size_t n,
		   struct aw_diag *reterr)
{
	_cleanup_buffer_ struct aw_buffer hint = {};

	aw_buffer_append_string(&hint, n ? "the agent has" : "the agent has none");
	for (size_t i = 0; i < n; i++)
		aw_buffer_append_format(&hint, "%s %s", i ? "," : "", names[i]);
	aw_buffer_append_string(&hint, "; anchors are bound when an agent is started");
	return aw_diag_set(reterr, -EINVAL, anchor->source.file, anchor->source.line,
			   anchor->source.column, aw_buffer_string(&hint),
			   "the agent has no anchor %s", anchor->name);
}

static void renumber(struct aw_pattern *patterns, size_t n, const int *to)
{
	for (size_t i = 0; i < n; i++)
		if (patterns[i].anchor >= 0)
			patterns[i].anchor = to[patterns[i].anchor];
}

static int copy_names(const char *const *names, size_t n, char **ret)
{
	for (size_t i = 0; i < n; i++) {
		ret[i] = strdup(names[i]);
		if (ret[i])
			continue;
		while (i-- > 0)
			free(ret[i]);
		return -ENOMEM;
	}
	return 0;
}

static void replace_anchors(struct aw_policy *policy, char *const *names, size_t n, const int *to)
{
	struct aw_anchor_decl anchors[AW_ANCHORS_MAX] = {};

	for (size_t i = 0; i < n; i++)
		anchors[i].name = names[i];
	for (size_t i = 0; i < policy->n_anchors; i++) {
		anchors[to[i]].source = policy->anchors[i].source;
		free(policy->anchors[i].name);
	}
	memcpy(policy->anchors, anchors, sizeof(anchors));
	policy->n_anchors = n;
}

int aw_policy_align_anchors(struct aw_policy *policy, const char *const *names, size_t n,
			    struct aw_diag *reterr)
{
	char *copies[AW_ANCHORS_MAX];
	int to[AW_ANCHORS_MAX], r;

	if (n > AW_ANCHORS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < policy->n_anchors; i++) {
		to[i] = find(names, n, policy->anchors[i].name);
		if (to[i] < 0)
			return unbound(&policy->anchors[i], names, n, reterr);
	}
	r = copy_names(names, n, copies);
	if (r < 0)
		return r;
	for (size_t i = 0; i < policy->n_rules; i++)
		renumber(policy->rules[i].paths, policy->rules[i].n_paths, to);
	for (size_t i = 0; i < policy->n_subjects; i++)
		renumber(policy->subjects[i].patterns, policy->subjects[i].n_patterns, to);
	replace_anchors(policy, copies, n, to);
	return 0;
}
