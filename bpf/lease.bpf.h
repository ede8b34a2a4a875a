/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses that are leased to host names: puts them down and finds them. What a lease is worth is
 * address.bpf.h's, who gives one dns.bpf.h's.
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

struct aw_lease_search {
	struct aw_scratch *scratch;
	const struct aw_lease *lease;
	const struct aw_lease_name *name;
};

/* One place; s->names_turn counts them. */
static long aw_lease_look_at(__u32 i, struct aw_lease_search *search)
{
	const struct aw_lease_name *name = search->name;
	struct aw_scratch *s = search->scratch;
	__u32 at = s->names_turn++ & (AW_LEASE_NAMES - 1);
	const struct aw_lease_name *known = &search->lease->names[at];

	if (known->name == name->name ||
	    (known->state && known->state == name->state && known->generation == name->generation &&
	     known->expires_ns != AW_LEASE_FOREVER)) {
		s->lease_place = at;
		return 1;
	}
	if (known->expires_ns < s->lease_first) {
		s->lease_first = known->expires_ns;
		s->lease_place = at;
	}
	return 0;
}

/*
 * Where a name is written down: its own place, one that means the same to the policy, a free one,
 * or that of the name which ends first.
 */
static __always_inline __u32 aw_lease_place(struct aw_scratch *s, const struct aw_lease *lease,
					    const struct aw_lease_name *name)
{
	struct aw_lease_search search = {.scratch = s, .lease = lease, .name = name};

	s->names_turn = 0;
	s->lease_place = 0;
	s->lease_first = AW_LEASE_FOREVER;
	bpf_loop(AW_LEASE_NAMES, aw_lease_look_at, &search, 0);
	return s->lease_place & (AW_LEASE_NAMES - 1);
}

/*
 * A name in its place. It ends before it is changed, so that nobody takes half of each for a whole.
 * What holds for longer already keeps that: the name itself, and another one that means the same.
 */
static __always_inline void aw_lease_write(struct aw_scratch *s, struct aw_lease *lease,
					   const struct aw_lease_name *name)
{
	struct aw_lease_name *to = &lease->names[aw_lease_place(s, lease, name)];
	__u64 expires = name->expires_ns;

	if (to->expires_ns > expires) {
		if (to->name == name->name)
			expires = to->expires_ns;
		else if (to->state && to->state == name->state &&
			 to->generation == name->generation)
			return;
	}
	*(volatile __u64 *)&to->expires_ns = 0;
	*(volatile __u64 *)&to->name = name->name;
	*(volatile __u32 *)&to->state = name->state;
	*(volatile __u32 *)&to->generation = name->generation;
	*(volatile __u64 *)&to->expires_ns = expires;
}

static __noinline int aw_lease_put(struct aw_scratch *s, const struct aw_lease_key *key,
				   const struct aw_lease_name *name)
{
	struct aw_lease *lease = bpf_map_lookup_elem(&aw_leases, key);

	if (!lease) {
		__builtin_memset(&s->lease, 0, sizeof(s->lease));
		s->lease.names[0] = *name;
		if (!bpf_map_update_elem(&aw_leases, key, &s->lease, BPF_NOEXIST))
			return 0;
		lease = bpf_map_lookup_elem(&aw_leases, key); /* another CPU was first */
		if (!lease)
			return -1;
	}
	aw_lease_write(s, lease, name);
	return 0;
}
