/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images in memory, and the questions that compile.h answers from them with the kernel's own
 * decision. Writing an image is compile_image.c's.
 */
#include "policy/image.h"

#include <errno.h>
#include <string.h>

#include "abi/decide.h"

int aw_image_new(struct aw_image **ret, uint32_t n_cells)
{
	_cleanup_free_ struct aw_image *image = calloc(1, sizeof(*image));

	if (!image)
		return -ENOMEM;
	image->n_cells = n_cells;
	image->bytes = AW_IMAGE_HEADER_BYTES + (size_t)n_cells * sizeof(*image->cells);
	image->head = calloc(1, image->bytes);
	if (!image->head)
		return -ENOMEM;
	image->cells = (__u64 *)((char *)image->head + AW_IMAGE_HEADER_BYTES);
	*ret = TAKE_PTR(image);
	return 0;
}

struct aw_image *aw_image_free(struct aw_image *image)
{
	if (image)
		free(image->head);
	free(image);
	return NULL;
}

static uint32_t state_after(const struct aw_image *image, const struct aw_dfa *dfa, uint32_t state,
			    const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		state = aw_dfa_step(image->cells, image->n_cells - 1, state,
				    dfa->byte_class[bytes[i]]);
	return state;
}

static uint32_t walk(const struct aw_image *image, const struct aw_dfa *dfa, uint32_t state,
		     const uint8_t *bytes, size_t length)
{
	state = state_after(image, dfa, state, bytes, length);
	return aw_dfa_accept(image->cells, image->n_cells - 1, state);
}

uint32_t aw_image_walk_path(const struct aw_image *image, int anchor, const char *name,
			    size_t length)
{
	const struct aw_dfa *dfa = &image->head->dfa[AW_DFA_PATH];
	uint32_t start = dfa->start;

	if (anchor >= AW_ANCHORS_MAX)
		return 0;
	if (anchor >= 0)
		start = image->head->anchor_state[anchor];
	return walk(image, dfa, start, (const uint8_t *)name, length);
}

uint32_t aw_image_walk_net(const struct aw_image *image, const uint8_t address[16], uint16_t port)
{
	const struct aw_dfa *dfa = &image->head->dfa[AW_DFA_NET];
	uint8_t bytes[18];

	memcpy(bytes, address, 16);
	bytes[16] = (uint8_t)(port >> 8);
	bytes[17] = (uint8_t)port;
	return walk(image, dfa, dfa->start, bytes, sizeof(bytes));
}

static uint32_t walk_host(const struct aw_image *image, const char *host, size_t length,
			  const uint8_t *behind, size_t n_behind)
{
	const struct aw_dfa *dfa = &image->head->dfa[AW_DFA_NET];
	uint32_t state = image->head->host_state;

	if (!state)
		return 0;
	state = state_after(image, dfa, state, (const uint8_t *)host, length);
	return walk(image, dfa, state, behind, n_behind);
}

uint32_t aw_image_walk_host(const struct aw_image *image, const char *host, size_t length,
			    uint16_t port)
{
	const uint8_t behind[] = {AW_HOST_PEER, (uint8_t)(port >> 8), (uint8_t)port};

	return walk_host(image, host, length, behind, sizeof(behind));
}

uint32_t aw_image_walk_question(const struct aw_image *image, const char *host, size_t length)
{
	return walk_host(image, host, length, (const uint8_t[]){AW_HOST_ASKED}, 1);
}

enum aw_verdict aw_image_verdict(const struct aw_image *image, uint32_t vid, uint32_t row_set,
				 enum aw_op op)
{
	return aw_verdict_of(image->head, image->cells, image->n_cells - 1, vid, row_set, op);
}

bool aw_image_has_conditions(const struct aw_image *image)
{
	return image->head->condition_set[AW_CONDITION_MASKS - 1] != 0;
}

bool aw_image_is_changeable(const struct aw_image *image, uint32_t vid)
{
	return aw_verdict_row(image->head, image->cells, image->n_cells - 1, vid, 0) &
	       AW_ROW_CHANGEABLE;
}

uint32_t aw_image_row_set(const struct aw_image *image, uint16_t mask, bool is_unearned,
			  uint32_t conditions)
{
	return aw_image_subject_set(image, mask) + (is_unearned ? image->head->unearned_set : 0) +
	       image->head->condition_set[conditions & (AW_CONDITION_MASKS - 1)];
}

uint32_t aw_image_subject_mask(const struct aw_image *image, uint32_t vid)
{
	return (uint32_t)aw_name_cell(image->head, image->cells, image->n_cells - 1, vid);
}

uint32_t aw_image_block(const struct aw_image *image, uint32_t vid)
{
	return aw_name_cell(image->head, image->cells, image->n_cells - 1, vid) >> 32;
}

uint32_t aw_image_subject_set(const struct aw_image *image, uint16_t mask)
{
	uint16_t known = 0;

	for (uint32_t i = 0; i < image->head->n_subject_sets; i++)
		known |= image->head->subject_set[i];
	return aw_subject_set_of(image->head, mask & known);
}
