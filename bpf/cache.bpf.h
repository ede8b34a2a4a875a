/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was decided before, so that a hit needs neither a name nor an automaton: the verdicts of a
 * file, and the state that the automaton reaches at a folder, from which a file that is new there
 * costs its last component alone. Entries are found by digests of all that a name depends on and
 * are never removed: what has changed is not found again.
 *
 * A name depends on
 *
 * - the object's dentry, its name in the folder, and its inode,
 * - the folder's inode; on file systems where different folders can have one inode number
 *   (aw_folders_are_told_by_number()) on all folders above it in the mount,
 * - where folders are: the kernel's count of renames,
 * - the mount and its place: the mount namespace, which must be the agent's first (in another one
 *   names come from the first one's mounts as well), and its count of events,
 * - the agent and its control word, which is new at every change of policy or mode.
 *
 * A number and a generation tell a folder from others and from those that had the number before it;
 * a dentry's address that is used again for a name with the same hash, in the same folder, for the
 * same inode would not be told apart: that is another link to the same file.
 */
#pragma once

#include "path.bpf.h"

#define AW_CACHE_COMPONENTS 16 /* of a name in one mount, where all of them count */
#define AW_CACHE_JIFFIES    18 /* bits: 262,144 jiffies, 17 minutes at 250 Hz */

/* A row as the cache has it: what is said of exec stands at map, where nothing is said of that. */
static __always_inline __u64 aw_row_settled(__u64 row)
{
	if (!(row >> (4 * AW_OP_MAP) & 0xf))
		row |= (row >> (4 * AW_OP_EXEC) & 7) << (4 * AW_OP_MAP);
	return row;
}

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

/* Digests are polynomials over words, in a number that is secret and new at each load. */
static __always_inline __u64 aw_cache_number(void)
{
	return aw_hash_seed | 1;
}

static __always_inline __u64 aw_cache_add(__u64 number, __u64 digest, __u64 word)
{
	return digest * number + word;
}

/* What a digest is found by; and what another one may be added to without its words meeting. */
static __always_inline __u64 aw_cache_close(__u64 digest)
{
	return (digest ^ digest >> 32) * 0x9e3779b97f4a7c15ull;
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

/* The folders from this one to the root of the mount. 0: too many. */
static __always_inline __u64 aw_cache_folders(__u64 number, __u64 digest, struct aw_label *label,
					      struct dentry *dentry, struct dentry *root)
{
	struct inode *inode;

#pragma clang loop unroll(disable)
	for (int i = 0; i < AW_CACHE_COMPONENTS; i++) {
		inode = dentry->d_inode;
		digest = aw_cache_add(number, digest, aw_number_of(label, dentry));
		digest = aw_cache_add(number, digest, dentry->d_name.hash);
		digest = aw_cache_add(number, digest, inode->i_ino);
		digest = aw_cache_add(number, digest, inode->i_generation);
		if (dentry == root)
			return digest;
		dentry = dentry->d_parent;
	}
	return 0;
}

/*
 * What all digests of an agent begin with, as long as its control word is this one; and for which
 * classes of operations there is anything to look for. A subject whose classes are of another
 * policy is classed at its next decision.
 */
static __noinline int aw_cache_begin(struct aw_label *label, __u64 control)
{
	struct aw_notes *notes = &label->notes;
	__u64 number = aw_cache_number();
	__u32 classes = 0;

	if (!AW_CONTROL_HAS_POLICY(control) ||
	    label->control_generation != AW_CONTROL_GENERATION(control))
		return 0;
	for (int i = 0; i < AW_OP_CLASSES; i++)
		if (AW_CONTROL_MODE(control, i) != AW_MODE_OBSERVE)
			classes |= 1u << i;
	notes->base =
		aw_cache_add(number, aw_cache_add(number, aw_hash_seed, label->agent), control);
	notes->classes = classes;
	notes->control = control;
	return 0;
}

/*
 * Notes the digests of an object in a folder, with the time to about a quarter of an hour, in which
 * the count of renames does not come round. That count is read first: an entry that is found was
 * made while it stood, so that it tells of that moment, and one that is made is kept only if the
 * count still stands, so that all of it was read in one. An object without an inode is in no cache,
 * only its folder.
 */
static __always_inline void aw_cache_find(struct task_struct *task, struct aw_label *label,
					  const struct aw_agent *agent, struct vfsmount *mnt,
					  struct dentry *dentry, struct inode *inode)
{
	struct mnt_namespace *ns = task->nsproxy->mnt_ns;
	unsigned long magic = mnt->mnt_sb->s_magic;
	struct aw_notes *notes = &label->notes;
	struct dentry *parent = dentry->d_parent;
	__u64 folder = notes->base, file = 0, number = aw_cache_number();
	struct inode *folder_inode;

	if (ns->ns.inum != agent->mnt_ns)
		return;
	notes->renames = aw_rename_sequence();
	folder = aw_cache_add(number, folder, aw_number_of(label, mnt));
	folder = aw_cache_add(number, folder, ns->event);
	if (aw_folders_are_told_by_number(magic)) {
		folder_inode = parent->d_inode;
		folder = aw_cache_add(number, folder, folder_inode->i_ino);
		folder = aw_cache_add(number, folder, folder_inode->i_generation);
	} else {
		folder = aw_cache_folders(number, folder, label, parent, mnt->mnt_root);
		if (!folder || magic == PROC_SUPER_MAGIC)
			return;
	}
	notes->ino = 0;
	if (aw_number_of(label, inode)) {
		notes->ino = inode->i_ino;
		file = aw_cache_add(number, aw_number_of(label, dentry), dentry->d_name.hash);
		file = aw_cache_add(number, file, notes->ino);
		file = aw_cache_add(number, file, inode->i_generation);
		file = file ?: 1;
	}
	folder = aw_cache_add(number, folder,
			      (bpf_jiffies64() >> AW_CACHE_JIFFIES) << 32 | notes->renames);
	notes->folder = folder;
	if (file)
		notes->file = aw_cache_close(aw_cache_close(folder + label->subject_set) + file);
}
