/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Which addresses an agent may take for which host names: what it asked for and was answered, for as
 * long as the answer holds (times are CLOCK_BOOTTIME nanoseconds). Of each agent its own.
 */
#pragma once

#include "policy.h"

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
	__u32 state;	  /* that the network automaton reaches behind it … */
	__u32 generation; /* … under the control word of this generation */
};

struct aw_lease {
	struct aw_lease_name names[AW_LEASE_NAMES];
};
