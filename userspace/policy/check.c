/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the folders that anchors are bound to, first one by one, then against each other and
 * against the rules that restrict. Binding itself, by device and inode, is agent/anchors.
 */
#include "policy/check.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/match.h"

/* Real paths of the folders, by the anchor's number in the policy. */
struct folders {
	char *paths[AW_ANCHORS_MAX];
};

static void free_folders(struct folders *folders)
{
	for (size_t i = 0; i < AW_ANCHORS_MAX; i++)
		free(folders->paths[i]);
}

#define fail_at(reterr, source, hint, ...)                                                   \
	aw_diag_set(reterr, -EINVAL, (source)->file, (source)->line, (source)->column, hint, \
		    __VA_ARGS__)

static int find_binding(const struct aw_anchor_decl *anchor,
			const struct aw_anchor_binding *bindings, size_t n, const char **ret,
			struct aw_diag *reterr)
{
	const char *folder = NULL;
	char hint[AW_ID_MAX + 64];

	for (size_t i = 0; i < n; i++) {
		if (strcmp(bindings[i].name, anchor->name) != 0)
			continue;
		if (folder)
			return fail_at(reterr, &anchor->source, "bind it once",
				       "anchor %s is bound twice, to %.100s and to %.100s",
				       anchor->name, folder, bindings[i].folder);
		folder = bindings[i].folder;
	}
	snprintf(hint, sizeof(hint), "name its folder: --anchor %s=DIR", anchor->name);
	if (!folder || !*folder)
		return fail_at(reterr, &anchor->source, hint, "anchor %s is bound to nothing",
			       anchor->name);
	*ret = folder;
	return 0;
}

static int resolve(const struct aw_anchor_decl *anchor, const char *folder, char **ret,
		   struct aw_diag *reterr)
{
	_cleanup_free_ char *path = NULL;
	struct stat status;

	if (*folder != '/')
		return fail_at(reterr, &anchor->source, "write the path from / on",
			       "anchor %s is bound to %.200s, a relative path", anchor->name,
			       folder);
	path = realpath(folder, NULL);
	if (!path || stat(path, &status) < 0)
		return fail_at(reterr, &anchor->source, "create the folder first",
			       "anchor %s is bound to %.200s: %s", anchor->name, folder,
			       strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return fail_at(reterr, &anchor->source, "anchors are folders",
			       "anchor %s is bound to %.200s, which is not a folder", anchor->name,
			       folder);
	if (strcmp(path, "/") == 0)
		return fail_at(reterr, &anchor->source, "bind it to a folder below /",
			       "anchor %s is bound to /, where it would hide every absolute rule",
			       anchor->name);
	*ret = TAKE_PTR(path);
	return 0;
}

/* By device and inode: a bind mount gives one folder two paths. */
static int check_distinct(const struct aw_policy *policy, const struct folders *folders,
			  struct aw_diag *reterr)
{
	struct stat status[AW_ANCHORS_MAX];

	for (size_t i = 0; i < policy->n_anchors; i++) {
		const struct aw_anchor_decl *anchor = &policy->anchors[i];

		if (stat(folders->paths[i], &status[i]) < 0)
			return fail_at(reterr, &anchor->source, NULL, "anchor %s: %.200s: %s",
				       anchor->name, folders->paths[i], strerror(errno));
		for (size_t j = 0; j < i; j++)
			if (status[i].st_ino == status[j].st_ino &&
			    status[i].st_dev == status[j].st_dev)
				return fail_at(reterr, &anchor->source,
					       "bind them to two folders, or use one anchor",
					       "anchors %s and %s are bound to the same folder, "
					       "%.200s",
					       policy->anchors[j].name, anchor->name,
					       folders->paths[i]);
	}
	return 0;
}

/* What of the folder comes below another, "" or "/rest"; NULL where it is not below. */
static const char *below(const char *folder, const char *other)
{
	size_t length = strlen(other);

	if (strncmp(folder, other, length) != 0 || (folder[length] && folder[length] != '/'))
		return NULL;
	return folder + length;
}

/* The anchor where this pattern would silently not apply; −1 where there is none. */
static int hidden_by(const struct aw_policy *policy, const struct folders *folders,
		     const struct aw_pattern *pattern)
{
	for (size_t i = 0; i < policy->n_anchors; i++) {
		const char *folder = folders->paths[i];

		if ((int)i == pattern->anchor)
			continue;
		if (pattern->anchor >= 0)
			folder = below(folder, folders->paths[pattern->anchor]);
		if (folder && aw_match_covers(pattern, folder))
			return (int)i;
	}
	return -1;
}

static int check_patterns(const struct aw_policy *policy, const struct folders *folders,
			  const struct aw_pattern *patterns, size_t n, const char *what,
			  const char *name, struct aw_diag *reterr)
{
	char hint[AW_ID_MAX + 96];

	for (size_t i = 0; i < n; i++) {
		int anchor = hidden_by(policy, folders, &patterns[i]);

		if (anchor < 0)
			continue;
		snprintf(hint, sizeof(hint),
			 "say it for the anchor instead: ${%s}/…, or start the glob with **/",
			 policy->anchors[anchor].name);
		return fail_at(reterr, &patterns[i].source, hint,
			       "%s %s: \"%.150s\" would not apply inside anchor %s, bound to "
			       "%.150s",
			       what, name, patterns[i].text, policy->anchors[anchor].name,
			       folders->paths[anchor]);
	}
	return 0;
}

/* Who is under a class is found by that class. */
static uint32_t with_parents(const struct aw_policy *policy, uint32_t classes)
{
	for (size_t steps = 0; steps < policy->n_subjects; steps++)
		for (size_t i = 0; i < policy->n_subjects; i++)
			if (classes >> i & 1 && policy->subjects[i].parent >= 0)
				classes |= 1u << policy->subjects[i].parent;
	return classes;
}

static bool restricts(const struct aw_rule *rule)
{
	return rule->action != AW_ACTION_ALLOW && !rule->lifts;
}

int aw_policy_check_anchors(const struct aw_policy *policy,
			    const struct aw_anchor_binding *bindings, size_t n_bindings,
			    struct aw_diag *reterr)
{
	_cleanup_(free_folders) struct folders folders = {0};
	uint32_t restricted = 0;
	int err = 0;

	for (size_t i = 0; i < policy->n_anchors && !err; i++) {
		const char *folder = NULL;

		err = find_binding(&policy->anchors[i], bindings, n_bindings, &folder, reterr);
		if (!err)
			err = resolve(&policy->anchors[i], folder, &folders.paths[i], reterr);
	}
	if (!err)
		err = check_distinct(policy, &folders, reterr);
	for (size_t i = 0; i < policy->n_rules && !err; i++) {
		const struct aw_rule *rule = &policy->rules[i];

		if (!restricts(rule))
			continue;
		restricted |= rule->subjects;
		err = check_patterns(policy, &folders, rule->paths, rule->n_paths, "rule", rule->id,
				     reterr);
	}
	restricted = with_parents(policy, restricted);
	/* A class that its program escapes by standing below an anchor restricts nobody. */
	for (size_t i = 0; i < policy->n_subjects && !err; i++)
		if (restricted >> i & 1)
			err = check_patterns(policy, &folders, policy->subjects[i].patterns,
					     policy->subjects[i].n_patterns, "class",
					     policy->subjects[i].name, reterr);
	return err;
}
