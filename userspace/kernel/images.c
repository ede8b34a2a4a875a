/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A swap is whole: an inner map is made and filled, one slot of the outer map is set to it, and
 * then a control word names that slot. The slot that it named before is emptied only after every
 * program that may have read the old word has ended: it would find nothing there, and deny.
 */
#include "kernel/images.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "kernel/host_private.h"
#include "kernel/quiesce.h"

#define AW_IMAGE_SLOTS (AW_IMAGE_SIZES * AW_POLICIES_MAX)

static const char *const outer_names[] = {
	[AW_IMAGE_SMALL] = "aw_images_small",
	[AW_IMAGE_MEDIUM] = "aw_images_medium",
	[AW_IMAGE_LARGE] = "aw_images_large",
};
static_assert(sizeof(outer_names) / sizeof(*outer_names) == AW_IMAGE_SIZES, "a map for each");

static int fill_slot(struct aw_host *host, const struct aw_image *image, __u32 slot)
{
	_cleanup_close_ int inner = -1;
	int outer = aw_host_map(host, outer_names[image->head->size_class]);
	__u32 zero = 0;

	if (outer < 0)
		return outer;
	inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "aw_image", sizeof(__u32), (__u32)image->bytes,
			       1, NULL);
	if (inner < 0)
		return inner;
	if (bpf_map_update_elem(inner, &zero, image->head, BPF_ANY) < 0 ||
	    bpf_map_update_elem(outer, &slot, &inner, BPF_ANY) < 0)
		return -errno;
	return 0;
}

int aw_image_put(struct aw_host *host, const struct aw_image *image, uint32_t *ret_slot,
		 struct aw_diag *reterr)
{
	__u32 first = image->head->size_class * AW_POLICIES_MAX, unused = AW_POLICIES_MAX;
	int table = aw_host_map(host, "aw_image_table");
	struct aw_image_entry entry;
	int err;

	for (__u32 slot = 0; slot < AW_POLICIES_MAX; slot++) {
		__u32 key = first + slot;

		if (bpf_map_lookup_elem(table, &key, &entry) < 0)
			return aw_diag_set(reterr, -errno, NULL, 0, 0, NULL,
					   "cannot read the table of policies: %s",
					   strerror(errno));
		if (entry.used && !memcmp(entry.hash, image->head->hash, sizeof(entry.hash))) {
			*ret_slot = slot;
			return 0;
		}
		if (!entry.used && unused == AW_POLICIES_MAX)
			unused = slot;
	}
	if (unused == AW_POLICIES_MAX)
		return aw_diag_set(reterr, -ENOSPC, NULL, 0, 0, NULL,
				   "%d different policies of one size are in use on this host "
				   "(AW_POLICIES_MAX)",
				   AW_POLICIES_MAX);
	err = fill_slot(host, image, unused);
	if (!err) {
		__u32 key = first + unused;

		entry = (struct aw_image_entry){.used = 1};
		memcpy(entry.hash, image->head->hash, sizeof(entry.hash));
		err = bpf_map_update_elem(table, &key, &entry, BPF_ANY);
	}
	if (err < 0)
		return aw_diag_set(reterr, err, NULL, 0, 0, NULL,
				   "cannot load a policy of %zu bytes into the kernel: %s",
				   image->bytes, strerror(-err));
	*ret_slot = unused;
	return 0;
}

static bool in_use(const struct aw_host *host, __u32 size_class, __u32 slot)
{
	for (size_t i = 1; i < AW_AGENTS_MAX; i++) {
		const struct aw_agent *agent = &host->agents[i];

		if (agent->state != AW_AGENT_FREE && AW_CONTROL_HAS_POLICY(agent->control) &&
		    AW_CONTROL_SIZE(agent->control) == size_class &&
		    AW_CONTROL_SLOT(agent->control) == slot)
			return true;
	}
	return false;
}

/* The next slot from key on that is filled for nobody; AW_IMAGE_SLOTS where there is none. */
static __u32 next_unused(struct aw_host *host, __u32 key)
{
	int table = aw_host_map(host, "aw_image_table");
	struct aw_image_entry entry;

	for (; key < AW_IMAGE_SLOTS; key++)
		if (bpf_map_lookup_elem(table, &key, &entry) == 0 && entry.used &&
		    !in_use(host, key / AW_POLICIES_MAX, key % AW_POLICIES_MAX))
			break;
	return key;
}

static void empty(struct aw_host *host, __u32 key)
{
	struct aw_image_entry unused = {};
	__u32 slot = key % AW_POLICIES_MAX;

	bpf_map_delete_elem(aw_host_map(host, outer_names[key / AW_POLICIES_MAX]), &slot);
	bpf_map_update_elem(aw_host_map(host, "aw_image_table"), &key, &unused, BPF_ANY);
}

int aw_images_collect(struct aw_host *host)
{
	__u32 key = next_unused(host, 0);
	int err;

	if (key == AW_IMAGE_SLOTS)
		return 0;
	err = aw_programs_quiesce();
	if (err < 0)
		return err;
	for (; key < AW_IMAGE_SLOTS; key = next_unused(host, key + 1))
		empty(host, key);
	return 1;
}
