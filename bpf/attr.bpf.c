/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes of files that are changed by dentry, without a mount to name them by:
 *
 *   inode_setxattr, inode_removexattr   extended attributes        attr
 *   inode_set_acl, inode_remove_acl     access lists (6.2, later)  attr
 *   inode_setattr                       timestamps                 attr
 *
 * Such an object is judged through every mount of its file system that shows it in the agent's
 * first namespace, or failing that in the current one (shown.bpf.h). Mode and owner are decided by
 * path in file.bpf.c.
 */
#include "mediate.bpf.h"

#define ATTR_TIMES_SET ((1u << 7) | (1u << 8) | (1u << 17)) /* atime, mtime, touch */

static __always_inline __u32 aw_current_mnt_ns(struct task_struct *task)
{
	struct nsproxy *proxy = task->nsproxy;

	return proxy ? BPF_CORE_READ(proxy, mnt_ns, ns.inum) : 0;
}

/* Global, so that the verifier reads it once a program. */
__weak int aw_cred_is_lent(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->cred != task->real_cred && !task->io_uring;
}

/*
 * Whether this is overlayfs copying a file up, or keeping its own notes on a layer: it works with
 * its mounter's credentials, on a file system of which a layer is mounted. What it does follows
 * from an operation that was decided at the overlay. Credentials can be borrowed through io_uring
 * too, so a task that uses that is never taken for overlayfs.
 */
static __always_inline bool aw_is_layer_work(const struct aw_scratch *s)
{
	return s->n_layers && aw_cred_is_lent();
}

/* Nothing in a namespace shows it: a memfd, a layer of an overlay, or nothing that has a name. */
static __always_inline int aw_judge_unmounted(struct aw_hook_context *h, bool kernel_mount)
{
	struct aw_scratch *s = h->scratch;

	if (s->mounts_done && !kernel_mount && s->n_layers)
		return 0;
	aw_name_begin(s);
	s->walk_dentry = s->start_dentry;
	s->walk_status = AW_NAME_ALONE;
	if (s->mounts_done && kernel_mount)
		aw_name_rest(s, h->agent);
	else
		s->fail_reason = s->mounts_done ? AW_REASON_UNRESOLVED : AW_REASON_TOO_DEEP;
	return aw_decide(s, h->agent, h->label, AW_OP_ATTR, AW_NO_OP);
}

/* Names the object by the mounts that show it. Returns whether there are any. */
static __always_inline bool aw_name_by_dentry(struct aw_hook_context *h)
{
	struct aw_scratch *s = h->scratch;

	if (aw_find_mounts(s, h->agent->mnt_ns) || s->n_mounts)
		return s->n_mounts && aw_name_shown(s, h->agent);
	if (aw_is_layer_work(s) || aw_find_mounts(s, aw_current_mnt_ns(h->task)) ||
	    !aw_name_shown(s, h->agent))
		return false;
	s->n_mounts = 0;
	s->start_mnt = s->mounts[0];
	aw_name_nested(s, h->agent);
	if (!s->fail_reason)
		aw_name_upper(s, h->agent, h->label,
			      AW_OP_READ); /* overlayfs comes by here again */
	return true;
}

static __always_inline int aw_mediate_dentry(__u32 hook, struct dentry *dentry)
{
	struct super_block *sb = dentry->d_sb;
	struct aw_hook_context h;
	struct aw_scratch *s;
	bool shown;
	int err;

	if (!aw_enter(&h, hook, AW_CLASS_FILE, &err))
		return err;
	s = h.scratch;
	s->ino = aw_ino_of(s, dentry);
	s->dev = sb->s_dev;
	s->start_dentry = (__u64)dentry;
	shown = aw_name_by_dentry(&h);
	if (aw_is_layer_work(s) && !aw_is_nested_layer(h.label))
		err = 0;
	else if (shown)
		err = aw_decide(s, h.agent, h.label, AW_OP_ATTR, AW_NO_OP);
	else
		err = aw_judge_unmounted(&h, sb->s_flags & SB_KERNMOUNT);
	aw_scratch_release(s);
	return err ? -EACCES_ : 0;
}

SEC("lsm/inode_setxattr")
int BPF_PROG(aw_inode_setxattr, void *idmap, struct dentry *dentry, const char *name,
	     const void *value, unsigned long size, int flags, int ret)
{
	return ret ?: aw_mediate_dentry(AW_HOOK_INODE_SETXATTR, dentry);
}

SEC("lsm/inode_removexattr")
int BPF_PROG(aw_inode_removexattr, void *idmap, struct dentry *dentry, const char *name, int ret)
{
	return ret ?: aw_mediate_dentry(AW_HOOK_INODE_REMOVEXATTR, dentry);
}

SEC("lsm/inode_set_acl")
int BPF_PROG(aw_inode_set_acl, void *idmap, struct dentry *dentry, const char *name, void *acl,
	     int ret)
{
	return ret ?: aw_mediate_dentry(AW_HOOK_INODE_SET_ACL, dentry);
}

SEC("lsm/inode_remove_acl")
int BPF_PROG(aw_inode_remove_acl, void *idmap, struct dentry *dentry, const char *name, int ret)
{
	return ret ?: aw_mediate_dentry(AW_HOOK_INODE_SET_ACL, dentry);
}

static __always_inline int aw_set_times(struct dentry *dentry, struct iattr *attr)
{
	if (!(attr->ia_valid & ATTR_TIMES_SET))
		return 0;
	return aw_mediate_dentry(AW_HOOK_INODE_SETATTR, dentry);
}

/* Two programs for one hook, which gained an argument: the loader takes the one that fits. */
SEC("lsm/inode_setattr")
int BPF_PROG(aw_inode_setattr, void *idmap, struct dentry *dentry, struct iattr *attr, int ret)
{
	return ret ?: aw_set_times(dentry, attr);
}

SEC("lsm/inode_setattr")
int BPF_PROG(aw_inode_setattr_2, struct dentry *dentry, struct iattr *attr, int ret)
{
	return ret ?: aw_set_times(dentry, attr);
}
