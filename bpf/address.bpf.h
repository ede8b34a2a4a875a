/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decides about an address and the host names that the agent has it for: each is judged by itself,
 * and the strictest of those that some rule knows decides, so that what is denied by one name is
 * not had through another.
 */
#pragma once

#include "lease.bpf.h"
#include "mediate.bpf.h"

/* The head of a struct sockaddr_in or sockaddr_in6. */
struct aw_sockaddr {
	__u16 family;
	__u16 port;	/* network order */
	__u32 address4; /* and flow label in IPv6 */
	__u8 address6[16];
};

/* False where the family is not one of addresses and ports. */
static __always_inline bool aw_address_take(struct aw_scratch *s, const struct aw_sockaddr *from)
{
	if (from->family == AF_INET) {
		__builtin_memset(s->address, 0, 10);
		s->address[10] = 0xff;
		s->address[11] = 0xff;
		__builtin_memcpy(&s->address[12], &from->address4, 4);
	} else if (from->family == AF_INET6) {
		__builtin_memcpy(s->address, from->address6, 16);
	} else {
		return false;
	}
	__builtin_memcpy(&s->address[16], &from->port, 2);
	s->port = __builtin_bswap16(from->port);
	return true;
}

/* One name of the address; s->names_turn counts them. */
struct aw_names_turn {
	struct aw_scratch *scratch;
	struct aw_lease *lease;
	__u64 now_ns;
	__u32 op;
};

/* Where the automaton is behind a name: found out once under each control word, and kept. */
static __always_inline int aw_name_state(struct aw_scratch *s, struct aw_lease_name *name)
{
	__u64 hash = name->name;
	struct aw_host_name *text;
	__u32 state;

	if (name->generation == AW_CONTROL_GENERATION(s->control))
		return name->state;
	text = bpf_map_lookup_elem(&aw_host_names, &hash);
	if (!text || text->length > AW_HOST_MAX)
		return 0;
	bpf_probe_read_kernel(s->buffer, AW_HOST_NAME_BYTES, text->name);
	state = aw_host_state(s, text->length);
	*(volatile __u32 *)&name->state = state;
	*(volatile __u32 *)&name->generation = AW_CONTROL_GENERATION(s->control);
	return state;
}

/* Fills vid and row for the port behind a name; −1 where no rule knows the name. */
static __always_inline int aw_match_host(struct aw_scratch *s, struct aw_lease_name *name)
{
	__u32 state = aw_name_state(s, name);

	if (!state)
		return -1;
	s->buffer[0] = AW_HOST_PEER;
	s->buffer[1] = s->port >> 8;
	s->buffer[2] = s->port;
	s->match_dfa = AW_MATCH_HOST;
	s->match_offset = 0;
	s->match_length = 3;
	s->match_anchor = AW_ANCHOR_NONE;
	s->match_split = 0;
	s->match_state = state;
	return aw_match(s);
}

static long aw_judge_name(__u32 i, struct aw_names_turn *turn)
{
	struct aw_scratch *s = turn->scratch;
	__u32 at = s->names_turn++ & (AW_LEASE_NAMES - 1), verdict;
	struct aw_lease_name *name = &turn->lease->names[at];
	__u64 hash = name->name;

	if (name->expires_ns <= turn->now_ns || !hash)
		return 0;
	if (!s->host)
		s->host = hash;
	if (!AW_CONTROL_HAS_HOSTS(s->control) || aw_match_host(s, name))
		return 0;
	if (s->row & AW_ROW_ANY_LIMITED)
		aw_limits_add(s);
	verdict = aw_verdict_in(s->row, turn->op);
	if (verdict == AW_VERDICT_NONE || verdict < s->strongest)
		return 0;
	s->strongest = verdict;
	s->best_row = s->row;
	s->best_vid = s->vid;
	s->host = hash;
	return 0;
}

/* After the address itself was judged: the names that it is leased to. */
__weak int aw_judge_names(struct aw_scratch *s, struct aw_label *label, __u32 op)
{
	struct aw_names_turn turn = {.scratch = s, .op = op};
	struct aw_lease_key key = {};

	if (!s || !label)
		return 0;
	key.agent = label->agent;
	key.agent_generation = label->agent_generation;
	__builtin_memcpy(key.address, s->address, sizeof(key.address));
	turn.lease = bpf_map_lookup_elem(&aw_leases, &key);
	if (!turn.lease)
		return 0;
	turn.now_ns = bpf_ktime_get_boot_ns();
	s->strongest = aw_verdict_in(s->row, op);
	s->best_row = s->row;
	s->best_vid = s->vid;
	s->names_turn = 0;
	bpf_loop(AW_LEASE_NAMES, aw_judge_name, &turn, 0);
	s->row = s->best_row;
	s->vid = s->best_vid;
	return 0;
}

