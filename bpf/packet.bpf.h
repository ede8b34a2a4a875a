/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A datagram that a socket of an agent sends or is sent: its other end, whose it is, and what a
 * decision about it needs. It is read as it goes to, or came from, the network.
 */
#pragma once

#include "address.bpf.h"
#include "route.bpf.h"

#include "abi/dns.h"

#include <bpf/bpf_endian.h>

#define ETH_P_IP_   0x0800
#define ETH_P_IPV6_ 0x86dd
#define IP4_BYTES   20
#define IP6_BYTES   40
#define UDP_BYTES   8

/* Beside the scratch of the same index. */
struct aw_message {
	struct aw_label label; /* for packets that no task of the agent sends */
	struct aw_dns dns;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64); /* the loader: as many as of aw_scratches */
	__type(key, __u32);
	__type(value, struct aw_message);
} aw_messages __weak SEC(".maps");

/* A datagram, as far as it is read before it is known to matter. */
struct aw_datagram {
	__u8 address[16]; /* of the other end, network order, IPv4 mapped */
	__u16 port;	  /* of the other end */
	__u16 own_port;	  /* of the agent's */
	bool is_odd;	  /* there is more to it than an address and a port */
	bool is_many;	  /* or than a message: one send can become many datagrams */
	__u32 at;	  /* the message's place in the packet */
	__u32 length;
};

struct aw_udp_header {
	__u16 source, target, length, check;
};

static __always_inline void aw_datagram_map4(struct aw_datagram *d, const __u8 *address)
{
	__builtin_memset(d->address, 0, 10);
	d->address[10] = 0xff;
	d->address[11] = 0xff;
	__builtin_memcpy(d->address + 12, address, 4);
}

/*
 * Whether the packet is not one of TCP without options, which most are and none of which matters
 * here: two loads, as long as its head is where it can be read.
 */
static __always_inline bool aw_packet_is_worth_it(struct __sk_buff *skb)
{
	__u8 *head = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (head + 10 > end)
		return true;
	if (head[0] == IP4_PLAIN)
		return head[9] != IPPROTO_TCP;
	return head[0] >> 4 != 6 || head[6] != IPPROTO_TCP;
}

/* The first bytes of the packet; a number known to the compiler. */
static __always_inline bool aw_packet_head(struct __sk_buff *skb, void *to, __u32 n)
{
	void *head = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (head + n > end)
		return !bpf_skb_load_bytes(skb, 0, to, n);
	__builtin_memcpy(to, head, n);
	return true;
}

/* The other end's address, and the UDP header; its place, 0 where that cannot be told. */
static __always_inline __u32 aw_datagram_heads(struct __sk_buff *skb, struct aw_datagram *d,
					       bool is_sent, struct aw_udp_header *udp)
{
	__u8 head[IP6_BYTES + UDP_BYTES];
	__u32 at;

	if (skb->protocol == bpf_htons(ETH_P_IP_)) {
		if (!aw_packet_head(skb, head, IP4_BYTES + UDP_BYTES))
			return 0;
		aw_datagram_map4(d, &head[is_sent ? 16 : 12]);
		d->is_odd = head[9] != IPPROTO_UDP || (head[6] & 0x3f) || head[7]; /* a fragment */
		__builtin_memcpy(udp, &head[IP4_BYTES], UDP_BYTES);
		at = (head[0] & 0xf) * 4;
		return at == IP4_BYTES || !bpf_skb_load_bytes(skb, at, udp, UDP_BYTES) ? at : 0;
	}
	if (skb->protocol != bpf_htons(ETH_P_IPV6_) ||
	    !aw_packet_head(skb, head, IP6_BYTES + UDP_BYTES))
		return 0;
	__builtin_memcpy(d->address, &head[is_sent ? 24 : 8], 16);
	__builtin_memcpy(udp, &head[IP6_BYTES], UDP_BYTES);
	d->is_odd = head[6] != IPPROTO_UDP; /* headers in between */
	return IP6_BYTES;
}

/* The packet's socket where that is one of datagrams; else NULL. */
static __always_inline struct bpf_sock *aw_datagram_socket(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return NULL;
	sk = bpf_sk_fullsock(sk);
	return sk && sk->protocol == IPPROTO_UDP ? sk : NULL;
}

/* Its other end and its message. False where there is no such thing. */
static __always_inline bool aw_datagram_read(struct __sk_buff *skb, struct aw_datagram *d,
					     bool is_sent)
{
	struct aw_udp_header udp = {};
	__u32 at;

	at = aw_datagram_heads(skb, d, is_sent, &udp);
	if (!at)
		return false;
	d->port = 0;
	d->own_port = 0;
	d->at = at + UDP_BYTES;
	d->length = 0;
	d->is_many = d->is_odd;
	if (d->is_odd)
		return true;
	d->port = bpf_ntohs(is_sent ? udp.target : udp.source);
	d->own_port = bpf_ntohs(is_sent ? udp.source : udp.target);
	d->length = skb->len - d->at;
	d->is_many = skb->gso_segs > 1 || bpf_ntohs(udp.length) != d->length + UDP_BYTES;
	return true;
}

