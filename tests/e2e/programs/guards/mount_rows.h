/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts, in the agent's first mount namespace and in one of its own; user namespaces. */
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "row.h"

static int act_user_namespace(const struct scene *s)
{
	return done(unshare(CLONE_NEWUSER));
}

/* As root by a capability, else as root of a user namespace. */
static int own_namespace(const struct scene *s)
{
	return unshare(s->uid ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS);
}

static int act_mount_first(const struct scene *s)
{
	char path[PATH_BYTES];
	int err = done(mount("none", at(s, "mnt", path), "tmpfs", 0, NULL));

	if (!err)
		umount2(path, MNT_DETACH);
	return err;
}

static int act_mount(const struct scene *s)
{
	char path[PATH_BYTES];

	if (own_namespace(s) < 0)
		return -STATUS_LOST;
	return done(mount("none", at(s, "mnt", path), "tmpfs", 0, NULL));
}

static int act_unmount(const struct scene *s)
{
	char path[PATH_BYTES];

	if (own_namespace(s) < 0)
		return -STATUS_LOST;
	return done(umount2(at(s, "mnt", path), MNT_DETACH));
}

static int act_remount(const struct scene *s)
{
	char path[PATH_BYTES];
	int fd;

	if (own_namespace(s) < 0)
		return -STATUS_LOST;
	fd = (int)syscall(SYS_fspick, AT_FDCWD, at(s, "mnt", path), 0);
	if (fd < 0)
		return -STATUS_LOST;
	return done(syscall(SYS_fsconfig, fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0));
}

static int act_pivot(const struct scene *s)
{
	char root[PATH_BYTES], old[PATH_BYTES];

	if (own_namespace(s) < 0)
		return -STATUS_LOST;
	return done(syscall(SYS_pivot_root, at(s, "mnt", root), at(s, "mnt/old", old)));
}

static int act_move_mount(const struct scene *s)
{
	char path[PATH_BYTES], to[PATH_BYTES];
	int tree;

	if (own_namespace(s) < 0)
		return -STATUS_LOST;
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, at(s, "mnt", path), OPEN_TREE_CLONE);
	if (tree < 0)
		return -STATUS_LOST;
	return done(syscall(SYS_move_mount, tree, "", AT_FDCWD, at(s, "to", to),
			    MOVE_MOUNT_F_EMPTY_PATH));
}

#define MOUNT "guard:mount", EPERM

static const struct row mount_rows[] = {
	{"4-user-namespace", "making a user namespace", "aw_userns_create", "userns_create",
	 "guard:namespace", EPERM, act_user_namespace},
	{"3-mount-first", "mounting where names are taken", "aw_sb_mount", "sb_mount",
	 "guard:mount-first", EPERM, act_mount_first, ROOT_ONLY, FIRST, true},
	{"4-mount", "mounting in a namespace of one's own", "aw_sb_mount", "sb_mount", MOUNT,
	 act_mount, ANYBODY, BEHIND},
	{"4-unmount", "unmounting", "aw_sb_umount", "sb_umount", MOUNT, act_unmount, ROOT_ONLY,
	 BEHIND},
	{"4-remount", "changing a file system", "aw_sb_remount", "sb_remount", MOUNT, act_remount,
	 ROOT_ONLY, BEHIND},
	{"3-pivot", "changing the root mount", "aw_sb_pivotroot", "sb_pivotroot", MOUNT, act_pivot,
	 ROOT_ONLY, BEHIND},
	{"36-move-mount", "attaching a detached mount", "aw_move_mount", "move_mount", MOUNT,
	 act_move_mount, ROOT_ONLY, BEHIND},
};
