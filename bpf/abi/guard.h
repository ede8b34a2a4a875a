/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Acts that would undo confinement: their numbers, and the capabilities that are among them. What
 * they are called, and the built-in rules that deny them, are in policy/guard.c.
 *
 * A guard act has no object but itself, so a policy's image holds the verdict id of each (see
 * aw_image_header.guard_vid), found by the compiler by the act's name: the programs need neither a
 * name nor an automaton.
 */
#pragma once

enum aw_guard {
	AW_GUARD_MOUNT,	      /* mount, unmount, remount, move a mount, pivot_root */
	AW_GUARD_MOUNT_FIRST, /* the same in the namespace that names are taken in: never lifted */
	AW_GUARD_NAMESPACE,   /* make a user namespace */
	AW_GUARD_PTRACE, /* trace, or write to the memory of, a process that is not one's own */
	AW_GUARD_PTRACE_READ,  /* read its memory, environment, descriptors */
	AW_GUARD_SIGNAL,       /* signal a process outside */
	AW_GUARD_SIGNAL_OWNER, /* have the kernel signal one: F_SETOWN */
	AW_GUARD_PRIORITY,     /* change priority, scheduling, limits of a process outside */
	AW_GUARD_BPF,
	AW_GUARD_PERF,
	AW_GUARD_MODULE,
	AW_GUARD_MODULE_REQUEST, /* have the kernel load one, by using what it does not have yet */
	AW_GUARD_KEXEC,
	AW_GUARD_FIRMWARE, /* and whatever else the kernel reads into itself */
	AW_GUARD_KEYS,
	AW_GUARD_KERNEL_LOG,
	AW_GUARD_PERSONALITY, /* of io_uring: act with credentials that were put aside */
	AW_GUARD_TERMINAL,    /* put input into a terminal */
	AW_GUARD_FILE_FLAGS,  /* chattr: on a descriptor that is open for reading alone */
	AW_GUARD_LOOP,
	AW_GUARD_SNAPSHOT, /* of btrfs: makes and removes whole trees */
	/* Writing to files of the kernel's own file systems, wherever they are mounted. */
	AW_GUARD_CGROUP,
	AW_GUARD_BPFFS,
	AW_GUARD_PROC,
	AW_GUARD_SYSFS,
	AW_GUARD_KERNEL_FILES, /* debugfs, tracefs, securityfs, configfs, efivarfs, binfmt_misc */
	/* Making sockets that no rule can judge. */
	AW_GUARD_SOCKET_RAW,
	AW_GUARD_SOCKET_ICMP, /* of ping, that need no right */
	AW_GUARD_SOCKET_MPTCP,
	AW_GUARD_SOCKET_SCTP,
	AW_GUARD_SOCKET_DCCP,
	AW_GUARD_SOCKET_UDP_LITE,
	AW_GUARD_SOCKET_NETLINK, /* of other protocols than everybody asks */
	AW_GUARD_SOCKET_PACKET,
	AW_GUARD_SOCKET_VSOCK,
	AW_GUARD_SOCKET_ALG,
	AW_GUARD_SOCKET_XDP,
	AW_GUARD_SOCKET_RXRPC,
	AW_GUARD_SOCKET_BLUETOOTH,
	AW_GUARD_SOCKET_CAN,
	AW_GUARD_SOCKET_TIPC,
	AW_GUARD_SOCKET_SMC,
	AW_GUARD_SOCKET_OTHER,
	AW_GUARD_SOCKET_ROUTE, /* have packets go by way of another address than was judged */
	AW_GUARD_ACTS,

	AW_GUARD_CAPABILITY = 64, /* and the capability's number */
	AW_GUARDS_MAX = 128,
};

#define AW_CAPABILITIES_MAX 64

/*
 * Capabilities that are refused in the first user namespace. Not among them is what only reaches
 * files and processes that other hooks decide about: CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER,
 * FSETID, SETFCAP, KILL, SYS_PTRACE; nor SETUID and the like, for a label outlives credentials.
 */
#define AW_GUARDED_CAPABILITIES                                                                    \
	(1ull << 9 /* LINUX_IMMUTABLE */ | 1ull << 12 /* NET_ADMIN */ | 1ull << 13 /* NET_RAW */ | \
	 1ull << 16 /* SYS_MODULE */ | 1ull << 17 /* SYS_RAWIO */ | 1ull << 18 /* SYS_CHROOT */ |  \
	 1ull << 20 /* SYS_PACCT */ | 1ull << 21 /* SYS_ADMIN */ | 1ull << 22 /* SYS_BOOT */ |     \
	 1ull << 25 /* SYS_TIME */ | 1ull << 26 /* SYS_TTY_CONFIG */ | 1ull << 27 /* MKNOD */ |    \
	 1ull << 30 /* AUDIT_CONTROL */ | 1ull << 32 /* MAC_OVERRIDE */ |                          \
	 1ull << 33 /* MAC_ADMIN */ | 1ull << 34 /* SYSLOG */ | 1ull << 37 /* AUDIT_READ */ |      \
	 1ull << 38 /* PERFMON */ | 1ull << 39 /* BPF */ | 1ull << 40 /* CHECKPOINT_RESTORE */)
