/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Which addresses an agent may take for which host names: what it asked for and was answered, for
 * as long as the answer holds (times are CLOCK_BOOTTIME nanoseconds). Of each agent its own.
 */
#pragma once

#include "policy.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#define AW_LEASES_MAX	   32768 /* addresses of all agents; then the one used longest ago goes */
#define AW_LEASE_NAMES	   8	 /* of one address; then the one that ends first goes */
#define AW_HOST_NAMES_MAX  16384
#define AW_HOST_NAME_BYTES 256
#define AW_LEASE_FOREVER   (~0ull)

/* A host name, in lower case and without a dot at its end; by its hash. */
struct aw_host_name {
	__u32 length; /* at most AW_HOST_MAX */
	char name[AW_HOST_NAME_BYTES];
};

struct aw_lease_key {
	__u32 agent;
	__u32 agent_generation;
	__u8 address[16]; /* network order, IPv4 mapped */
};

/* One name of an address. */
struct aw_lease_name {
	__u64 expires_ns; /* 0: there is none here */
	__u64 name;	  /* its hash */
	__u32 state; /* that the network automaton reaches behind it (0: none that matters) … */
	__u32 generation; /* … under the control word of this generation */
};

struct aw_lease {
	struct aw_lease_name names[AW_LEASE_NAMES];
};

static __always_inline int aw_is_special4(const __u8 a[4])
{
	const __u32 word = (__u32)a[0] << 24 | a[1] << 16 | a[2] << 8 | a[3];

	return a[0] == 0 || a[0] == 127 || (a[0] == 169 && a[1] == 254) || a[0] >= 224 ||
	       word == 0x646464c8 || word == 0xa83f8110 || word == 0xc00000c0;
}

/*
 * Addresses that no answer leases, for whoever owns a name could point it there: this host itself
 * (loopback, unspecified), the link (link-local, where cloud metadata is), the other addresses of
 * metadata (100.100.100.200, 168.63.129.16, 192.0.0.192, fd00:ec2::/32, fd20:ce::/32, fd00:c1::/32,
 * fd00:42::/32), multicast, broadcast and what is reserved (IPv4 240.0.0.0/4); of IPv6 also what
 * stands for such an IPv4 address (mapped, by NAT64: RFC 6052, by 6to4: RFC 3056). Rules name these
 * by range; userspace/policy/special_range.c has what a wider range does not give.
 */
static __always_inline int aw_is_special(const __u8 address[16])
{
	__u64 high = 0, low = 0;

	for (int i = 0; i < 8; i++) {
		high = high << 8 | address[i];
		low = low << 8 | address[8 + i];
	}
	if (high == 0)
		return low >> 32 == 0xffff ? aw_is_special4(address + 12) : low <= 1;
	if (high == 0x0064ff9b00000000ull && low >> 32 == 0)
		return aw_is_special4(address + 12);
	if (high >> 48 == 0x2002)
		return aw_is_special4(address + 2);
	if (high >> 32 == 0xfd000ec2 || high >> 32 == 0xfd2000ce || high >> 32 == 0xfd0000c1 ||
	    high >> 32 == 0xfd000042)
		return 1;
	return address[0] == 0xff || (address[0] == 0xfe && (address[1] & 0xc0) == 0x80);
}
