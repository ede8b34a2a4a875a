/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Source routing: the options of IPv4 (RFC 791) and the routing header of IPv6 (RFC 8200) send
 * packets to another address first than the one that was connected or sent to, and judged. It is
 * found where it is asked for, and in packets: of the messages of one sendmmsg() to one address,
 * the kernel asks about the first alone.
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

#define IP4_PLAIN	    0x45 /* version 4, and no options */
#define IP4_OPTIONS_AT	    20
#define IP4_OPTIONS_MAX	    40
#define IP4_OPTION_END	    0
#define IP4_OPTION_NOTHING  1
#define IP4_OPTION_LOOSE    131
#define IP4_OPTION_STRICT   137
#define IP6_EXTENSIONS_AT   40
#define IP6_EXTENSIONS	    4 /* before a routing header that are read; with more it is not sent */
#define IP6_HOP_BY_HOP	    0
#define IP6_ROUTING	    43
#define IP6_DESTINATION	    60

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

static __always_inline bool aw_is_extension(__u8 next)
{
	return next == IP6_HOP_BY_HOP || next == IP6_ROUTING || next == IP6_DESTINATION;
}

/* Whether there is more to the packet's head than nearly all have; two loads. */
static __always_inline bool aw_packet_has_options(struct __sk_buff *skb)
{
	__u8 *head = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (head + 10 > end)
		return true;
	if (head[0] == IP4_PLAIN)
		return false;
	return head[0] >> 4 != 6 || aw_is_extension(head[6]);
}

static __always_inline bool aw_packet_routes4(struct __sk_buff *skb, __u32 n)
{
	__u8 options[64] = {};
	__u32 at = 0;

	if (n < 4 || n > IP4_OPTIONS_MAX)
		return n;
	if (bpf_skb_load_bytes(skb, IP4_OPTIONS_AT, options, ((n - 1) & 63) + 1))
		return true;
#pragma clang loop unroll(disable)
	for (int i = 0; i < IP4_OPTIONS_MAX && at < n; i++) {
		__u8 option = options[at & 63], length = options[(at + 1) & 63];

		if (option == IP4_OPTION_END)
			return false;
		if (option == IP4_OPTION_LOOSE || option == IP4_OPTION_STRICT)
			return true;
		if (option == IP4_OPTION_NOTHING)
			length = 1;
		if (!length)
			return true; /* what comes behind it cannot be told */
		at += length;
	}
	return false;
}

static __always_inline bool aw_packet_routes6(struct __sk_buff *skb, __u8 next)
{
	__u8 extension[2];
	__u32 at = IP6_EXTENSIONS_AT;

#pragma clang loop unroll(disable)
	for (int i = 0; i < IP6_EXTENSIONS; i++) {
		if (next == IP6_ROUTING)
			return true;
		if (!aw_is_extension(next))
			return false;
		if (bpf_skb_load_bytes(skb, at, extension, sizeof(extension)))
			return true;
		next = extension[0];
		at += 8 + extension[1] * 8;
	}
	return true;
}

/* Whether the packet is source routed, or that cannot be told. */
static __noinline bool aw_packet_routes(struct __sk_buff *skb)
{
	__u8 head[8];

	if (bpf_skb_load_bytes(skb, 0, head, sizeof(head)))
		return true;
	if (head[0] >> 4 == 4)
		return aw_packet_routes4(skb, (head[0] & 0xf) * 4 - IP4_OPTIONS_AT);
	return head[0] >> 4 != 6 || aw_packet_routes6(skb, head[6]);
}
