/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known although something was renamed since. The digests of cache.bpf.h end with the
 * kernel's count of renames, so one rename anywhere makes them unknown. Here are second ones, which
 * are built from all folders above the object, up to the top of the namespace, with the bytes of
 * their names: they are the same as long as the name is. They are asked for where the first ones
 * are not known, and what they know is put under the first ones again.
 */
#pragma once

#include "cache.bpf.h"

#define AW_RECALL_COMPONENTS 64 /* folders and mounts above the object */

/* The folders from this one to the top of the namespace's mounts. 0: too many. */
static __always_inline __u64 aw_recall_folders(__u64 number, __u64 digest, __u64 mnt, __u64 at)
{
	__u64 root = AW_LOAD64(struct vfsmount, mnt, mnt_root), mount, above;
	__u64 parent = 0;

#pragma clang loop unroll(disable)
	for (__u64 i = 0; i < AW_RECALL_COMPONENTS; i++) {
		digest = aw_component_add(number, digest, at, &parent);
		if (!digest)
			return 0;
		if (at != root) {
			at = parent;
			continue;
		}
		mount = mnt - bpf_core_field_offset(struct mount, mnt);
		above = AW_LOAD64(struct mount, mount, mnt_parent);
		if (above == mount)
			return digest;
		at = AW_LOAD64(struct mount, mount, mnt_mountpoint);
		mnt = above + bpf_core_field_offset(struct mount, mnt);
		root = AW_LOAD64(struct vfsmount, mnt, mnt_root);
	}
	return 0;
}

/*
 * After aw_cache_find() for the same object: what is known of it, or of its folder, is known again
 * by the first digests. Leaves the second ones in the notes, for what will be decided.
 */
__weak int aw_recall(struct aw_label *label, __u64 mnt, __u64 dentry)
{
	__u64 number = aw_cache_number(), folder, file, data, parent = 0;
	struct task_struct *task = bpf_get_current_task_btf();
	struct aw_notes *notes;

	if (!label || label->notes.renames & 1)
		return 0;
	notes = &label->notes;
	if (dentry == AW_LOAD64(struct vfsmount, mnt, mnt_root))
		return 0;
	folder = aw_cache_add(number, notes->base ^ number, task->nsproxy->mnt_ns->event);
	folder = aw_cache_add(number, folder, mnt);
	folder = aw_recall_folders(number, folder, mnt, AW_LOAD64(struct dentry, dentry, d_parent));
	file = notes->file ? aw_component_add(number, 1, dentry, &parent) : 0;
	if (!folder || aw_rename_sequence() != notes->renames)
		return 0;
	notes->lasting_file = 0;
	notes->lasting_folder = aw_cache_close(folder);
	data = aw_cache_get(notes->lasting_folder);
	if (data)
		aw_cache_put(aw_cache_close(notes->folder), data);
	if (!file)
		return 0;
	file = aw_cache_close(folder + label->subject_set) + file;
	notes->lasting_file =
		aw_cache_close(aw_cache_add(number, aw_cache_close(file), notes->conditions));
	data = aw_cache_get(notes->lasting_file);
	if (data)
		aw_cache_put(notes->file, data);
	return 0;
}