/* The name to tell, as the object's; nothing where there is none, or nothing is told. */
static __always_inline void aw_address_tell_host(struct aw_scratch *s, const struct aw_agent *agent,
						 __u32 op)
{
	struct aw_host_name *text = NULL;
	__u64 hash = s->host;

	s->offset = 0;
	s->length = 0;
	if (hash && (AW_CONTROL_MODE(s->control, AW_CLASS_NET) == AW_MODE_OBSERVE ||
		     agent->flags & AW_AGENT_RECORD ||
		     aw_verdict_in(s->row, op) != AW_VERDICT_ALLOW || s->limits))
		text = bpf_map_lookup_elem(&aw_host_names, &hash);
	if (!text || text->length > AW_HOST_MAX)
		return;
	bpf_probe_read_kernel(s->buffer, AW_HOST_NAME_BYTES, text->name);
	s->length = text->length;
}

/* The address goes into the buffer too: that is where the automaton reads. */
static __always_inline void aw_judge_number(struct aw_hook_context *h)
{
	struct aw_scratch *s = h->scratch;

	s->object = AW_OBJECT_ADDRESS;
	s->offset = 0;
	s->length = sizeof(s->address);
	__builtin_memcpy(s->buffer, s->address, sizeof(s->address));
	aw_judge(s, h->label);
}

static __always_inline void aw_judge_address(struct aw_hook_context *h, __u32 op)
{
	struct aw_scratch *s = h->scratch;

	aw_judge_number(h);
	if (!s->fail_reason && aw_questions_count(s->control))
		aw_judge_names(s, h->label, op);
}

/* Judges the address in scratch for one operation, and tells. */
static __always_inline int aw_decide_address(struct aw_hook_context *h, __u32 op)
{
	aw_judge_address(h, op);
	aw_address_tell_host(h->scratch, h->agent, op);
	return aw_conclude(h->scratch, h->agent, h->label, op);
}

/* An address of this host, which no name is asked for. */
static __always_inline int aw_decide_local(struct aw_hook_context *h, __u32 op)
{
	aw_judge_number(h);
	h->scratch->offset = 0;
	h->scratch->length = 0;
	return aw_conclude(h->scratch, h->agent, h->label, op);
}

/*
 * Whether UDP to where only TCP is allowed waits for a packet. The C library connects datagram
 * sockets to all addresses of a name, to learn which of its own it would use, and sends nothing.
 */
static __always_inline bool aw_datagram_waits(struct aw_hook_context *h)
{
	struct aw_scratch *s = h->scratch;

	/* Only these agents' packets are seen. */
	if (s->fail_reason || !aw_questions_count(s->control) ||
	    aw_verdict_in(s->row, AW_OP_UDP) != AW_VERDICT_NONE)
		return false;
	aw_judge_names(s, h->label, AW_OP_TCP);
	*(volatile __u32 *)&aw_checks_datagrams = 1;
	return aw_verdict_permits(aw_verdict_in(s->row, AW_OP_TCP));
}

/*
 * That the next datagram of this task was decided here. Of a sendmmsg() to one address the kernel
 * asks about the first alone: the others have no such mark, and are decided where they are sent.
 */
static __always_inline void aw_send_note(void)
{
	__u32 tid = bpf_get_current_task_btf()->pid;
	struct aw_label *label;

	if (!*(volatile __u32 *)&aw_checks_datagrams)
		return;
	label = bpf_map_lookup_elem(&aw_labels_by_tid, &tid);
	if (label)
		label->notes.sends = 1;
}

/*
 * The same for UDP from a socket whose packets are seen too (packet.bpf.c): questions to a resolver
 * are decided as such, when they are sent; while observed, a connection is told of with its first
 * packet.
 */
static __always_inline int aw_decide_datagram(struct aw_hook_context *h)
{
	bool is_connect = h->scratch->hook == AW_HOOK_SOCKET_CONNECT ||
			  h->scratch->hook == AW_HOOK_CGROUP_CONNECT4 ||
			  h->scratch->hook == AW_HOOK_CGROUP_CONNECT6;
	struct aw_scratch *s = h->scratch;
	int err;

	if (aw_questions_count(s->control) && aw_is_resolver(h->agent, s->address, s->port))
		return 0;
	if (is_connect && AW_CONTROL_MODE(s->control, AW_CLASS_NET) == AW_MODE_OBSERVE)
		return 0;
	aw_judge_address(h, AW_OP_UDP);
	if (is_connect && aw_datagram_waits(h))
		return 0;
	aw_address_tell_host(s, h->agent, AW_OP_UDP);
	err = aw_conclude(s, h->agent, h->label, AW_OP_UDP);
	if (!is_connect)
		aw_send_note();
	return err;
}
