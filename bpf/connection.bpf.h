/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections with budgets that count what goes through them (abi/limit.h): noted when they are
 * made, and spent from with every send, whoever sends. Forgotten with their socket.
 */
#pragma once

#include "address.bpf.h"

#define CONNECTION_UNUSED (~0ull) /* nothing was sent through it */

/* By the socket's cookie, which no other socket ever has. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC_);
	__uint(max_entries, AW_CONNECTIONS_MAX);
	__type(key, __u64);
	__type(value, struct aw_connection);
} aw_connections __weak SEC(".maps");

/* Whether there ever was one: until then a send costs one load more. */
extern __u32 aw_counts_connections;

struct aw_connection_turn {
	struct aw_scratch *scratch;
	struct aw_connection *known;
};

/* The next of the new budgets, where the connection does not have it. */
static long aw_connection_join(__u32 i, struct aw_connection_turn *turn)
{
	struct aw_scratch *s = turn->scratch;
	struct aw_connection *known = turn->known;
	__u32 at;

	s->limit = s->connection.limits[i & (AW_LIMITS_MATCH_MAX - 1)];
#pragma unroll
	for (int j = 0; j < AW_LIMITS_MATCH_MAX; j++)
		if (known->limits[j].id == s->limit.id)
			return 0;
	at = __sync_fetch_and_add(&known->n, 1);
	if (at >= AW_LIMITS_MATCH_MAX) {
		s->fail_reason = AW_REASON_NO_BUDGET;
		return 1;
	}
	known->limits[at & (AW_LIMITS_MATCH_MAX - 1)] = s->limit;
	return 0;
}

/*
 * What was allowed and has to be counted. A socket that is connected again keeps what it has:
 * whoever connects it elsewhere, which may fail, does not get rid of it. Sets fail_reason where
 * there is no room.
 */
static __noinline int aw_connection_note(struct aw_scratch *s, const struct aw_label *label,
					 __u64 cookie)
{
	struct aw_connection_turn turn = {.scratch = s};

	s->connection.agent = label->agent;
	s->connection.agent_generation = label->agent_generation;
	s->connection.received = CONNECTION_UNUSED;
	s->connection.row = s->row;
	s->connection.policy = s->policy;
	s->connection.host = s->host;
	s->connection.vid = s->vid;
	s->limit_at_ns = 0;
	*(volatile __u32 *)&aw_counts_connections = 1;
	if (!bpf_map_update_elem(&aw_connections, &cookie, &s->connection, BPF_NOEXIST))
		return 0;
	turn.known = bpf_map_lookup_elem(&aw_connections, &cookie);
	if (turn.known)
		bpf_loop(s->connection.n & 15, aw_connection_join, &turn, 0);
	else
		s->fail_reason = AW_REASON_NO_BUDGET;
	return 0;
}

/* Its other end, as the object. The socket is known by its address alone, in some hooks. */
static __always_inline void aw_connection_name(struct aw_scratch *s, const struct sock *sk)
{
	struct aw_sockaddr to = {};

	to.family = BPF_CORE_READ(sk, __sk_common.skc_family);
	to.port = BPF_CORE_READ(sk, __sk_common.skc_dport);
	to.address4 = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	if (to.family == AF_INET6)
		BPF_CORE_READ_INTO(&to.address6, sk, __sk_common.skc_v6_daddr);
	aw_address_take(s, &to);
	s->protocol = BPF_CORE_READ(sk, sk_protocol);
	s->object = AW_OBJECT_ADDRESS;
}

/* How many bytes it has received. Where that is not known, each send is an exchange. */
static __always_inline __u64 aw_connection_received(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP
		       ? BPF_CORE_READ((const struct tcp_sock *)sk, bytes_received)
		       : CONNECTION_UNUSED - 1;
}

/* What the scratch needs of a connection: to spend from its budgets, or to tell of them. */
static __always_inline void aw_connection_take(struct aw_scratch *s, struct aw_connection *c,
					       const struct sock *sk)
{
	__u32 n = c->n < AW_LIMITS_MATCH_MAX ? c->n : AW_LIMITS_MATCH_MAX;

	s->limits = (1ull << (n & 15)) - 1;
	s->limit_cells = (__u64)c->limits;
	s->payer = c->agent;
	s->payer_generation = c->agent_generation;
	s->row = c->row;
	s->policy = c->policy;
	s->host = c->host;
	s->vid = c->vid;
	s->is_through = 1;
	aw_connection_name(s, sk);
}

/* What is not known to be paid for: with one of the budgets that would have to be asked. */
static __always_inline void aw_connection_refuse(struct aw_scratch *s,
						 const struct aw_connection *c)
{
	s->limit = c->limits[0];
	s->limit_at_ns = 0;
	s->fail_reason = AW_REASON_NO_BUDGET;
}

/*
 * A send through a connection, of so many bytes. One that names an address, which the connection
 * ignores, is refused: of a batch of them the kernel asks about the first alone. Returns 0 or the
 * error.
 */
static __always_inline int aw_connection_spend(const struct sock *sk, __u32 size, bool is_named)
{
	__u64 cookie = sk->__sk_common.skc_cookie.counter, received;
	struct aw_connection *c = NULL;
	struct aw_hook_context h;
	struct aw_scratch *s;
	__u32 op;
	int err;

	if (cookie)
		c = bpf_map_lookup_elem(&aw_connections, &cookie);
	if (!c)
		return 0;
	if (!aw_enter(&h, AW_HOOK_SOCKET_SENDMSG, AW_CLASS_NET, &err))
		return err;
	s = h.scratch;
	op = sk->sk_type == SOCK_STREAM ? AW_OP_TCP : AW_OP_UDP;
	aw_connection_take(s, c, sk);
	received = aw_connection_received(sk);
	s->sent = size;
	s->is_exchange = c->received != received;
	if (AW_CONTROL_MODE(s->control, AW_CLASS_NET) != AW_MODE_OBSERVE) {
		if (is_named)
			aw_connection_refuse(s, c);
		else
			aw_charge(s, h.label, op, AW_VERDICT_ALLOW);
	}
	err = 0;
	if (s->fail_reason) {
		aw_address_tell_host(s, h.agent, op);
		err = aw_conclude(s, h.agent, h.label, op);
	} else if (sk->sk_protocol == IPPROTO_TCP) {
		c->received = received;
	}
	aw_scratch_release(s);
	return aw_refusal(err);
}
