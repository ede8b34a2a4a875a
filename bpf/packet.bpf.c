/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets of an agent's sockets. Each program, and what it does:
 *
 *   cgroup_skb/egress    source routed: an act of guard.socket; a datagram to a resolver: a
 *                        question, decided as such (dns.bpf.h); as a resolver, which would be an
 *                        answer of the agent's own making: refused; from a connected socket to
 *                        anywhere else: decided with its first packet, and the first after a change
 *                        of policy or mode; refused, the send fails with EPERM
 *   cgroup_skb/ingress   from a resolver: an answer
 *
 * They run for sockets that were made in the agent's cgroup: egress for those of every agent,
 * ingress where questions count. What is sent to an address that the send names was decided in
 * net.bpf.c.
 */
#include "dns.bpf.h"
#include "guard.bpf.h"

__u32 aw_checks_datagrams;

/* What a socket's datagrams to its peer were let through by. */
struct aw_peer {
	__u32 slot;
	__u32 agent_generation;
	__u32 control_generation;
	__u16 port;
	__u16 pad;
	__u8 address[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC_);
	__type(key, int);
	__type(value, struct aw_peer);
} aw_peers __weak SEC(".maps");

/* Whether this is to where the socket's datagrams were let through to, and nothing has changed. */
static __always_inline bool aw_is_peer(struct bpf_sock *sk, const struct aw_datagram *d)
{
	struct aw_peer *peer = bpf_sk_storage_get(&aw_peers, sk, 0, 0);
	struct aw_agent *agent;
	__u32 slot;

	if (!peer || d->is_odd || peer->port != d->port ||
	    *(__u64 *)peer->address != *(const __u64 *)d->address ||
	    *(__u64 *)(peer->address + 8) != *(const __u64 *)(d->address + 8))
		return false;
	slot = peer->slot;
	agent = bpf_map_lookup_elem(&aw_agents, &slot);
	return agent && agent->state == AW_AGENT_LIVE &&
	       agent->generation == peer->agent_generation &&
	       AW_CONTROL_GENERATION(agent->control) == peer->control_generation;
}

