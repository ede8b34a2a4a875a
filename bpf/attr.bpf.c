/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes of files that are changed by dentry, without a mount to name them by:
 *
 *   inode_setxattr, inode_removexattr   extended attributes        attr
 *   inode_set_acl, inode_remove_acl     access lists (6.2, later)  attr
 *   inode_setattr                       timestamps                 attr
 *
 * Such an object is judged through every mount of its file system that shows it in the agent's
 * first namespace or in the current one; the strictest verdict wins. Mode and owner are decided by
 * path in file.bpf.c.
 */
#include "mediate.bpf.h"

#define AW_MOUNTS_MAX  512 /* of one file system, in all namespaces */
#define ATTR_TIMES_SET ((1u << 7) | (1u << 8) | (1u << 17)) /* atime, mtime, touch */

static __always_inline __u32 aw_current_mnt_ns(struct task_struct *task)
{
	struct nsproxy *proxy = task->nsproxy;

	return proxy ? BPF_CORE_READ(proxy, mnt_ns, ns.inum) : 0;
}

/* One mount of the file system: remembered where it can show the object. A callback of bpf_loop().
 */
static long aw_find_mount(__u32 i, struct aw_walk *walk)
{
	struct aw_scratch *s = walk->scratch;
	struct list_head *at = (void *)s->mounts_at;
	struct mnt_namespace *ns;
	struct mount *mount;
	__u32 inum, n;

	if (s->mounts_at == s->mounts_head) {
		s->mounts_done = 1;
		return 1;
	}
	mount = (void *)at - bpf_core_field_offset(struct mount, mnt_instance);
	if (bpf_probe_read_kernel(&s->mounts_at, sizeof(s->mounts_at), at))
		return 1; /* unmounted under us: not done, fails closed */
	ns = BPF_CORE_READ(mount, mnt_ns);
	if ((__u64)ns == MNT_NS_INTERNAL) {
		s->n_layers++;
		return 0;
	}
	inum = ns ? BPF_CORE_READ(ns, ns.inum) : 0;
	if (!inum || (inum != walk->agent->mnt_ns && inum != s->current_ns))
		return 0;
	n = s->n_mounts;
	if (n >= AW_MOUNTS_JUDGED)
		return 1;
	s->mounts[n & (AW_MOUNTS_JUDGED - 1)] =
		(__u64)mount + bpf_core_field_offset(struct mount, mnt);
	s->n_mounts = n + 1;
	return 0;
}

/*
 * Whether this is overlayfs copying a file up, or keeping its own notes on a layer: it works with
 * its mounter's credentials, on a file system of which a layer is mounted. What it does follows
 * from an operation that was decided at the overlay. Credentials can be borrowed through io_uring
 * too, so a task that uses that is never taken for overlayfs.
 */
static __always_inline bool aw_is_layer_work(struct task_struct *task, const struct aw_scratch *s)
{
	return s->n_layers && task->cred != task->real_cred && !task->io_uring;
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

static __always_inline int aw_judge_mounts(struct aw_hook_context *h, bool kernel_mount)
{
	struct aw_scratch *s = h->scratch;
	int err = 0, judged = 0;

#pragma clang loop unroll(disable)
	for (int i = 0; i < AW_MOUNTS_JUDGED; i++) {
		if ((__u32)i >= s->n_mounts)
			break;
		s->start_mnt = s->mounts[i];
		aw_name_slow(s, h->agent);
		if (s->walk_status == AW_NAME_ALONE)
			continue; /* this mount shows another part of the file system */
		judged = 1;
		if (aw_decide(s, h->agent, h->label, AW_OP_ATTR, AW_NO_OP))
			err = 1;
	}
	if (!err && (!judged || !s->mounts_done))
		err = aw_judge_unmounted(h, kernel_mount);
	return err ? -EACCES_ : 0;
}

static __always_inline int aw_mediate_dentry(__u32 hook, struct dentry *dentry)
{
	struct super_block *sb = dentry->d_sb;
	struct aw_hook_context h;
	struct aw_walk walk;
	struct aw_scratch *s;
	int err;

	if (!aw_enter(&h, hook, AW_CLASS_FILE, &err))
		return err;
	s = h.scratch;
	s->ino = aw_ino_of(s, dentry);
	s->dev = sb->s_dev;
	s->start_dentry = (__u64)dentry;
	s->mounts_head = (__u64)sb;
	s->mounts_head += bpf_core_field_offset(struct super_block, s_mounts);
	s->n_mounts = 0;
	s->n_layers = 0;
	s->mounts_done = 0;
	s->current_ns = aw_current_mnt_ns(h.task);
	bpf_probe_read_kernel(&s->mounts_at, sizeof(s->mounts_at), (void *)s->mounts_head);
	walk.scratch = s;
	walk.agent = h.agent;
	bpf_loop(AW_MOUNTS_MAX, aw_find_mount, &walk, 0);
	if (!aw_is_layer_work(h.task, s))
		err = aw_judge_mounts(&h, sb->s_flags & SB_KERNMOUNT);
	aw_scratch_release(s);
	return err;
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
