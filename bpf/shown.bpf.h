/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects without a mount in the agent's first namespace: reached through one that the agent made
 * in another namespace, or known by their dentry alone (attr.bpf.c). Where they are in a file
 * system that has mounts in the first namespace, those give the names: a bind mount changes
 * nothing, and what they do not show has no name. What the first namespace does not have at all is
 * "nested:/…".
 *
 * Nested names are the agent's choice, for it mounts where it likes. So only file systems that an
 * ordinary user can make afresh get one, and those that are the kernel's own interface have the
 * names that they have at their usual place, wherever they are mounted.
 */
#pragma once

#include "path.bpf.h"

/* Whether overlay.bpf.h can tell the layers of an overlay. */
extern const volatile bool aw_overlay_is_known;

#define AW_MOUNTS_MAX 4096 /* of one file system, in all namespaces */

/* One mount of the file system: remembered if it is in the namespace. A callback of bpf_loop(). */
static long aw_find_mount(__u32 i, struct aw_scratch **scratch)
{
	struct aw_scratch *s = *scratch;
	struct list_head *at = (void *)s->mounts_at;
	struct mount *mount;
	__u64 ns;
	__u32 n;

	if (s->mounts_at == s->mounts_head) {
		s->mounts_done = 1;
		return 1;
	}
	mount = (void *)at - bpf_core_field_offset(struct mount, mnt_instance);
	if (bpf_probe_read_kernel(&s->mounts_at, sizeof(s->mounts_at), at))
		return 1; /* unmounted under us */
	ns = AW_LOAD64(struct mount, mount, mnt_ns);
	if (ns == MNT_NS_INTERNAL)
		s->n_layers++;
	if (aw_mnt_ns_number(ns) != s->mounts_ns)
		return 0;
	n = s->n_mounts;
	s->n_mounts = n + 1;
	if (n >= AW_MOUNTS_JUDGED)
		return 1;
	s->mounts[n & (AW_MOUNTS_JUDGED - 1)] =
		(__u64)mount + bpf_core_field_offset(struct mount, mnt);
	return 0;
}

/*
 * Mounts in the namespace of the file system that start_dentry is in, or upper_root where there is
 * one; see overlay.bpf.h. Returns 0, or 1 where they cannot all be had (fail_reason is set).
 */
__weak int aw_find_mounts(struct aw_scratch *s, __u32 ns)
{
	struct dentry *dentry;

	if (!s)
		return 1;
	dentry = (void *)(s->upper_root ?: s->start_dentry);
	s->mounts_ns = ns;
	s->mounts_head = AW_LOAD64(struct dentry, dentry, d_sb);
	s->mounts_head += bpf_core_field_offset(struct super_block, s_mounts);
	for (int i = 0; i < AW_NAME_TRIES; i++) {
		s->n_mounts = 0;
		s->n_layers = 0;
		s->mounts_done = 0;
		s->mounts_at = aw_load64(s->mounts_head);
		bpf_loop(AW_MOUNTS_MAX, aw_find_mount, &s, 0);
		if (s->mounts_done)
			return 0;
	}
	s->fail_reason = AW_REASON_TOO_DEEP;
	s->n_mounts = 0;
	return 1;
}

/*
 * Names start_dentry by the mounts that were found and show it, which are kept; by the first of
 * them, if there are several. Returns how many.
 */
__weak int aw_name_shown(struct aw_scratch *s, const struct aw_agent *agent)
{
	if (!s || !agent)
		return 0;
	s->n_shown = 0;
#pragma clang loop unroll(disable)
	for (int i = 0; i < AW_MOUNTS_JUDGED; i++) {
		if ((__u32)i >= s->n_mounts)
			break;
		s->start_mnt = s->mounts[i];
		aw_name_slow(s, agent);
		if (s->walk_status == AW_NAME_ALONE)
			continue; /* it shows another part of the file system */
		s->mounts[s->n_shown & (AW_MOUNTS_JUDGED - 1)] = s->start_mnt;
		s->n_shown++;
	}
	s->n_mounts = s->n_shown;
	if (s->n_mounts && s->start_mnt != s->mounts[0]) {
		s->start_mnt = s->mounts[0];
		aw_name_slow(s, agent);
	}
	return s->n_mounts;
}

/* File systems that are an interface of the kernel: their names do not depend on who mounts them.
 */
