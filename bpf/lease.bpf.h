/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses that are leased to host names: puts them down and finds them. What a lease is worth is
 * address.bpf.h's, who gives one dns.bpf.c's.
 */
#pragma once

#include "match.bpf.h"

#include "abi/lease.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, AW_LEASES_MAX);
	__type(key, struct aw_lease_key);
	__type(value, struct aw_lease);
} aw_leases __weak SEC(".maps");

/* Names by their hash. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, AW_HOST_NAMES_MAX);
	__type(key, __u64);
	__type(value, struct aw_host_name);
} aw_host_names __weak SEC(".maps");

/* The name server of this number that an address and port are, in the agent's list. */
static __always_inline bool aw_is_resolver(const struct aw_agent *agent, const __u8 address[16],
					   __u16 port)
{
	__u64 high = *(const __u64 *)address, low = *(const __u64 *)(address + 8);

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < AW_RESOLVERS_MAX; i++) {
		const struct aw_resolver *resolver = &agent->resolvers[i];

		if (i >= agent->n_resolvers)
			return false;
		if (resolver->port == port && *(const __u64 *)resolver->address == high &&
		    *(const __u64 *)(resolver->address + 8) == low)
			return true;
	}
	return false;
}

/* Whether what the agent asks its resolvers is looked at: by a policy, or to learn one. */
static __always_inline bool aw_questions_count(__u64 control)
{
	return AW_CONTROL_HAS_HOSTS(control) ||
	       AW_CONTROL_MODE(control, AW_CLASS_NET) == AW_MODE_OBSERVE;
}

/*
 * Where a name is written down: its own place, one that means the same to the policy, a free one,
 * or that of the name which ends first.
 */
static __always_inline __u32 aw_lease_place(const struct aw_lease *lease,
					    const struct aw_lease_name *name)
{
	__u64 first = AW_LEASE_FOREVER;
	__u32 place = 0;

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < AW_LEASE_NAMES; i++) {
		const struct aw_lease_name *known = &lease->names[i];

		if (known->name == name->name || (known->state && known->state == name->state &&
						  known->generation == name->generation &&
						  known->expires_ns != AW_LEASE_FOREVER))
			return i;
		if (known->expires_ns < first) {
			first = known->expires_ns;
			place = i;
		}
	}
	return place;
}

/*
 * A name in its place. It ends before it is changed, so that nobody takes half of each for a whole;
 * a name that holds for longer already keeps that.
 */
static __always_inline void aw_lease_write(struct aw_lease *lease, const struct aw_lease_name *name)
{
	__u32 place = aw_lease_place(lease, name) & (AW_LEASE_NAMES - 1);
	struct aw_lease_name *to = &lease->names[place];
	__u64 expires = name->expires_ns;

	if (to->name == name->name && to->expires_ns > expires)
		expires = to->expires_ns;
	*(volatile __u64 *)&to->expires_ns = 0;
	*(volatile __u64 *)&to->name = name->name;
	*(volatile __u32 *)&to->state = name->state;
	*(volatile __u32 *)&to->generation = name->generation;
	*(volatile __u64 *)&to->expires_ns = expires;
}

static __noinline int aw_lease_put(const struct aw_lease_key *key, const struct aw_lease_name *name)
{
	struct aw_lease *lease = bpf_map_lookup_elem(&aw_leases, key);
	struct aw_lease fresh = {};

	if (!lease) {
		fresh.names[0] = *name;
		if (!bpf_map_update_elem(&aw_leases, key, &fresh, BPF_NOEXIST))
			return 0;
		lease = bpf_map_lookup_elem(&aw_leases, key); /* another CPU was first */
		if (!lease)
			return -1;
	}
	aw_lease_write(lease, name);
	return 0;
}
