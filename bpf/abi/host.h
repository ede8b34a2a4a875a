/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the commands of one host tell each other through pinned maps that no program reads: whether
 * the set of programs is complete, which image is in which slot, and who reads which rings.
 */
#pragma once

#include "policy.h"

#define AW_HOST_ABI 9 /* raised with every change to a shared map */

enum aw_host_state {
	AW_HOST_EMPTY,
	AW_HOST_READY, /* set last: without it the pins are the left-overs of a load that died */
};

struct aw_host_info {
	__u32 state;
	__u32 abi;
	__u32 attach; /* enum aw_attach */
	__u32 pad;
};

/* A process that owns something here; start as in field 22 of /proc/PID/stat. */
struct aw_owner {
	__u32 pid; /* 0: nobody */
	__u32 pad;
	__u64 start;
};

/* Which policy image a slot holds; index: size class × AW_POLICIES_MAX + slot. */
struct aw_image_entry {
	__u32 used;
	__u32 pad;
	__u8 hash[32];
};
