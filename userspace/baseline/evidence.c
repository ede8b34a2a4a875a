/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a baseline into memory. Acts that complete runs did become facts in the tree of names or
 * endpoints; what cannot teach anything is counted.
 */
#include "baseline/evidence.h"

#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "baseline/evidence_parts.h"
#include "baseline/runset.h"

/* Where a run stands among the complete ones: a row of the table that sets are translated by. */
struct run_index {
	int64_t id;
	uint32_t index;
};

struct loader {
	struct aw_evidence *evidence;
	struct run_index *by_id; /* complete runs, in order of their ids */
	uint64_t *bits;		 /* scratch: one set */
};

static int compare_ids(const void *a, const void *b)
{
	const struct run_index *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int read_runs(struct aw_evidence *e, struct aw_baseline_store *store, struct run_index **ret)
{
	_cleanup_free_ struct run_index *by_id = NULL;
	int r = aw_baseline_runs_read(store, e->baseline, &e->runs);

	if (r < 0)
		return r;
	by_id = calloc(e->runs.n_items + 1, sizeof(*by_id));
	e->complete = calloc(e->runs.n_items + 1, sizeof(*e->complete));
	if (!by_id || !e->complete)
		return -ENOMEM;
	for (size_t i = 0; i < e->runs.n_items; i++) {
		if (e->runs.items[i].state != AW_RUN_COMPLETE)
			continue;
		by_id[e->n_complete] =
			(struct run_index){e->runs.items[i].id, (uint32_t)e->n_complete};
		e->complete[e->n_complete++] = (uint32_t)i;
	}
	qsort(by_id, e->n_complete, sizeof(*by_id), compare_ids);
	*ret = TAKE_PTR(by_id);
	return aw_run_sets_new(&e->sets, e->n_complete);
}

/* Index of the first complete run whose id is not below `id`. */
static size_t lower_bound(const struct loader *l, uint64_t id)
{
	size_t low = 0, high = l->evidence->n_complete;

	while (low < high) {
		const size_t middle = (low + high) / 2;

		if ((uint64_t)l->by_id[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A set of the store as a set of complete runs. */
static int translate(struct loader *l, const void *runs, size_t length, uint32_t *ret)
{
	struct aw_runset_cursor cursor = {.bytes = runs, .length = length};
	const size_t n = l->evidence->n_complete;
	uint64_t first, last;
	int r;

	memset(l->bits, 0, aw_run_sets_words(l->evidence->sets) * sizeof(*l->bits));
	while ((r = aw_runset_next(&cursor, &first, &last)) > 0)
		for (size_t i = lower_bound(l, first); i < n && (uint64_t)l->by_id[i].id <= last;
		     i++)
			l->bits[l->by_id[i].index / 64] |= 1ull << (l->by_id[i].index % 64);
	if (r < 0)
		return r;
	return aw_run_sets_intern(l->evidence->sets, l->bits, ret);
}

int aw_evidence_add_subject(struct aw_evidence *e, struct aw_bytes exe, uint32_t *ret)
{
	void *known = aw_map_get(e->subjects_by_name, exe.data, exe.length);
	_cleanup_free_ char *copy = NULL;
	int r;

	if (known) {
		*ret = (uint32_t)(uintptr_t)known - 1;
		return 0;
	}
	copy = calloc(1, exe.length + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, exe.data, exe.length);
	r = aw_vec_push(&e->subjects, copy);
	if (r < 0)
		return r;
	*ret = (uint32_t)e->subjects.n - 1;
	return aw_map_put(e->subjects_by_name, TAKE_PTR(copy), exe.length,
			  (void *)(uintptr_t)e->subjects.n);
}

void aw_evidence_note_subject(const struct aw_evidence *e, uint32_t subjects[AW_FACT_SUBJECTS],
			      uint32_t subject)
{
	for (int i = 0; i < AW_FACT_SUBJECTS && subject != AW_FACT_NO_SUBJECT; i++) {
		const uint32_t known = subjects[i];

		if (known == subject)
			return;
		if (known == AW_FACT_NO_SUBJECT ||
		    strcmp(e->subjects.items[subject], e->subjects.items[known]) < 0) {
			subjects[i] = subject;
			subject = known;
		}
	}
}

static int add_act(void *data, const struct aw_observation *act, const void *runs,
		   size_t runs_length)
{
	struct loader *l = data;
	uint32_t set = 0;
	int r = translate(l, runs, runs_length, &set);

	if (r < 0)
		return r;
	if (set == AW_RUN_SET_EMPTY) {
		l->evidence->n_partial_only++;
		return 0;
	}
	if (act->effect == AW_EFFECT_DENIED) {
		l->evidence->n_denied++;
		return 0;
	}
	return act->kind == AW_OBJECT_ADDRESS || act->kind == AW_OBJECT_HOST
		       ? aw_evidence_add_endpoint(l->evidence, act, set)
		       : aw_evidence_add_name(l->evidence, act, set);
}

static int init(struct aw_evidence *e, const char *name)
{
	int r = aw_name_tree_init(&e->tree);

	if (r == 0)
		r = aw_map_new(&e->subjects_by_name);
	if (r == 0)
		r = aw_map_new(&e->endpoints_by_key);
	if (r == 0)
		r = aw_name_tree_add_root(&e->tree, "", &e->absolute);
	if (r == 0)
		r = aw_name_tree_add_root(&e->tree, "nested:", &e->nested);
	if (r == 0)
		r = aw_name_tree_add_root(&e->tree, "", &e->special);
	if (r == 0)
		r = aw_name_tree_add_root(&e->tree, "", &e->guards);
	e->baseline = strdup(name);
	return r == 0 && !e->baseline ? -ENOMEM : r;
}

static int no_such_baseline(struct aw_baseline_store *store, const char *name,
			    struct aw_diag *reterr)
{
	_cleanup_buffer_ struct aw_buffer hint = {0};
	struct aw_baseline_list list = {0};

	if (aw_baseline_list_read(store, &list) == 0) {
		for (size_t i = 0; i < list.n_items; i++)
			aw_buffer_append_format(&hint, "%s%s",
						i ? ", " : "there are: ", list.items[i].name);
		aw_baseline_list_clear(&list);
	}
	return aw_diag_set(reterr, -ENOENT, aw_baseline_path(store), 0, 0,
			   hint.length > 0 ? aw_buffer_string(&hint)
					   : "there are none yet: `agentwatch learn` makes one",
			   "there is no baseline \"%s\"", name);
}

int aw_evidence_read(struct aw_evidence **ret, struct aw_baseline_store *store, const char *name,
		     struct aw_diag *reterr)
{
	_cleanup_(aw_evidence_freep) struct aw_evidence *e = calloc(1, sizeof(*e));
	_cleanup_free_ struct run_index *by_id = NULL;
	_cleanup_free_ uint64_t *bits = NULL;
	int r;

	if (!e)
		return -ENOMEM;
	r = init(e, name);
	if (r == 0)
		r = read_runs(e, store, &by_id);
	if (r == -ENOENT)
		return no_such_baseline(store, name, reterr);
	if (r == 0) {
		bits = calloc(aw_run_sets_words(e->sets), sizeof(*bits));
		r = bits ? 0 : -ENOMEM;
	}
	if (r == 0) {
		struct loader loader = {e, by_id, bits};

		r = aw_baseline_acts_read(store, name, add_act, &loader);
	}
	if (r < 0)
		return aw_diag_set(reterr, r, aw_baseline_path(store), 0, 0, NULL,
				   "baseline %s cannot be read: %s", name, strerror(-r));
	*ret = TAKE_PTR(e);
	return 0;
}

struct aw_evidence *aw_evidence_free(struct aw_evidence *e)
{
	if (!e)
		return NULL;
	aw_run_list_clear(&e->runs);
	aw_run_sets_free(e->sets);
	aw_name_tree_done(&e->tree);
	for (size_t i = 0; i < e->n_anchors; i++)
		free(e->anchors[i].name);
	aw_map_free(e->subjects_by_name);
	aw_vec_for_each (subject, &e->subjects)
		free(*subject);
	aw_vec_done(&e->subjects);
	aw_evidence_free_endpoints(e);
	free(e->complete);
	free(e->baseline);
	free(e);
	return NULL;
}

const struct aw_evidence_anchor *aw_evidence_anchor(const struct aw_evidence *evidence,
						    const char *name)
{
	for (size_t i = 0; i < evidence->n_anchors; i++)
		if (!strcmp(evidence->anchors[i].name, name))
			return &evidence->anchors[i];
	return NULL;
}
