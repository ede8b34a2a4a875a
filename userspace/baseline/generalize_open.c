/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Openness: a folder whose names differ from run to run. Evidence for it is the share of names that
 * were seen in one run only, never their number.
 */
#include <stdlib.h>
#include <string.h>

#include "baseline/generalize_group.h"

/* Folders that belong to nobody's job: what is new in them is worth a look each time. */
static const char *const closed[] = {
	"",
	"/bin",
	"/boot",
	"/dev",
	"/dev/pts",
	"/etc",
	"/home",
	"/lib",
	"/lib64",
	"/media",
	"/mnt",
	"/nix/store",
	"/opt",
	"/proc",
	"/proc/self",
	"/proc/sys",
	"/root",
	"/run",
	"/run/systemd",
	"/run/user",
	"/sbin",
	"/srv",
	"/sys",
	"/usr",
	"/usr/bin",
	"/usr/lib",
	"/usr/local",
	"/usr/sbin",
	"/var",
	"/var/lib",
	"${HOME}",
	"${HOME}/.config",
	"${HOME}/.local",
	"${HOME}/.local/share",
	"nested:",
	"nested:/etc",
};

static bool is_closed(const struct aw_walk *walk)
{
	if (walk->root->is_special)
		return true;
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		if (strlen(closed[i]) == walk->pattern.length &&
		    !memcmp(closed[i], walk->pattern.data, walk->pattern.length))
			return true;
	return false;
}

static bool is_separator(char c)
{
	return c == '-' || c == '_' || c == '.' || c == '=' || c == '+' || c == '@';
}

/* What all the names begin with, up to a separator, and their common extension. */
static void common_ends(struct aw_child *const *members, size_t n, size_t *retprefix,
			size_t *retsuffix)
{
	const struct aw_child *first = members[0];
	size_t prefix = first->length, suffix = first->length;

	for (size_t i = 1; i < n; i++) {
		const struct aw_child *m = members[i];
		size_t p = 0, s = 0;

		while (p < prefix && p < m->length && m->name[p] == first->name[p])
			p++;
		while (s < suffix && s < m->length &&
		       m->name[m->length - 1 - s] == first->name[first->length - 1 - s])
			s++;
		prefix = p;
		suffix = s;
	}
	while (prefix > 0 && !is_separator(first->name[prefix - 1]))
		prefix--;
	while (suffix > 0 && first->name[first->length - suffix] != '.')
		suffix--;
	/* `*` stands for at least the shortest of the names' middles. */
	for (size_t i = 0; i < n; i++)
		if (members[i]->length < prefix + suffix)
			suffix = 0;
	*retprefix = prefix;
	*retsuffix = suffix;
}

static int add_open(struct aw_walk *walk, struct aw_folder *folder, struct aw_child *const *members,
		    size_t n)
{
	_cleanup_buffer_ struct aw_buffer pattern = {0};
	struct aw_group like = {.is_glob = true, .class = AW_LEARNED_OPEN};
	const struct aw_child *first = members[0];
	size_t prefix = 0, suffix = 0;
	bool is_added = false;

	common_ends(members, n, &prefix, &suffix);
	aw_segment_escape(&pattern, first->name, prefix);
	aw_buffer_append_char(&pattern, '*');
	aw_segment_escape(&pattern, first->name + first->length - suffix, suffix);
	like.pattern = aw_buffer_take_string(&pattern);
	if (!like.pattern)
		return pattern.error;
	{
		const int r = aw_folder_add(walk, folder, members, n, &like, &is_added);

		free(like.pattern);
		return r;
	}
}

static bool is_like(const struct aw_child *a, const struct aw_child *b)
{
	return !b->is_taken && !b->is_excepted && a->ops == b->ops && a->is_folder == b->is_folder;
}

/* The children that are used like one of them, and whether they differ from run to run. */
static int open_like(struct aw_walk *walk, struct aw_folder *folder, const struct aw_child *child)
{
	const struct aw_run_sets *sets = walk->evidence->sets;
	AW_VEC(struct aw_child *) members = {0};
	uint64_t n_once = 0, n_all = 0;
	int r = 0;

	aw_vec_for_each (other, &folder->children) {
		if (r < 0 || !is_like(child, other))
			continue;
		r = aw_vec_push(&members, other);
		n_once += aw_run_sets_size(sets, other->set) == 1;
		n_all += aw_run_sets_size(sets, other->set);
	}
	if (r == 0 && members.n >= AW_OPEN_NAMES_MIN &&
	    aw_statistics_openness(n_once, n_all) > AW_OPENNESS_MIN)
		r = add_open(walk, folder, members.items, members.n);
	aw_vec_done(&members);
	return r;
}

int aw_folder_open(struct aw_walk *walk, struct aw_folder *folder)
{
	const uint32_t by_name = 1u << AW_OP_EXEC | 1u << AW_OP_MAP | 1u << AW_OP_UNIX;

	if (walk->evidence->n_complete < AW_OPEN_RUNS_MIN || is_closed(walk))
		return 0;
	for (size_t i = 0; i < folder->children.n; i++) {
		const struct aw_child *child = &folder->children.items[i];
		bool is_first = true;
		int r;

		if (child->is_taken || child->is_excepted ||
		    (!walk->root->is_workspace && (child->ops & by_name)))
			continue;
		for (size_t k = 0; k < i && is_first; k++)
			is_first = !is_like(child, &folder->children.items[k]);
		if (!is_first)
			continue;
		r = open_like(walk, folder, child);
		if (r < 0)
			return r;
	}
	return 0;
}
