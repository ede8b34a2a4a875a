/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Use of a file that is open. Opening was decided when it was done; what was opened before a policy
 * was tightened, or by somebody else, is decided again where it is used. For agents that ask for it
 * (AW_AGENT_RECHECK), and for descriptors that a task receives.
 */
#pragma once

#include "mediate.bpf.h"

/*
 * Pipes, sockets, memfds and the like have no mount of a namespace; a layer that an overlay works
 * on neither, and what is done there was decided at the overlay.
 */
static __always_inline bool aw_mount_is_internal(struct aw_label *label, struct vfsmount *mnt)
{
	__u64 mount = aw_number_of(label, mnt) - bpf_core_field_offset(struct mount, mnt);

	return AW_LOAD64(struct mount, mount, mnt_ns) == MNT_NS_INTERNAL;
}

/* What the command was started with as its standard input, output and errors stays usable. */
static __always_inline bool aw_is_granted(const struct aw_agent *agent, struct file *file)
{
	__u64 ino = file->f_inode->i_ino;
	__u32 dev = file->f_inode->i_sb->s_dev;
	__u32 mode = file->f_mode & (FMODE_READ | FMODE_WRITE);

	for (int i = 0; i < AW_STDIO; i++)
		if (agent->stdio[i].ino == ino && agent->stdio[i].dev == dev &&
		    !(mode & ~agent->stdio[i].mode))
			return true;
	return false;
}

/* Whether nothing is to be decided about it. */
static __always_inline bool aw_descriptor_is_free(struct aw_hook_context *h, struct file *file)
{
	return aw_mount_is_internal(h->label, file->f_path.mnt) || aw_is_granted(h->agent, file);
}

/* Reading, writing or both by a file mode or a mask; false where it is neither. */
static __always_inline bool aw_ops_of(bool reads, bool writes, __u32 *op, __u32 *op2)
{
	*op = reads ? AW_OP_READ : AW_OP_WRITE;
	*op2 = reads && writes ? AW_OP_WRITE : AW_NO_OP;
	return reads || writes;
}
