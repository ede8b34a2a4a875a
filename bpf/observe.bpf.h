/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which system calls the observer takes for which operations: one row a call, with the places of
 * its arguments.
 */
#pragma once

#include "syscall.bpf.h"

#include "abi/policy.h"

enum aw_act_kind {
	AW_ACT_NONE,
	AW_ACT_OPEN,	/* the result is a file: path is where the flags are */
	AW_ACT_NAME,	/* one object by its name */
	AW_ACT_NAMES,	/* two */
	AW_ACT_FILE,	/* one by an open file */
	AW_ACT_MAP,	/* a mapping of an open file */
	AW_ACT_PROTECT, /* a mapping that is there */
	AW_ACT_SOCKET,	/* a unix socket by its address; path2 is where the length is */
	AW_ACT_MESSAGE, /* the same, in a message's header */
	AW_ACT_UNSEEN,	/* operations that nothing here can see: counted as lost */
};

#define AW_HERE	      0xff /* in place of a folder's argument: names start from the current one */
#define AW_FLAGS_USER 0x80 /* the flags are in memory that the argument points to */

struct aw_act {
	__u8 kind;
	__u8 op;
	__u8 dir; /* arguments, from 0 */
	__u8 path;
	__u8 dir2;
	__u8 path2;
};

#define AW_SYSCALLS_MAX 512 /* a power of two */

#define AW_OPENED(flags_)                             \
	{                                             \
		.kind = AW_ACT_OPEN, .path = (flags_) \
	}
#define AW_NAME(op_, dir_, path_)                                                \
	{                                                                        \
		.kind = AW_ACT_NAME, .op = (op_), .dir = (dir_), .path = (path_) \
	}
#define AW_NAMES(op_, dir_, path_, to_dir, to_path)                                \
	{                                                                          \
		.kind = AW_ACT_NAMES, .op = (op_), .dir = (dir_), .path = (path_), \
		.dir2 = (to_dir), .path2 = (to_path)                               \
	}
#define AW_FILE(op_)                             \
	{                                        \
		.kind = AW_ACT_FILE, .op = (op_) \
	}
#define AW_SOCKET(op_, address, length)                                                  \
	{                                                                                \
		.kind = AW_ACT_SOCKET, .op = (op_), .path = (address), .path2 = (length) \
	}

static const struct aw_act aw_acts[AW_SYSCALLS_MAX] = {
	[__NR_openat] = AW_OPENED(2),
	[__NR_openat2] = AW_OPENED(2 | AW_FLAGS_USER),
	[__NR_open_by_handle_at] = AW_OPENED(2),
	[__NR_mkdirat] = AW_NAME(AW_OP_CREATE, 0, 1),
	[__NR_mknodat] = AW_NAME(AW_OP_CREATE, 0, 1),
	[__NR_symlinkat] = AW_NAME(AW_OP_CREATE, 1, 2),
	[__NR_bind] = AW_SOCKET(AW_OP_CREATE, 1, 2),
	[__NR_unlinkat] = AW_NAME(AW_OP_DELETE, 0, 1),
	[__NR_renameat2] = AW_NAMES(AW_OP_RENAME, 0, 1, 2, 3),
	[__NR_linkat] = AW_NAMES(AW_OP_LINK, 0, 1, 2, 3),
	[__NR_truncate] = AW_NAME(AW_OP_WRITE, AW_HERE, 0),
	[__NR_ftruncate] = AW_FILE(AW_OP_WRITE),
	[__NR_fchmodat] = AW_NAME(AW_OP_ATTR, 0, 1),
	[__NR_fchmod] = AW_FILE(AW_OP_ATTR),
	[__NR_fchownat] = AW_NAME(AW_OP_ATTR, 0, 1),
	[__NR_fchown] = AW_FILE(AW_OP_ATTR),
	[__NR_utimensat] = AW_NAME(AW_OP_ATTR, 0, 1),
	[__NR_setxattr] = AW_NAME(AW_OP_ATTR, AW_HERE, 0),
	[__NR_lsetxattr] = AW_NAME(AW_OP_ATTR, AW_HERE, 0),
	[__NR_fsetxattr] = AW_FILE(AW_OP_ATTR),
	[__NR_removexattr] = AW_NAME(AW_OP_ATTR, AW_HERE, 0),
	[__NR_lremovexattr] = AW_NAME(AW_OP_ATTR, AW_HERE, 0),
	[__NR_fremovexattr] = AW_FILE(AW_OP_ATTR),
	[__NR_mmap] = {.kind = AW_ACT_MAP, .op = AW_OP_MAP, .path = 4},
	[__NR_mprotect] = {.kind = AW_ACT_PROTECT, .op = AW_OP_MAP},
	[__NR_pkey_mprotect] = {.kind = AW_ACT_PROTECT, .op = AW_OP_MAP},
	[__NR_connect] = AW_SOCKET(AW_OP_UNIX, 1, 2),
	[__NR_sendto] = AW_SOCKET(AW_OP_UNIX, 4, 5),
	[__NR_sendmsg] = {.kind = AW_ACT_MESSAGE, .op = AW_OP_UNIX, .path = 1},
	[__NR_sendmmsg] = {.kind = AW_ACT_MESSAGE, .op = AW_OP_UNIX, .path = 1}, /* the first */
	[__NR_io_uring_enter] = {.kind = AW_ACT_UNSEEN},
/* The rest is only in some tables: the older calls, and those of newer kernels. */
#ifdef __NR_open
	[__NR_open] = AW_OPENED(1),
	[__NR_creat] = AW_OPENED(1),
	[__NR_mkdir] = AW_NAME(AW_OP_CREATE, AW_HERE, 0),
	[__NR_mknod] = AW_NAME(AW_OP_CREATE, AW_HERE, 0),
	[__NR_symlink] = AW_NAME(AW_OP_CREATE, AW_HERE, 1),
	[__NR_unlink] = AW_NAME(AW_OP_DELETE, AW_HERE, 0),
	[__NR_rmdir] = AW_NAME(AW_OP_DELETE, AW_HERE, 0),
	[__NR_rename] = AW_NAMES(AW_OP_RENAME, AW_HERE, 0, AW_HERE, 1),
	[__NR_link] = AW_NAMES(AW_OP_LINK, AW_HERE, 0, AW_HERE, 1),
	[__NR_chmod] = AW_NAME(AW_OP_ATTR, AW_HERE, 0),
	[__NR_chown] = AW_NAME(AW_OP_ATTR, AW_HERE, 0),
	[__NR_lchown] = AW_NAME(AW_OP_ATTR, AW_HERE, 0),
	[__NR_utime] = AW_NAME(AW_OP_ATTR, AW_HERE, 0),
	[__NR_utimes] = AW_NAME(AW_OP_ATTR, AW_HERE, 0),
	[__NR_futimesat] = AW_NAME(AW_OP_ATTR, 0, 1),
#endif
#ifdef __NR_renameat
	[__NR_renameat] = AW_NAMES(AW_OP_RENAME, 0, 1, 2, 3),
#endif
#ifdef __NR_setxattrat
	[__NR_setxattrat] = AW_NAME(AW_OP_ATTR, 0, 1),
	[__NR_removexattrat] = AW_NAME(AW_OP_ATTR, 0, 1),
#endif
#ifdef __NR_fchmodat2
	[__NR_fchmodat2] = AW_NAME(AW_OP_ATTR, 0, 1),
#endif
};