/* Whether some agent of the host has a resolver at that port, perhaps: slot 0 has what all have. */
static __always_inline bool aw_is_resolver_port(__u16 port)
{
	__u32 none = 0;
	struct aw_agent *all = bpf_map_lookup_elem(&aw_agents, &none);

	return !all || all->resolver_ports & AW_RESOLVER_PORT_BIT(port);
}

/* An odd datagram's port is not known: any resolver at that address may be meant. */
static __always_inline bool aw_datagram_is_resolvers(const struct aw_datagram *d,
						     const struct aw_agent *agent)
{
#pragma clang loop unroll(disable)
	for (__u32 i = 0; d->is_odd && i < AW_RESOLVERS_MAX; i++) {
		if (i >= agent->n_resolvers)
			break;
		if (aw_is_resolver(agent, d->address, agent->resolvers[i].port))
			return true;
	}
	return aw_is_resolver(agent, d->address, d->port);
}

/* Whether the agent sends as one of its own resolvers: an answer of its own making, then. */
static __noinline bool aw_datagram_is_forged(struct __sk_buff *skb, const struct aw_agent *agent)
{
	struct aw_datagram sender = {};

	return agent && aw_datagram_read(skb, &sender, false) &&
	       aw_is_resolver(agent, sender.address, sender.port);
}

/* The other end, as the object's address. */
static __always_inline void aw_name_peer(struct aw_scratch *s, const struct aw_datagram *d)
{
	__builtin_memcpy(s->address, d->address, 16);
	s->address[16] = d->port >> 8;
	s->address[17] = d->port;
	s->port = d->port;
	s->protocol = IPPROTO_UDP;
}

/* There was no buffer: counted. */
static __always_inline bool aw_packet_refuse(const struct aw_hook_context *h, __u32 slot,
					     __u32 op_class)
{
	struct aw_counters *counters = aw_counters_of(slot);
	bool is_denied = AW_CONTROL_MODE(h->control, op_class) == AW_MODE_ENFORCE;

	if (counters) {
		__sync_fetch_and_add(&counters->reasons[AW_REASON_NO_SCRATCH], 1);
		__sync_fetch_and_add(
			&counters->operations[is_denied ? AW_EFFECT_DENIED : AW_EFFECT_WOULD_DENY],
			1);
	}
	return is_denied;
}

/* The agent whose socket this is. */
static __always_inline bool aw_packet_enter(struct __sk_buff *skb, struct aw_hook_context *h,
					    __u32 *ret_slot)
{
	__u64 cgroup = bpf_skb_cgroup_id(skb);
	__u32 *slot, key;

	slot = bpf_map_lookup_elem(&aw_cgroups, &cgroup);
	if (!slot)
		return false;
	key = *slot;
	*ret_slot = key;
	h->agent = bpf_map_lookup_elem(&aw_agents, &key);
	if (!h->agent || h->agent->state != AW_AGENT_LIVE)
		return false;
	h->control = *(volatile __u64 *)&h->agent->control;
	return true;
}

/* The label of who sends, if it is one of the agent's tasks; else NULL. */
static __always_inline struct aw_label *aw_label_sending(const struct aw_agent *agent, __u32 slot)
{
	__u32 tid = bpf_get_current_task_btf()->pid;
	struct aw_label *label = bpf_map_lookup_elem(&aw_labels_by_tid, &tid);

	return label && label->agent == slot && label->agent_generation == agent->generation ? label
											     : NULL;
}

/* A buffer for the decision and one for the message. Returns NULL where none is free. */
static __always_inline struct aw_message *aw_packet_prepare(struct aw_hook_context *h, __u32 hook,
							    __u32 slot, bool is_sent)
{
	struct aw_message *message;
	__u32 index;

	h->scratch = aw_scratch_claim();
	if (!h->scratch)
		return NULL;
	aw_scratch_begin(h->scratch, hook, slot, h->control, -EPERM_);
	index = h->scratch->index;
	message = bpf_map_lookup_elem(&aw_messages, &index);
	if (!message) {
		aw_scratch_release(h->scratch);
		return NULL;
	}
	h->label = is_sent ? aw_label_sending(h->agent, slot) : NULL;
	if (!h->label) {
		__builtin_memset(&message->label, 0, sizeof(message->label));
		message->label.agent = slot;
		message->label.agent_generation = h->agent->generation;
		message->label.control_generation = AW_CONTROL_GENERATION(h->control) - 1;
		h->label = &message->label;
	}
	aw_earned_check(h->label);
	h->label->notes.conditions = 0;
	h->label->notes.folder = 0;
	return message;
}