static __always_inline void aw_peer_note(struct bpf_sock *sk, const struct aw_datagram *d,
					 const struct aw_hook_context *h)
{
	struct aw_peer *peer = bpf_sk_storage_get(&aw_peers, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (!peer)
		return; /* the next one is decided again */
	peer->slot = h->label->agent;
	peer->agent_generation = h->label->agent_generation;
	peer->control_generation = AW_CONTROL_GENERATION(h->control);
	peer->port = d->port;
	__builtin_memcpy(peer->address, d->address, sizeof(peer->address));
}

/*
 * Whether what names its address was decided when it was sent: most is. Of a batch to one address
 * the kernel asks about the first alone, which matters to budgets; and a socket that was connected
 * when it sent may not be any more.
 */
static __always_inline bool aw_is_decided(void)
{
	__u32 tid = bpf_get_current_task_btf()->pid;
	struct aw_label *label = bpf_map_lookup_elem(&aw_labels_by_tid, &tid);

	if (!label)
		return true;
	if (!label->notes.sends)
		return false;
	label->notes.sends = 0;
	return true;
}

/*
 * To anywhere else than a resolver. What was allowed when the socket was connected is neither
 * counted nor told again; one of a batch is decided as if it had been sent alone.
 */
static __always_inline int aw_mediate_datagram(struct aw_hook_context *h,
					       const struct aw_datagram *d, bool is_connected)
{
	struct aw_scratch *s = h->scratch;

	aw_name_peer(s, d);
	if (d->is_odd)
		s->fail_reason = AW_REASON_UNRESOLVED;
	aw_judge_address(h, AW_OP_UDP);
	s->sent = d->length;
	s->is_through = is_connected;
	if (is_connected && !s->fail_reason &&
	    AW_CONTROL_MODE(h->control, AW_CLASS_NET) != AW_MODE_OBSERVE &&
	    aw_verdict_permits(aw_verdict_in(s->row, AW_OP_UDP))) {
		if (s->limits)
			aw_charge(s, h->label, AW_OP_UDP, AW_VERDICT_ALLOW);
		if (!s->fail_reason)
			return 0;
	}
	aw_address_tell_host(s, h->agent, AW_OP_UDP);
	return aw_conclude(s, h->agent, h->label, AW_OP_UDP);
}

/* A word of a socket, whose address the compiler may not compute with. */
#define AW_SOCK_WORD(sk, field)                                                           \
	({                                                                                \
		__u32 word_;                                                              \
		asm volatile("%0 = *(u32 *)(%1 + %2)"                                     \
			     : "=r"(word_)                                                \
			     : "r"(sk), "i"(__builtin_offsetof(struct bpf_sock, field))); \
		word_;                                                                    \
	})

/* Whether it goes to where its socket is connected: a send can name another address. */
static __always_inline bool aw_is_to_peer(struct bpf_sock *sk, const struct aw_datagram *d)
{
	const __u32 *address = (const __u32 *)d->address;

	if (d->is_odd || !d->port || sk->dst_port != bpf_htons(d->port))
		return false;
	if (sk->family == AF_INET)
		return address[3] == sk->dst_ip4;
	return address[0] == AW_SOCK_WORD(sk, dst_ip6[0]) &&
	       address[1] == AW_SOCK_WORD(sk, dst_ip6[1]) &&
	       address[2] == AW_SOCK_WORD(sk, dst_ip6[2]) &&
	       address[3] == AW_SOCK_WORD(sk, dst_ip6[3]);
}

/*
 * Whether it was let through before; with the last word, or as far as is known. While nothing is
 * checked here, and where the port cannot be read (a route that was lifted), what an unconnected
 * socket sends was decided by its name.
 */
static __always_inline bool aw_is_let_out(struct bpf_sock *sk, const struct aw_datagram *d,
					  bool is_to_peer, bool is_last)
{
	if (is_to_peer)
		return aw_is_peer(sk, d);
	if (!*(volatile __u32 *)&aw_checks_datagrams || d->is_odd)
		return !sk->dst_port;
	return is_last && aw_is_decided();
}

/* What asked for it was let through: it was not seen, or lifted before a change of policy. */
static __always_inline bool aw_route_is_refused(struct __sk_buff *skb, struct aw_hook_context *h,
						__u32 *slot)
{
	int err;

	if (!aw_packet_enter(skb, h, slot))
		return false;
	if (!aw_packet_prepare(h, AW_HOOK_CGROUP_EGRESS, *slot, true))
		return aw_packet_refuse(h, *slot, AW_CLASS_GUARD);
	h->scratch->guard = AW_GUARD_SOCKET_ROUTE;
	aw_guard_judge(h->scratch, h->label);
	err = aw_conclude(h->scratch, h->agent, h->label, AW_OP_GUARD);
	aw_scratch_release(h->scratch);
	return err;
}

SEC("?cgroup_skb/egress")
int aw_cgroup_egress(struct __sk_buff *skb)
{
	struct aw_hook_context h = {};
	struct aw_datagram datagram = {};
	struct aw_message *message;
	bool is_special, is_question, is_forged, is_to_peer;
	__u32 slot = 0;
	struct bpf_sock *sk;
	int err;

	if (!aw_packet_is_worth_it(skb))
		return 1;
	if (aw_packet_has_options(skb) && aw_packet_routes(skb) &&
	    aw_route_is_refused(skb, &h, &slot))
		return 0;
	sk = aw_datagram_socket(skb);
	if (!sk || !aw_datagram_read(skb, &datagram, true))
		return 1;
	is_special = datagram.is_odd || aw_is_resolver_port(datagram.port) ||
		     aw_is_resolver_port(datagram.own_port);
	is_to_peer = aw_is_to_peer(sk, &datagram);
	if (!is_special && aw_is_let_out(sk, &datagram, is_to_peer, false))
		return 1;
	if (!aw_packet_enter(skb, &h, &slot))
		return 1;
	is_special = is_special && aw_questions_count(h.control);
	is_question = is_special && aw_datagram_is_resolvers(&datagram, h.agent);
	is_forged = is_special && aw_is_resolver_port(datagram.own_port) &&
		    aw_datagram_is_forged(skb, h.agent);
	if (!is_question && !is_forged && aw_is_let_out(sk, &datagram, is_to_peer, true))
		return 1;
	message = aw_packet_prepare(&h, AW_HOOK_CGROUP_EGRESS, slot, true);
	if (!message)
		return !aw_packet_refuse(&h, slot, AW_CLASS_NET);
	if (is_forged)
		datagram.is_many = true; /* no question, whatever it looks like */
	if (is_question || is_forged) {
		err = aw_mediate_question(skb, &h, &datagram, &message->dns);
	} else {
		err = aw_mediate_datagram(&h, &datagram, is_to_peer);
		if (!err && is_to_peer && !h.scratch->is_metered)
			aw_peer_note(sk, &datagram, &h);
	}
	aw_scratch_release(h.scratch);
	return !err;
}

SEC("?cgroup_skb/ingress")
int aw_cgroup_ingress(struct __sk_buff *skb)
{
	struct aw_hook_context h = {};
	struct aw_datagram datagram = {};
	struct aw_message *message;
	__u32 slot = 0;

	if (!aw_packet_is_worth_it(skb) || !aw_datagram_socket(skb) ||
	    !aw_datagram_read(skb, &datagram, false) ||
	    (!datagram.is_odd && !aw_is_resolver_port(datagram.port)) ||
	    !aw_packet_enter(skb, &h, &slot) || !aw_questions_count(h.control) ||
	    !aw_datagram_is_resolvers(&datagram, h.agent))
		return 1;
	message = aw_packet_prepare(&h, AW_HOOK_CGROUP_INGRESS, slot, false);
	if (message) {
		aw_take_answer(skb, &h, &datagram, &message->dns);
		aw_scratch_release(h.scratch);
	}
	return 1;
}
