/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ioctl(2) by command, for those that act beyond the descriptor they are given; all with EPERM:
 *
 *   file_ioctl, file_ioctl_compat
 *     TIOCSTI, TIOCLINUX               put input into a terminal
 *     FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR   flags and project of a file that is open for reading
 *     loop devices                     make a disk of a file
 *     btrfs                            make and remove snapshots and subvolumes
 *     FIOSETOWN, SIOCSPGRP             have the kernel signal somebody, as F_SETOWN
 *
 * Most programs ask terminals something, so the command is looked at first.
 */
#include "guard.bpf.h"

#define TIOCSTI_	      0x5412
#define TIOCLINUX_	      0x541c
#define FIOSETOWN_	      0x8901
#define SIOCSPGRP_	      0x8902
#define FS_IOC_SETFLAGS_      0x40086602
#define FS_IOC32_SETFLAGS_    0x40046602
#define FS_IOC_FSSETXATTR_    0x401c5820
#define LOOP_TYPE	      0x4c
#define LOOP_GET_STATUS_      0x4c03
#define LOOP_GET_STATUS64_    0x4c05
#define BTRFS_TYPE	      0x94
#define BTRFS_SNAP_CREATE     1
#define BTRFS_SUBVOL_CREATE   14
#define BTRFS_SNAP_DESTROY    15
#define BTRFS_DEFAULT_SUBVOL  19
#define BTRFS_SNAP_CREATE_V2  23
#define BTRFS_SUBVOL_CREATE_2 24
#define BTRFS_SUBVOL_SETFLAGS 26
#define BTRFS_SNAP_DESTROY_V2 63

#define AW_BTRFS_GUARDED                                                                        \
	(1ull << BTRFS_SNAP_CREATE | 1ull << BTRFS_SUBVOL_CREATE | 1ull << BTRFS_SNAP_DESTROY | \
	 1ull << BTRFS_DEFAULT_SUBVOL | 1ull << BTRFS_SNAP_CREATE_V2 |                          \
	 1ull << BTRFS_SUBVOL_CREATE_2 | 1ull << BTRFS_SUBVOL_SETFLAGS |                        \
	 1ull << BTRFS_SNAP_DESTROY_V2)

/* AW_GUARD_ACTS where it is none. */
static __always_inline __u32 aw_guard_of_command(unsigned int command)
{
	__u32 type = command >> 8 & 0xff, number = command & 0xff;

	switch (command) {
	case TIOCSTI_:
	case TIOCLINUX_:
		return AW_GUARD_TERMINAL;
	case FIOSETOWN_:
	case SIOCSPGRP_:
		return AW_GUARD_SIGNAL_OWNER;
	case FS_IOC_SETFLAGS_:
	case FS_IOC32_SETFLAGS_:
	case FS_IOC_FSSETXATTR_:
		return AW_GUARD_FILE_FLAGS;
	case LOOP_GET_STATUS_:
	case LOOP_GET_STATUS64_:
		return AW_GUARD_ACTS;
	}
	if (command >> 8 == LOOP_TYPE)
		return AW_GUARD_LOOP;
	if (type == BTRFS_TYPE && number < 64 && AW_BTRFS_GUARDED >> number & 1)
		return AW_GUARD_SNAPSHOT;
	return AW_GUARD_ACTS;
}

static __always_inline int aw_guard_ioctl(unsigned int command)
{
	__u32 act = aw_guard_of_command(command);

	return act == AW_GUARD_ACTS ? 0 : aw_guard(AW_HOOK_FILE_IOCTL, act, 0, EPERM_);
}

SEC("lsm/file_ioctl")
int BPF_PROG(aw_file_ioctl, struct file *file, unsigned int command, unsigned long argument,
	     int ret)
{
	return ret ?: aw_guard_ioctl(command);
}

SEC("lsm/file_ioctl_compat")
int BPF_PROG(aw_file_ioctl_compat, struct file *file, unsigned int command, unsigned long argument,
	     int ret)
{
	return ret ?: aw_guard_ioctl(command);
}
