/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the content of files comes from: remembers what any agent opened for writing, and says of a
 * file that is executed or mapped whether it is anonymous, deleted or agent-written.
 *
 * A file is known by device, inode and generation; names, links and renames change nothing. Nothing
 * is forgotten before the inode itself is gone (lifecycle.bpf.c). Where the table has no room, what
 * is not in it counts as written from then on: nobody becomes innocent because others wrote much.
 *
 * overlayfs has two inodes for one file. What is opened for writing is remembered by both; where
 * the overlay's is made anew later, under another number, the next open finds the real one and
 * remembers the new one too.
 */
#pragma once

#include "cache.bpf.h"

/* Writes that the table had no room for. */
extern __u32 aw_unrecorded;

static __always_inline void aw_written_key_of(struct inode *inode, struct aw_written_key *ret)
{
	ret->ino = inode->i_ino;
	ret->dev = inode->i_sb->s_dev;
	ret->generation = inode->i_generation;
}

static __noinline int aw_written_add(struct aw_written_key *key, __u32 slot)
{
	struct aw_counters *counters;

	if (bpf_map_lookup_elem(&aw_written, key) ||
	    !bpf_map_update_elem(&aw_written, key, &slot, BPF_ANY))
		return 0;
	__sync_fetch_and_add(&aw_unrecorded, 1);
	counters = aw_counters_of(slot);
	if (counters)
		__sync_fetch_and_add(&counters->unrecorded, 1);
	return 0;
}

static __always_inline void aw_written_note(struct inode *inode, __u32 slot)
{
	struct aw_written_key key;

	if ((inode->i_mode & S_IFMT) != S_IFREG)
		return;
	aw_written_key_of(inode, &key);
	aw_written_add(&key, slot);
}

static __always_inline bool aw_is_recorded(struct inode *inode)
{
	struct aw_written_key key;

	aw_written_key_of(inode, &key);
	return bpf_map_lookup_elem(&aw_written, &key) != NULL;
}

/* Since 6.5: whether the file is open in a layer, by overlayfs for whom it has opened another. */
static __always_inline bool aw_is_in_layer(struct aw_label *label, struct vfsmount *mnt)
{
	__u64 mount;

	if (!bpf_core_type_exists(struct backing_file))
		return false;
	mount = aw_number_of(label, mnt) - bpf_core_field_offset(struct mount, mnt);
	return AW_LOAD64(struct mount, mount, mnt_ns) == MNT_NS_INTERNAL;
}

/* The inode of a dentry that is known by its address; false: it is no regular file's. */
static __always_inline bool aw_written_key_at(__u64 dentry, struct aw_written_key *ret)
{
	struct inode *inode = BPF_CORE_READ((struct dentry *)dentry, d_inode);

	if (!inode || (BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFREG)
		return false;
	ret->ino = BPF_CORE_READ(inode, i_ino);
	ret->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	ret->generation = BPF_CORE_READ(inode, i_generation);
	return true;
}

/* Of a file that is open in a layer: the dentry that was asked for. */
static __always_inline __u64 aw_dentry_above(__u64 file)
{
	struct path *path = (void *)(file + bpf_core_field_offset(struct backing_file, user_path));

	return (__u64)BPF_CORE_READ(path, dentry);
}

static __noinline int aw_written_above(__u64 file, __u32 slot)
{
	struct aw_written_key key;

	if (!bpf_core_type_exists(struct backing_file) ||
	    !aw_written_key_at(aw_dentry_above(file), &key))
		return 0;
	return aw_written_add(&key, slot);
}

/* A file was opened by an agent; `writes`: it can be changed, or is new. */
static __always_inline void aw_note_opened(struct file *file, struct aw_label *label, bool writes,
					   bool is_layer)
{
	__u32 slot = label->agent;
	struct inode *inode = file->f_inode, *named = file->f_path.dentry->d_inode;

	if (writes) {
		aw_written_note(inode, slot);
		if (named != inode)
			aw_written_note(named, slot);
		return;
	}
	if (named == inode && !is_layer)
		return;
	if (!aw_is_recorded(inode))
		return;
	/* Before 6.5 overlayfs opens the real inode under the overlay's path. */
	if (named != inode)
		aw_written_note(named, slot);
	else
		aw_written_above(aw_number_of(label, file), slot);
}

/* What is true of a file that is executed or mapped: AW_CONDITIONS_KNOWN and the conditions. */
static __noinline __u32 aw_conditions_of(struct file *file)
{
	struct inode *inode = file->f_inode, *named = file->f_path.dentry->d_inode;
	__u32 conditions = AW_CONDITIONS_KNOWN;

	if (!inode->i_nlink || !named->i_nlink)
		conditions |= 1u << AW_CONDITION_DELETED;
	if (file->f_path.mnt->mnt_sb->s_flags & SB_KERNMOUNT)
		conditions |= 1u << AW_CONDITION_ANONYMOUS | 1u << AW_CONDITION_AGENT_WRITTEN;
	else if (aw_is_recorded(inode) || (named != inode && aw_is_recorded(named)))
		conditions |= 1u << AW_CONDITION_AGENT_WRITTEN;
	else if (*(volatile __u32 *)&aw_unrecorded)
		conditions |= 1u << AW_CONDITION_AGENT_WRITTEN | AW_CONDITION_ASSUMED;
	return conditions;
}

/* The same, once it is known that the file is open in a layer, for this dentry of the overlay. */
static __noinline __u32 aw_conditions_above(__u64 dentry, __u32 conditions)
{
	struct aw_written_key key;

	if (!aw_written_key_at(dentry, &key))
		return conditions;
	if (!BPF_CORE_READ((struct dentry *)dentry, d_inode, i_nlink))
		conditions |= 1u << AW_CONDITION_DELETED;
	if (bpf_map_lookup_elem(&aw_written, &key)) {
		conditions &= ~AW_CONDITION_ASSUMED;
		conditions |= 1u << AW_CONDITION_AGENT_WRITTEN;
	}
	return conditions;
}
