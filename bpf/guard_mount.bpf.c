/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mounts and namespaces. Each hook, and the act that it stops:
 *
 *   sb_mount        mount(2): mount, bind, move, remount, change propagation     EPERM
 *   sb_umount       umount(2)                                                    EPERM
 *   sb_remount      change a super block: mount(2), fsconfig(2)                  EPERM
 *   sb_pivotroot    pivot_root(2)                                                EPERM
 *   move_mount      move_mount(2): attach a detached mount, move one             EPERM
 *   userns_create   unshare, clone: a user namespace, where one is root          EPERM
 *
 * Names are taken in the agent's first mount namespace, so nothing lifts what changes mounts there.
 * open_tree, fsmount, mount_setattr and setns have no hook, but need CAP_SYS_ADMIN: guard_kernel.
 */
#include "guard.bpf.h"

static __always_inline int aw_guard_mount(__u32 hook)
{
	struct aw_hook_context h;
	__u32 act = AW_GUARD_MOUNT;
	int ret;

	if (!aw_enter_agent(&h, AW_CLASS_GUARD, &ret))
		return ret ? -EPERM_ : 0;
	if (h.task->nsproxy->mnt_ns->ns.inum == h.agent->mnt_ns)
		act = AW_GUARD_MOUNT_FIRST;
	return AW_GUARD_DECIDE(h, hook, act, 0, EPERM_);
}

SEC("lsm/sb_mount")
int BPF_PROG(aw_sb_mount, const char *device, const struct path *path, const char *type,
	     unsigned long flags, void *data, int ret)
{
	return ret ?: aw_guard_mount(AW_HOOK_SB_MOUNT);
}

SEC("lsm/sb_umount")
int BPF_PROG(aw_sb_umount, struct vfsmount *mnt, int flags, int ret)
{
	return ret ?: aw_guard_mount(AW_HOOK_SB_UMOUNT);
}

SEC("lsm/sb_remount")
int BPF_PROG(aw_sb_remount, struct super_block *sb, void *options, int ret)
{
	return ret ?: aw_guard_mount(AW_HOOK_SB_REMOUNT);
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(aw_sb_pivotroot, const struct path *old_path, const struct path *new_path, int ret)
{
	return ret ?: aw_guard_mount(AW_HOOK_SB_PIVOTROOT);
}

SEC("lsm/move_mount")
int BPF_PROG(aw_move_mount, const struct path *from, const struct path *to, int ret)
{
	return ret ?: aw_guard_mount(AW_HOOK_MOVE_MOUNT);
}

SEC("lsm/userns_create")
int BPF_PROG(aw_userns_create, const struct cred *cred, int ret)
{
	return ret ?: aw_guard(AW_HOOK_USERNS_CREATE, AW_GUARD_NAMESPACE, 0, EPERM_);
}
