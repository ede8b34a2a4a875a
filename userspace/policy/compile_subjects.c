/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which classes of subjects matter, and which sets of them one process can be in: whatever an
 * executable and a script can yield together, with every combination of `under:` classes that their
 * parents allow.
 */
#include <errno.h>
#include <string.h>

#include "policy/compile_state.h"

#define MASKS (1u << AW_SUBJECTS_MAX)

uint32_t aw_compile_used_classes(const struct aw_policy *policy)
{
	uint32_t used = 0, before;

	for (size_t i = 0; i < policy->n_rules; i++)
		used |= policy->rules[i].subjects;
	do { /* who is under a class is known by that class */
		before = used;
		for (size_t i = 0; i < policy->n_subjects; i++)
			if (used >> i & 1 && policy->subjects[i].kind == AW_SUBJECT_UNDER)
				used |= 1u << policy->subjects[i].parent;
	} while (used != before);
	return used & (MASKS - 1) & ((1u << policy->n_subjects) - 1);
}

/* Distinct masks, in a bitmap and a list. */
struct masks {
	uint64_t has[MASKS / 64];
	uint16_t list[MASKS];
	size_t n;
};

static void add_mask(struct masks *masks, uint32_t mask)
{
	uint64_t bit = 1ull << (mask % 64);

	if (masks->has[mask / 64] & bit)
		return;
	masks->has[mask / 64] |= bit;
	masks->list[masks->n++] = (uint16_t)mask;
}

static bool is_possible_under(const struct aw_policy *policy, uint32_t unders, uint32_t mask)
{
	for (size_t i = 0; i < policy->n_subjects; i++) {
		uint32_t parent = mask >> i & 1 ? (uint32_t)policy->subjects[i].parent : 0;

		/* A parent that is itself `under:` holds for its descendants too. */
		if (mask >> i & 1 && unders >> parent & 1 && !(mask >> parent & 1))
			return false;
	}
	return true;
}

static int too_many(struct aw_compilation *c)
{
	const struct aw_subject *first = NULL;
	char names[256] = "";

	for (size_t i = 0; i < c->policy->n_subjects; i++) {
		const struct aw_subject *subject = &c->policy->subjects[i];
		size_t used = strlen(names);

		if (!(c->classes >> i & 1))
			continue;
		first = first ? first : subject;
		snprintf(names + used, sizeof(names) - used, "%s'%s'", used ? ", " : "",
			 subject->name);
	}
	return aw_diag_set(c->reterr, -E2BIG, first->source.file, first->source.line,
			   first->source.column,
			   "use fewer under: classes, or exe: patterns that do not overlap",
			   "a process can be in more than %d sets of subject classes "
			   "(AW_SUBJECT_SETS_MAX): %s",
			   AW_SUBJECT_SETS_MAX, names);
}

/* exe and script classes of all names that the automaton tells apart, each with each. */
static int list_direct(struct aw_compilation *c, struct masks *exe, struct masks *script,
		       struct masks *both)
{
	const struct aw_compile_side *side = &c->sides[AW_DFA_PATH];

	add_mask(exe, 0);
	add_mask(script, 0);
	for (size_t i = 0; i < side->automaton.n_states; i++) {
		uint32_t subjects = side->claims.claims[side->automaton.colour[i]].subjects;

		add_mask(exe, subjects & (MASKS - 1));
		add_mask(script, subjects >> 16);
	}
	for (size_t i = 0; i < exe->n; i++)
		for (size_t j = 0; j < script->n; j++) {
			add_mask(both, exe->list[i] | script->list[j]);
			if (both->n > AW_SUBJECT_SETS_MAX)
				return too_many(c);
		}
	return 0;
}

static int list_sets(struct aw_compilation *c, const struct masks *direct)
{
	uint32_t unders = 0, mask = 0;

	for (size_t i = 0; i < c->policy->n_subjects; i++)
		if (c->classes >> i & 1 && c->policy->subjects[i].kind == AW_SUBJECT_UNDER)
			unders |= 1u << i;
	do { /* every subset of unders, the empty one first */
		if (is_possible_under(c->policy, unders, mask)) {
			if (c->n_sets + direct->n > AW_SUBJECT_SETS_MAX)
				return too_many(c);
			for (size_t i = 0; i < direct->n; i++)
				c->sets[c->n_sets++] = direct->list[i] | (uint16_t)mask;
		}
		mask = (mask - unders) & unders;
	} while (mask != 0);
	return 0;
}

static int compare_masks(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

int aw_compile_subject_sets(struct aw_compilation *c)
{
	_cleanup_free_ struct masks *masks = calloc(3, sizeof(*masks));
	int r;

	if (!masks)
		return -ENOMEM;
	r = list_direct(c, &masks[0], &masks[1], &masks[2]);
	if (r == 0)
		r = list_sets(c, &masks[2]);
	if (r == 0)
		qsort(c->sets, c->n_sets, sizeof(*c->sets), compare_masks);
	return r;
}
