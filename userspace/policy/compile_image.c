/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lays the verdict rows, the subject masks and the two combs out in the smallest image that holds
 * them, and signs it with its hash.
 */
#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "policy/comb.h"
#include "policy/compile_state.h"
#include "policy/guard.h"
#include "policy/image.h"

static const uint32_t size_cells[] = {
	[AW_IMAGE_SMALL] = AW_IMAGE_CELLS_SMALL,
	[AW_IMAGE_MEDIUM] = AW_IMAGE_CELLS_MEDIUM,
	[AW_IMAGE_LARGE] = AW_IMAGE_CELLS_LARGE,
};
static_assert(sizeof(size_cells) / sizeof(*size_cells) == AW_IMAGE_SIZES, "each size has a row");

/* Budgets: which hold for each verdict id, then what each is. */
static int lay_out_limits(struct aw_compilation *c, struct aw_comb *comb,
			  struct aw_image_header *head)
{
	size_t n_cells = c->limits.n * AW_LIMIT_CELLS, n;
	int r = 0;

	head->limits.n = (uint32_t)c->limits.n;
	for (size_t i = 0; i < c->limits.n; i++)
		head->limits.through |= c->limits.limits[i].flags & AW_LIMIT_COUNTS_THROUGH;
	if (n_cells == 0)
		return 0;
	r = aw_comb_reserve(comb, n_cells, &head->limits.cells);
	if (r == 0)
		r = aw_comb_reserve(comb, c->rows.n, &head->limits.base);
	if (r < 0)
		return r;
	memcpy(&comb->cells[head->limits.cells], c->limits.limits, n_cells * sizeof(__u64));
	for (uint32_t vid = 0; vid < c->rows.n; vid++) {
		const uint32_t *words = aw_intern_get(&c->rows, vid, &n);

		words += n - 1 - AW_NAME_WORDS;
		comb->cells[head->limits.base + vid] = aw_limits_cell(aw_pair(words[1], words[0]));
	}
	return 0;
}

/* Everything but the cells' copy; rows and masks first, where no state can reach them. */
static int lay_out(struct aw_compilation *c, struct aw_comb *comb, struct aw_image_header *head)
{
	uint32_t start[AW_DFAS][AW_AUTOMATON_STARTS], n_verdicts = (uint32_t)c->rows.n;
	size_t n_sets = aw_compile_row_sets(c), n;
	int r = aw_comb_reserve(comb, n_verdicts * n_sets, &head->verdict_base);

	if (r == 0)
		r = aw_comb_reserve(comb, n_verdicts, &head->subject_base);
	for (uint32_t vid = 0; r == 0 && vid < n_verdicts; vid++) {
		const uint32_t *words = aw_intern_get(&c->rows, vid, &n);

		for (size_t set = 0; set < n_sets; set++)
			comb->cells[head->verdict_base + vid * n_sets + set] =
				aw_pair(words[2 * set + 1], words[2 * set]);
		comb->cells[head->subject_base + vid] = aw_pair(words[n - 1], words[n - 2]);
	}
	if (r == 0)
		r = lay_out_limits(c, comb, head);
	for (int kind = 0; r == 0 && kind < AW_DFAS; kind++)
		r = aw_comb_pack(comb, &c->sides[kind].automaton, &head->dfa[kind], start[kind]);
	if (r < 0)
		return r;
	memcpy(head->anchor_state, &start[AW_DFA_PATH][1], sizeof(head->anchor_state));
	if (c->sides[AW_DFA_NET].host_root != AW_NO_ID)
		head->host_state = start[AW_DFA_NET][1];
	head->n_verdicts = n_verdicts;
	return 0;
}

/* Which of the subsets of `used`, in the order of compile_verdicts.c, the mask is. */
static uint32_t condition_column(uint32_t used, uint32_t mask)
{
	uint32_t column = 0;

	for (unsigned i = 0, place = 0; i < AW_CONDITIONS; i++)
		if (used >> i & 1)
			column |= (mask >> i & 1) << place++;
	return column;
}

