/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was decided before, so that a hit needs neither a name nor an automaton: the verdicts of a
 * file, and the state that the automaton reaches at a folder, from which a file that is new there
 * costs its last component alone. Entries are found by digests of all that a name depends on and
 * are never removed: what has changed is not found again.
 *
 * A name depends on
 *
 * - the object's dentry and its name in the folder,
 * - the folder: its dentry, name and inode; on file systems where different folders can have one
 *   inode number (aw_folders_are_told_by_number()) so are all folders above it in the mount,
 * - where folders are: the kernel's count of renames,
 * - the mount and its place: the mount namespace, which must be the agent's first (in another one
 *   names come from the first one's mounts as well), and its count of events,
 * - the agent and its control word, which is new at every change of policy or mode, and the time to
 *   about a quarter of an hour, in which the count of renames does not come round.
 *
 * A number and a generation tell a folder from others and from those that had the number before it;
 * a dentry's address that is used again for a name with the same hash, in the same folder, for the
 * same inode would not be told apart: that is another link to the same file.
 */
#pragma once

#include "path.bpf.h"

#define AW_CACHE_COMPONENTS 16 /* of a name in one mount, where all of them count */
#define AW_CACHE_JIFFIES    18 /* bits: 262,144 jiffies, 17 minutes at 250 Hz */

static __always_inline __u64 aw_cache_get(__u64 digest)
{
	__u32 index = digest & (AW_CACHE_ENTRIES - 1);
	struct aw_cached *entry = bpf_map_lookup_elem(&aw_cache, &index);
	__u64 data;

	if (!entry)
		return 0;
	data = *(volatile __u64 *)&entry->data;
	return (*(volatile __u64 *)&entry->check ^ data) == digest ? data : 0;
}

static __always_inline void aw_cache_put(__u64 digest, __u64 data)
{
	__u32 index = digest & (AW_CACHE_ENTRIES - 1);
	struct aw_cached *entry = bpf_map_lookup_elem(&aw_cache, &index);

	if (!digest || !entry)
		return;
	*(volatile __u64 *)&entry->data = data;
	*(volatile __u64 *)&entry->check = digest ^ data;
}

static __always_inline __u64 aw_cache_mix(__u64 digest, __u64 word)
{
	digest = (digest ^ word) * 0x9e3779b97f4a7c15ull;
	return digest ^ digest >> 32;
}

/* A pointer as a number: the verifier lets pointers become numbers in a map's value. */
static __always_inline __u64 aw_number_of(struct aw_label *label, const void *pointer)
{
	*(volatile __u64 *)&label->notes.pointer = (__u64)pointer;
	return *(volatile __u64 *)&label->notes.pointer;
}

/* Local file systems whose inode numbers, with a generation, are unique in a super block. */
static __always_inline bool aw_folders_are_told_by_number(unsigned long magic)
{
	return magic == EXT4_SUPER_MAGIC || magic == XFS_SUPER_MAGIC || magic == TMPFS_MAGIC ||
	       magic == F2FS_SUPER_MAGIC;
}

static __always_inline __u64 aw_cache_mix_dentry(__u64 digest, struct aw_label *label,
						 struct dentry *dentry, struct inode *inode)
{
	digest = aw_cache_mix(digest, aw_number_of(label, dentry));
	digest = aw_cache_mix(digest, (__u64)dentry->d_name.hash << 32 | inode->i_generation);
	return aw_cache_mix(digest, inode->i_ino);
}

static __always_inline __u64 aw_cache_folder(__u64 digest, struct aw_label *label,
					     struct dentry *dentry, struct dentry *root,
					     bool is_told_by_number)
{
#pragma clang loop unroll(disable)
	for (int i = 0; i < AW_CACHE_COMPONENTS; i++) {
		digest = aw_cache_mix_dentry(digest, label, dentry, dentry->d_inode);
		if (is_told_by_number || dentry == root)
			return digest ?: 1;
		dentry = dentry->d_parent;
	}
	return 0;
}

/* Notes the digests of an object below the root of its mount, if it can be in a cache. */
static __always_inline void aw_cache_find(struct task_struct *task, struct aw_label *label,
					  const struct aw_agent *agent, __u64 control,
					  struct vfsmount *mnt, struct dentry *dentry)
{
	struct mnt_namespace *ns = task->nsproxy->mnt_ns;
	unsigned long magic = mnt->mnt_sb->s_magic;
	struct aw_notes *notes = &label->notes;
	struct dentry *root = mnt->mnt_root;
	__u64 digest = aw_hash_seed;
	struct inode *inode;

	notes->renames = aw_rename_sequence();
	if (notes->renames & 1 || dentry == root || magic == PROC_SUPER_MAGIC ||
	    ns->ns.inum != agent->mnt_ns)
		return;
	digest = aw_cache_mix(digest, aw_number_of(label, mnt));
	digest = aw_cache_mix(digest, ns->event);
	digest = aw_cache_mix(digest, control);
	digest = aw_cache_mix(digest, (__u64)notes->renames << 32 | label->agent << 20 |
					      (bpf_jiffies64() >> AW_CACHE_JIFFIES & 0xfffff));
	digest = aw_cache_folder(digest, label, dentry->d_parent, root,
				 aw_folders_are_told_by_number(magic));
	notes->folder = digest;
	notes->maybe_anchor = 0;
	inode = dentry->d_inode;
	if (!digest || !aw_number_of(label, inode))
		return;
	notes->maybe_anchor = (agent->anchor_bloom & AW_AGENT_BLOOM_BIT(inode->i_ino)) != 0;
	digest = aw_cache_mix(digest, label->subject_set);
	notes->file = aw_cache_mix_dentry(digest, label, dentry, inode) ?: 1;
}
