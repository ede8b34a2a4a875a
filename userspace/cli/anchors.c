/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs and defaults to folders with their links followed. */
#include "cli/anchors.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/check.h"

void aw_anchor_set_done(struct aw_anchor_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		free(set->items[i].name);
		free(set->items[i].path);
	}
	*set = (struct aw_anchor_set){};
}

/* The DIR of NAME=DIR, or NULL. */
static const char *find_pair(const struct aw_option_list *pairs, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < pairs->n; i++)
		if (strncmp(pairs->items[i], name, length) == 0 && pairs->items[i][length] == '=')
			return pairs->items[i] + length + 1;
	return NULL;
}

static int add(struct aw_anchor_set *set, const char *name, size_t name_length, const char *folder)
{
	char *path = realpath(folder, NULL);

	if (!path && errno == ENOMEM)
		return -ENOMEM;
	/* What does not exist is for the one who checks the bindings to say. */
	set->items[set->n].path = path ?: strdup(folder);
	set->items[set->n].name = strndup(name, name_length);
	set->n++;
	return set->items[set->n - 1].path && set->items[set->n - 1].name ? 0 : -ENOMEM;
}

static const char *default_folder(const char *name, const char *workspace, const char *home)
{
	if (strcmp(name, AW_ANCHOR_WORKSPACE) == 0)
		return workspace;
	return strcmp(name, AW_ANCHOR_HOME) == 0 ? home : NULL;
}

static bool is_declared(const struct aw_policy *policy, const char *pair)
{
	for (size_t i = 0; i < policy->n_anchors; i++) {
		size_t length = strlen(policy->anchors[i].name);

		if (strncmp(pair, policy->anchors[i].name, length) == 0 && pair[length] == '=')
			return true;
	}
	return false;
}

int aw_anchor_set_for_policy(struct aw_anchor_set *ret, const struct aw_policy *policy,
			     const struct aw_option_list *pairs, const char *home,
			     struct aw_diag *reterr)
{
	_cleanup_anchors_ struct aw_anchor_set set = {};
	struct aw_anchor_binding bindings[AW_ANCHORS_MAX];
	_cleanup_free_ char *workspace = getcwd(NULL, 0);
	int r;

	for (size_t i = 0; i < pairs->n; i++)
		if (!is_declared(policy, pairs->items[i]))
			return aw_diag_set(reterr, -EINVAL, NULL, 0, 0,
					   "anchors are declared under `anchors:` in the policy",
					   "--anchor %s: policy %s declares no such anchor",
					   pairs->items[i], policy->name);
	for (size_t i = 0; i < policy->n_anchors; i++) {
		const char *name = policy->anchors[i].name;
		const char *folder =
			find_pair(pairs, name) ?: default_folder(name, workspace, home);

		r = add(&set, name, strlen(name), folder ?: "");
		if (r < 0)
			return r;
		bindings[i].name = set.items[i].name;
		bindings[i].folder = set.items[i].path;
	}
	r = aw_policy_check_anchors(policy, bindings, set.n, reterr);
	if (r < 0)
		return r;
	*ret = set;
	set = (struct aw_anchor_set){};
	return 0;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_taken(const struct aw_anchor_set *set, const char *path)
{
	_cleanup_free_ char *real = realpath(path, NULL);

	for (size_t i = 0; real && i < set->n; i++)
		if (strcmp(set->items[i].path, real) == 0)
			return true;
	return !real || strcmp(real, "/") == 0;
}

static bool is_name(const char *name, size_t length)
{
	if (length == 0 || length > AW_ID_MAX || isdigit((unsigned char)name[0]))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isupper((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) &&
		    name[i] != '_')
			return false;
	return true;
}

static int add_pair(struct aw_anchor_set *set, const char *pair, struct aw_diag *reterr)
{
	size_t length = strcspn(pair, "=");
	const char *folder = pair + length + 1;

	if (!is_name(pair, length))
		return aw_diag_set(reterr, -EINVAL, NULL, 0, 0,
				   "capital letters, digits and '_', no digit first",
				   "--anchor %s: not a name of an anchor", pair);
	for (size_t i = 0; i < set->n; i++)
		if (strlen(set->items[i].name) == length &&
		    strncmp(set->items[i].name, pair, length) == 0)
			return aw_diag_set(reterr, -EINVAL, NULL, 0, 0, NULL,
					   "--anchor %s: given twice", pair);
	if (!is_folder(folder))
		return aw_diag_set(reterr, -EINVAL, NULL, 0, 0, "anchors are folders that exist",
				   "--anchor %s: not a folder", pair);
	if (is_taken(set, folder))
		return aw_diag_set(reterr, -EINVAL, NULL, 0, 0, NULL,
				   "--anchor %s: the folder is / or another anchor's", pair);
	if (set->n == AW_ANCHORS_MAX)
		return aw_diag_set(reterr, -E2BIG, NULL, 0, 0, NULL,
				   "there are more than %d anchors", AW_ANCHORS_MAX);
	return add(set, pair, length, folder);
}

int aw_anchor_set_for_learning(struct aw_anchor_set *ret, const struct aw_option_list *pairs,
			       const char *home, struct aw_diag *reterr)
{
	static const char *const names[] = {AW_ANCHOR_WORKSPACE, AW_ANCHOR_HOME};
	_cleanup_anchors_ struct aw_anchor_set set = {};
	_cleanup_free_ char *workspace = getcwd(NULL, 0);
	int r = 0;

	for (size_t i = 0; i < pairs->n && r == 0; i++)
		r = add_pair(&set, pairs->items[i], reterr);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && r == 0; i++) {
		const char *folder = default_folder(names[i], workspace, home);

		if (find_pair(pairs, names[i]) || !folder || set.n == AW_ANCHORS_MAX ||
		    !is_folder(folder) || is_taken(&set, folder))
			continue;
		r = add(&set, names[i], strlen(names[i]), folder);
	}
	if (r < 0)
		return r;
	*ret = set;
	set = (struct aw_anchor_set){};
	return 0;
}