static __always_inline bool aw_is_kernel_interface(unsigned long magic)
{
	return magic == PROC_SUPER_MAGIC || magic == SYSFS_MAGIC || magic == CGROUP_SUPER_MAGIC ||
	       magic == CGROUP2_SUPER_MAGIC;
}

/* Whether any user could have mounted the file system, so that there is nothing of others in it. */
static __always_inline bool aw_is_anybodys(struct super_block *sb)
{
	return BPF_CORE_READ(sb, s_type, fs_flags) & FS_USERNS_MOUNT;
}

/* (start_mnt, start_dentry), of whose file system the first namespace has nothing. */
__weak int aw_name_nested(struct aw_scratch *s, const struct aw_agent *agent)
{
	struct vfsmount *mnt;
	struct mount *mount;
	struct super_block *sb;
	__u64 ns;

	if (!s || !agent)
		return 0;
	mnt = (void *)s->start_mnt;
	mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
	sb = BPF_CORE_READ(mnt, mnt_sb);
	ns = AW_LOAD64(struct mount, mount, mnt_ns);
	s->fail_reason = AW_REASON_UNRESOLVED;
	s->nested_magic = BPF_CORE_READ(sb, s_magic);
	if (!aw_mnt_ns_number(ns) || !aw_is_anybodys(sb) ||
	    (s->nested_magic == OVERLAYFS_MAGIC && !aw_overlay_is_known))
		return 0;
	s->nested_ns = ns;
	if (aw_is_kernel_interface(s->nested_magic))
		s->nested_root = (__u64)BPF_CORE_READ(sb, s_root);
	aw_name_slow(s, agent);
	s->nested_ns = 0;
	s->nested_root = 0;
	return 0;
}

/* (start_mnt, start_dentry), whose mount is not in the agent's first namespace. */
__weak int aw_name_foreign(struct aw_scratch *s, const struct aw_agent *agent)
{
	struct vfsmount *mnt;
	struct mount *mount;
	__u64 start;

	if (!s || !agent)
		return 0;
	start = s->start_mnt;
	mnt = (void *)start;
	mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
	s->fail_reason = AW_REASON_UNRESOLVED;
	if (!aw_mnt_ns_number(AW_LOAD64(struct mount, mount, mnt_ns)))
		return 0; /* detached: open_tree(), fsmount(), umount -l */
	if (BPF_CORE_READ(mnt, mnt_sb, s_flags) & SB_KERNMOUNT) {
		aw_name_begin(s);
		s->walk_dentry = s->start_dentry;
		s->walk_status = AW_NAME_ALONE;
		aw_name_rest(s, agent);
		return 0;
	}
	if (aw_find_mounts(s, agent->mnt_ns))
		return 0;
	if (!s->n_mounts) {
		s->start_mnt = start;
		return aw_name_nested(s, agent);
	}
	if (!aw_name_shown(s, agent))
		s->fail_reason = AW_REASON_UNRESOLVED;
	return 0;
}

/* From start_* alone. Returns as aw_name_object(). */
__weak int aw_name_start(struct aw_scratch *s, const struct aw_agent *agent)
{
	if (!s || !agent)
		return 0;
	if (aw_name_slow(s, agent))
		return 1;
	return s->walk_status == AW_NAME_FOREIGN ? aw_name_foreign(s, agent) : 0;
}

/*
 * Names the object (mnt, dentry) in scratch: object, anchor, offset, length, ino, dev; or
 * fail_reason. Where several mounts of the first namespace show it, n_mounts are in mounts. Returns
 * 1 where it lies in a layer of an overlay and was decided above, else 0.
 */
static __always_inline int aw_name_object(struct aw_scratch *s, const struct aw_agent *agent,
					  struct vfsmount *mnt, struct dentry *dentry)
{
	__u32 before;
	int layer;

	s->ino = aw_ino_of(s, dentry);
	s->dev = mnt->mnt_sb->s_dev;
	s->n_mounts = 0;
	before = aw_rename_sequence();
	aw_name_begin(s);
	if (aw_has_cast) {
		s->walk_mnt = (__u64)mnt;
		s->walk_dentry = (__u64)dentry;
		aw_name_walk(s, agent);
	} else {
		aw_name_fast(s, agent, mnt, dentry);
	}
	layer = aw_name_rest(s, agent);
	if (!(before & 1) && before == aw_rename_sequence() &&
	    (layer || s->walk_status != AW_NAME_FOREIGN))
		return layer;
	s->start_mnt = (__u64)mnt;
	s->start_dentry = (__u64)dentry;
	return aw_name_start(s, agent);
}
