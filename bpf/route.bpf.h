/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Source routing: the options of IPv4 (RFC 791) and the routing header of IPv6 (RFC 8200) send
 * packets to another address first than the one that was connected or sent to, and judged.
 */
#pragma once

#include "kernel_types.h"

#include <bpf/bpf_helpers.h>

#define IP_OPTIONS	    4
#define IP_RETOPTS	    7
#define IPV6_2292RTHDR	    5
#define IPV6_2292PKTOPTIONS 6
#define IPV6_RTHDR	    57

#define AW_CONTROL_PARTS    16 /* of one message that are read; with more it may not be sent */

static __always_inline bool aw_option_routes(int level, int name)
{
	if (level == IPPROTO_IP)
		return name == IP_OPTIONS;
	return level == IPPROTO_IPV6 &&
	       (name == IPV6_RTHDR || name == IPV6_2292RTHDR || name == IPV6_2292PKTOPTIONS);
}

static __always_inline bool aw_part_routes(const struct cmsghdr *part)
{
	if (part->cmsg_level == IPPROTO_IP)
		return part->cmsg_type == IP_RETOPTS;
	return part->cmsg_level == IPPROTO_IPV6 &&
	       (part->cmsg_type == IPV6_RTHDR || part->cmsg_type == IPV6_2292RTHDR);
}

/* Whether a message's control data (cmsg(3)) has such options. */
static __noinline bool aw_control_routes(__u64 control, __u64 length)
{
	struct cmsghdr part;
	__u64 at = 0;

#pragma clang loop unroll(disable)
	for (int i = 0; i < AW_CONTROL_PARTS; i++) {
		/* The kernel refuses what is shorter than its head. */
		if (at + sizeof(part) > length ||
		    bpf_probe_read_kernel(&part, sizeof(part), (void *)(control + at)) ||
		    part.cmsg_len < sizeof(part))
			return false;
		if (aw_part_routes(&part))
			return true;
		at += (part.cmsg_len + 7) & ~7ull;
	}
	return at + sizeof(part) <= length;
}
