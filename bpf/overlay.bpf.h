/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Overlays that the agent mounted. What is done at an overlay, overlayfs does to its layers, with
 * its mounter's credentials and by no hook on paths. An overlay that the first namespace has was
 * made by an administrator: what its layers are was decided there. One that only a nested namespace
 * has would give whatever the agent put into it, so its layers are judged too, each object by its
 * own name:
 *
 * - opened: overlayfs opens the layer's file, which comes to file_open after the overlay's own. It
 *   has the layer's path (since 6.5), or the overlay's path and the layer's inode.
 * - changed: by the name that the object has, or will have, in the upper folder.
 *
 * That it is such an overlay whose layer is opened is known by the credentials: each has its own
 * copy.
 */
#pragma once

#include "cache.bpf.h"
#include "shown.bpf.h"

#define AW_ALIASES_MAX 4 /* names of one inode in a layer */

/* Offsets in what the module keeps of an overlay, if aw_overlay_is_known. */
extern const volatile __u32 aw_overlay_layers;	/* of the first layer, the upper one, in ovl_fs */
extern const volatile __u32 aw_overlay_mounter; /* of the credentials in ovl_fs */
extern const volatile __u32 aw_overlay_mount;	/* of a layer's mount in ovl_layer */

/* Global, so that the verifier reads it once a program. */
__weak int aw_cred_is_mounters(struct aw_label *label)
{
	return label &&
	       label->notes.mounter == aw_number_of(label, bpf_get_current_task_btf()->cred);
}

/* Whether the current task works on a layer for a nested overlay that it used last. */
static __always_inline bool aw_is_nested_layer(struct aw_label *label)
{
	return label->notes.mounter && aw_cred_is_mounters(label);
}

/*
 * Names start_dentry, an object of a layer. Returns 1 where nothing is to be judged: the layer is
 * not in the first namespace either, and any user could have made it.
 */
__weak int aw_name_layer(struct aw_scratch *s, const struct aw_agent *agent)
{
	struct dentry *dentry;

	if (!s || !agent)
		return 0;
	aw_name_begin(s);
	if (aw_find_mounts(s, agent->mnt_ns))
		return 0;
	if (!s->n_mounts) {
		dentry = (void *)(s->upper_root ?: s->start_dentry);
		s->fail_reason = AW_REASON_UNRESOLVED;
		return aw_is_anybodys(BPF_CORE_READ(dentry, d_sb));
	}
	if (!aw_name_shown(s, agent))
		s->fail_reason = AW_REASON_UNRESOLVED;
	return 0;
}

/*
 * After start_dentry was named in a nested namespace: where it is of an overlay, its layers are
 * judged from now on. Returns whether the operation changes the upper one, and is named there.
 */
__weak int aw_name_upper(struct aw_scratch *s, const struct aw_agent *agent, struct aw_label *label,
			 __u32 op)
{
	struct dentry *dentry;
	struct super_block *sb;
	struct vfsmount *mnt;
	__u64 fs;

	if (!s || !agent || !label || s->nested_magic != OVERLAYFS_MAGIC)
		return 0;
	dentry = (void *)s->start_dentry;
	sb = (void *)AW_LOAD64(struct dentry, dentry, d_sb);
	fs = AW_LOAD64(struct super_block, sb, s_fs_info);
	label->notes.mounter = aw_load64(fs + aw_overlay_mounter);
	label->notes.folder = 0; /* what comes of it is nothing to remember */
	if (op == AW_OP_READ || op == AW_OP_EXEC || op == AW_OP_MAP || op == AW_OP_UNIX)
		return 0;
	mnt = (void *)aw_load64(aw_load64(fs + aw_overlay_layers) + aw_overlay_mount);
	if (!mnt)
		return 0;
	s->overlay_root = AW_LOAD64(struct super_block, sb, s_root);
	s->upper_root = AW_LOAD64(struct vfsmount, mnt, mnt_root);
	if (!aw_name_layer(s, agent))
		return 1;
	s->upper_root = 0;
	return 0;
}