static void describe_subjects(const struct aw_compilation *c, struct aw_image_header *head)
{
	head->n_anchors = (uint32_t)c->policy->n_anchors;
	head->n_subject_sets = (uint32_t)c->n_sets;
	head->n_row_sets = (uint32_t)aw_compile_row_sets(c);
	head->unearned_set = c->widening ? head->n_subject_sets : 0;
	head->widening = (uint16_t)c->widening;
	for (uint32_t mask = 0; mask < AW_CONDITION_MASKS; mask++)
		head->condition_set[mask] = condition_column(c->conditions, mask) *
					    (head->n_subject_sets + head->unearned_set);
	memcpy(head->subject_set, c->sets, c->n_sets * sizeof(*c->sets));
	for (size_t i = 0; i < AW_SUBJECTS_MAX; i++) {
		const struct aw_subject *subject = &c->policy->subjects[i];

		head->under_parent[i] = AW_ANCHOR_NONE;
		if (c->classes >> i & 1 && subject->kind == AW_SUBJECT_UNDER)
			head->under_parent[i] = (uint8_t)subject->parent;
	}
}

static int hash_image(struct aw_image *image)
{
	unsigned char hash[EVP_MAX_MD_SIZE];

	if (!EVP_Digest(image->head, image->bytes, hash, NULL, EVP_sha256(), NULL))
		return -ENOMEM;
	memcpy(image->head->hash, hash, sizeof(image->head->hash));
	return 0;
}

/* Copies head and comb into an image of the size class that fits. */
static int make_image(const struct aw_comb *comb, const struct aw_image_header *head,
		      struct aw_image **ret)
{
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	enum aw_image_size size = AW_IMAGE_SMALL;
	int r;

	while (size < AW_IMAGE_SIZES && size_cells[size] < comb->n_cells)
		size++;
	if (size == AW_IMAGE_SIZES)
		return -E2BIG;
	r = aw_image_new(&image, size_cells[size]);
	if (r < 0)
		return r;
	*image->head = *head;
	image->head->magic = AW_IMAGE_MAGIC;
	image->head->version = AW_IMAGE_VERSION;
	image->head->size_class = size;
	image->head->n_cells = image->n_cells;
	for (size_t i = 0; i < image->n_cells; i++)
		image->cells[i] = i < comb->n_reserved ? comb->cells[i] : AW_COMB_UNUSED;
	for (unsigned int act = 0; act < AW_GUARDS_MAX; act++) {
		const char *name = aw_guard_name(act);

		if (name)
			image->head->guard_vid[act] =
				(uint16_t)aw_image_walk_path(image, -1, name, strlen(name));
	}
	r = hash_image(image);
	if (r == 0)
		*ret = TAKE_PTR(image);
	return r;
}

/* Who is to blame for an image that is too large: the rules of the larger automaton. */
static int too_large(struct aw_compilation *c)
{
	static const char limit[] = "2097152 cells (AW_IMAGE_CELLS_LARGE)";
	const struct aw_compile_side *path = &c->sides[AW_DFA_PATH], *net = &c->sides[AW_DFA_NET];

	if (net->automaton.n_states > path->automaton.n_states)
		return aw_compile_blame(c, AW_DFA_NET, limit,
					"write wider ranges, and *.DOMAIN instead of its hosts");
	return aw_compile_blame(c, AW_DFA_PATH, limit,
				"name folders with `/**` instead of single files, and "
				"write fewer patterns with a second `**`");
}

int aw_compile_image(struct aw_compilation *c, struct aw_image **ret)
{
	struct aw_image_header head = {};
	struct aw_comb comb;
	int r = aw_comb_init(&comb, AW_IMAGE_CELLS_LARGE);

	describe_subjects(c, &head);
	if (r == 0)
		r = lay_out(c, &comb, &head);
	if (r == 0)
		r = make_image(&comb, &head, ret);
	aw_comb_clear(&comb);
	return r == -E2BIG ? too_large(c) : r;
}
