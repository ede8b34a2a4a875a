/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Host names: what an agent asks its resolvers, and what they answer. Each program, and what it
 * does:
 *
 *   cgroup_skb/egress    a datagram to a resolver is one question for a host name, which is decided
 *                        (resolve); refused, the send fails with EPERM
 *   cgroup_skb/ingress   an answer to a question that was let through leases the addresses in it to
 *                        the name that was asked for, before the application reads it
 *
 * They run for sockets that were made in the agent's cgroup, on packets as they are sent. A
 * resolver is one of the agent's list. An answer that was not asked for, comes late or cannot be
 * read teaches nothing, is told, and is handed on. Over TCP nothing is read: connections to
 * resolvers are decided as any others are.
 */
#include "address.bpf.h"

#include "abi/dns.h"

#include <bpf/bpf_endian.h>

#define ETH_P_IP_      0x0800
#define ETH_P_IPV6_    0x86dd
#define IPPROTO_UDP_   17
#define IP4_BYTES      20
#define IP6_BYTES      40
#define UDP_BYTES      8
#define EPERM_	       1 /* what a send fails with whose packet is refused */
#define QUESTIONS_MAX  32768
#define ANSWER_WAIT_NS (30ull * 1000 * 1000 * 1000) /* later answers teach nothing */

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

struct aw_question_key {
	__u64 socket; /* its cookie */
	__u64 name;   /* hash */
	__u16 id;
	__u16 type;
	__u32 pad;
};

struct aw_question {
	__u64 asked_ns;
	__u8 resolver[16];
	__u16 port;
	__u16 pad[3];
};

/* Questions that were let through and not answered yet. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, QUESTIONS_MAX);
	__type(key, struct aw_question_key);
	__type(value, struct aw_question);
} aw_questions __weak SEC(".maps");

/* A datagram, as far as it is read before it is known to matter. */
struct aw_datagram {
	__u8 address[16]; /* of the other end, network order, IPv4 mapped */
	__u16 port;	  /* of the other end */
	bool is_odd;	  /* there is more to it than an address, a port and a message */
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

/* The other end's address and where the UDP header is; 0 where that cannot be told. */
static __always_inline __u32 aw_datagram_address(struct __sk_buff *skb, struct aw_datagram *d,
						 bool is_sent)
{
	__u8 head[IP6_BYTES];

	if (skb->protocol == bpf_htons(ETH_P_IP_)) {
		if (bpf_skb_load_bytes(skb, 0, head, IP4_BYTES))
			return 0;
		aw_datagram_map4(d, &head[is_sent ? 16 : 12]);
		d->is_odd = head[9] != IPPROTO_UDP_ || (head[6] & 0x3f) || head[7]; /* a fragment */
		return (head[0] & 0xf) * 4;
	}
	if (skb->protocol != bpf_htons(ETH_P_IPV6_) || bpf_skb_load_bytes(skb, 0, head, IP6_BYTES))
		return 0;
	__builtin_memcpy(d->address, &head[is_sent ? 24 : 8], 16);
	d->is_odd = head[6] != IPPROTO_UDP_; /* headers in between */
	return IP6_BYTES;
}

/* Whether the packet of a UDP socket could be for, or from, a resolver. */
static __always_inline bool aw_datagram_read(struct __sk_buff *skb, struct aw_datagram *d,
					     bool is_sent)
{
	struct bpf_sock *sk = skb->sk;
	struct aw_udp_header udp = {};
	__u32 at;

	if (!sk)
		return false;
	sk = bpf_sk_fullsock(sk);
	if (!sk || sk->protocol != IPPROTO_UDP_)
		return false;
	at = aw_datagram_address(skb, d, is_sent);
	if (!at)
		return false;
	d->port = 0;
	d->at = at + UDP_BYTES;
	d->length = 0;
	if (d->is_odd)
		return true;
	if (bpf_skb_load_bytes(skb, at, &udp, sizeof(udp)))
		return false;
	d->port = bpf_ntohs(is_sent ? udp.target : udp.source);
	d->length = skb->len - d->at;
	/* One send can become many datagrams. */
	d->is_odd = skb->gso_segs > 1 || bpf_ntohs(udp.length) != d->length + UDP_BYTES;
	return true;
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

static long aw_message_step(__u32 i, struct aw_dns **message)
{
	struct aw_dns *d = *message;

	aw_dns_step(d);
	return d->status != AW_DNS_READING;
}

static __always_inline void aw_message_go_on(struct aw_dns *d)
{
	bpf_loop(AW_DNS_STEPS_MAX, aw_message_step, &d, 0);
	if (d->status == AW_DNS_READING)
		d->status = AW_DNS_BROKEN;
}

/* What the datagram has. */
static __always_inline void aw_message_load(struct __sk_buff *skb,
					    const struct aw_datagram *datagram, struct aw_dns *d)
{
	__u32 length = datagram->length;

	d->status = AW_DNS_BROKEN;
	if (datagram->is_odd || length < 12 || length > AW_DNS_MAX)
		return;
	/* The verifier wants its bounds where they are used. */
	asm volatile("" : "+r"(length));
	if (length > 0 && length <= AW_DNS_MAX &&
	    !bpf_skb_load_bytes(skb, datagram->at, d->message, length))
		aw_dns_begin(d, datagram->length, aw_hash_seed);
}

/* The name is what the automaton reads. */
static __always_inline void aw_name_host(struct aw_scratch *s, const struct aw_host_name *name)
{
	__u32 length = name->length;

	bpf_probe_read_kernel(s->buffer, AW_HOST_NAME_BYTES, name->name);
	s->buffer[length & (AW_HOST_NAME_BYTES - 1)] = AW_HOST_ASKED;
	s->object = AW_OBJECT_HOST;
	s->offset = 0;
	s->length = length + 1;
}

static __always_inline void aw_name_resolver(struct aw_scratch *s, const struct aw_datagram *d)
{
	__builtin_memcpy(s->address, d->address, 16);
	s->port = d->port;
	s->protocol = IPPROTO_UDP_;
}

/* That this was asked, so that the answer is known. */
static __always_inline void aw_question_note(struct __sk_buff *skb, const struct aw_dns *d,
					     const struct aw_datagram *datagram)
{
	struct aw_question_key key = {.socket = bpf_get_socket_cookie(skb),
				      .name = d->question,
				      .id = d->id,
				      .type = d->type};
	struct aw_question question = {.asked_ns = bpf_ktime_get_boot_ns(), .port = datagram->port};

	__builtin_memcpy(question.resolver, datagram->address, sizeof(question.resolver));
	bpf_map_update_elem(&aw_questions, &key, &question, BPF_ANY);
}

/* Decides what is asked. Returns 0 or the error. */
static __always_inline int aw_mediate_question(struct __sk_buff *skb, struct aw_hook_context *h,
					       const struct aw_datagram *datagram, struct aw_dns *d)
{
	struct aw_scratch *s = h->scratch;
	int err;

	aw_name_resolver(s, datagram);
	aw_message_load(skb, datagram, d);
	if (d->status == AW_DNS_READING)
		aw_message_go_on(d);
	if (d->status == AW_DNS_DONE && !d->is_answer)
		aw_name_host(s, &d->names[0]);
	else
		s->fail_reason = AW_REASON_QUESTION;
	aw_judge(s, h->label);
	if (!s->fail_reason)
		s->length--; /* what is behind the name is no part of it */
	err = aw_conclude(s, h->agent, h->label, AW_OP_RESOLVE);
	if (!err && !s->fail_reason)
		aw_question_note(skb, d, datagram);
	return err;
}

/* There was no buffer: counted. */
static __always_inline bool aw_packet_refuse(const struct aw_hook_context *h, __u32 slot)
{
	struct aw_counters *counters = aw_counters_of(slot);
	bool is_denied = AW_CONTROL_MODE(h->control, AW_CLASS_NET) == AW_MODE_ENFORCE;

	if (counters) {
		__sync_fetch_and_add(&counters->reasons[AW_REASON_NO_SCRATCH], 1);
		__sync_fetch_and_add(
			&counters->operations[is_denied ? AW_EFFECT_DENIED : AW_EFFECT_WOULD_DENY],
			1);
	}
	return is_denied;
}

/* The agent whose socket this is, if what it asks, and this packet, matter. */
static __always_inline bool aw_packet_enter(struct __sk_buff *skb, struct aw_hook_context *h,
					    struct aw_datagram *datagram, bool is_sent,
					    __u32 *ret_slot)
{
	__u64 cgroup = bpf_skb_cgroup_id(skb);
	__u32 *slot, key;

	if (!aw_datagram_read(skb, datagram, is_sent))
		return false;
	slot = bpf_map_lookup_elem(&aw_cgroups, &cgroup);
	if (!slot)
		return false;
	key = *slot;
	*ret_slot = key;
	h->agent = bpf_map_lookup_elem(&aw_agents, &key);
	if (!h->agent || h->agent->state != AW_AGENT_LIVE)
		return false;
	h->control = *(volatile __u64 *)&h->agent->control;
	return aw_questions_count(h->control) && aw_datagram_is_resolvers(datagram, h->agent);
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

SEC("?cgroup_skb/egress")
int aw_cgroup_egress(struct __sk_buff *skb)
{
	struct aw_hook_context h = {};
	struct aw_datagram datagram = {};
	struct aw_message *message;
	__u32 slot = 0;
	int err;

	if (!aw_packet_enter(skb, &h, &datagram, true, &slot))
		return 1;
	message = aw_packet_prepare(&h, AW_HOOK_CGROUP_EGRESS, slot, true);
	if (!message)
		return !aw_packet_refuse(&h, slot);
	err = aw_mediate_question(skb, &h, &datagram, &message->dns);
	aw_scratch_release(h.scratch);
	return !err;
}

/* An answer that leases nothing. */
static __noinline int aw_tell_answer(struct aw_scratch *s, struct aw_agent *agent,
				     struct aw_label *label)
{
	struct aw_counters *counters = aw_counters_of(s->agent);
	struct aw_outcome out = {
		.op = AW_OP_RESOLVE, .effect = AW_EFFECT_ALLOWED, .kind = AW_RING_DECISIONS};

	out.mode = AW_CONTROL_MODE(s->control, AW_CLASS_NET);
	s->fail_reason = AW_REASON_ANSWER;
	s->is_untasked = 1;
	if (counters)
		__sync_fetch_and_add(&counters->reasons[AW_REASON_ANSWER], 1);
	return aw_tell(s, agent, label, &out);
}

/* Whether this was asked, of this resolver, and not long ago. It is answered once. */
static __always_inline bool aw_question_take(struct __sk_buff *skb, const struct aw_dns *d,
					     const struct aw_datagram *datagram)
{
	struct aw_question_key key = {.socket = bpf_get_socket_cookie(skb),
				      .name = d->question,
				      .id = d->id,
				      .type = d->type};
	struct aw_question *asked = bpf_map_lookup_elem(&aw_questions, &key);
	__u64 asked_ns;

	if (!asked || asked->port != datagram->port ||
	    *(__u64 *)asked->resolver != *(__u64 *)datagram->address ||
	    *(__u64 *)(asked->resolver + 8) != *(__u64 *)(datagram->address + 8))
		return false;
	asked_ns = asked->asked_ns;
	bpf_map_delete_elem(&aw_questions, &key);
	return bpf_ktime_get_boot_ns() - asked_ns < ANSWER_WAIT_NS;
}

struct aw_answer {
	struct aw_scratch *scratch;
	struct aw_dns *dns;
	struct aw_lease_key key;
	struct aw_lease_name name;
};

/* Reads on to the next alias, which no rule may deny by its own name, or to the end. */
static long aw_answer_round(__u32 i, struct aw_answer *answer)
{
	struct aw_scratch *s = answer->scratch;
	struct aw_dns *d = answer->dns;

	aw_message_go_on(d);
	if (d->status != AW_DNS_ALIASED)
		return 1;
	if (AW_CONTROL_HAS_HOSTS(s->control)) {
		aw_name_host(s, &d->names[1]);
		s->match_dfa = AW_MATCH_HOST;
		s->match_offset = 0;
		s->match_length = s->length;
		s->match_anchor = AW_ANCHOR_NONE;
		s->match_state = 0;
		s->match_split = 0;
		if (aw_match(s) || aw_verdict_in(s->row, AW_OP_RESOLVE) >= AW_VERDICT_DENY) {
			d->status = AW_DNS_BROKEN;
			return 1;
		}
	}
	aw_dns_resume(d);
	return d->status != AW_DNS_READING;
}

static long aw_answer_lease(__u32 i, struct aw_answer *answer)
{
	struct aw_dns *d = answer->dns;

	__builtin_memcpy(answer->key.address, d->addresses[i & (AW_DNS_ADDRESSES_MAX - 1)],
			 sizeof(answer->key.address));
	if (aw_is_special(answer->key.address)) {
		answer->scratch->n_special++;
		return 0;
	}
	aw_lease_put(answer->scratch, &answer->key, &answer->name);
	return 0;
}

/* Where the automaton is behind the name that was asked for. */
static __always_inline __u32 aw_answer_state(struct aw_scratch *s, const struct aw_dns *d)
{
	if (!AW_CONTROL_HAS_HOSTS(s->control))
		return 0;
	aw_name_host(s, &d->names[0]);
	s->match_dfa = AW_MATCH_HOST;
	s->match_offset = 0;
	s->match_length = s->length - 1;
	s->match_anchor = AW_ANCHOR_NONE;
	s->match_state = 0;
	s->match_split = 0;
	return aw_match(s) ? 0 : s->loop_state;
}

static __always_inline void aw_answer_lease_all(struct aw_hook_context *h, struct aw_answer *answer)
{
	struct aw_dns *d = answer->dns;
	__u32 ttl = d->ttl, n = d->n_addresses;
	__u64 name = d->question;

	if (!n)
		return;
	if (ttl < h->agent->lease_min_s)
		ttl = h->agent->lease_min_s;
	if (ttl > h->agent->lease_max_s)
		ttl = h->agent->lease_max_s;
	answer->key.agent = h->label->agent;
	answer->key.agent_generation = h->label->agent_generation;
	answer->name.name = name;
	answer->name.state = aw_answer_state(answer->scratch, d);
	answer->name.generation = AW_CONTROL_GENERATION(h->control);
	answer->name.expires_ns = bpf_ktime_get_boot_ns() + ttl * 1000000000ull;
	bpf_map_update_elem(&aw_host_names, &name, &d->names[0], BPF_ANY);
	bpf_loop(n, aw_answer_lease, answer, 0);
}

static __always_inline void aw_take_answer(struct __sk_buff *skb, struct aw_hook_context *h,
					   const struct aw_datagram *datagram, struct aw_dns *d)
{
	struct aw_scratch *s = h->scratch;
	struct aw_answer answer = {.scratch = s, .dns = d};

	aw_name_resolver(s, datagram);
	s->subject_set = 0;
	s->n_special = 0;
	d->question = 0;
	d->type = 0;
	d->id = 0;
	aw_message_load(skb, datagram, d);
	if (d->status == AW_DNS_READING)
		bpf_loop(AW_DNS_ALIASES_MAX + 1, aw_answer_round, &answer, 0);
	/* A question that was answered is answered, whatever is wrong with the answer. */
	if (aw_question_take(skb, d, datagram) && d->is_answer && d->status == AW_DNS_DONE) {
		aw_answer_lease_all(h, &answer);
		if (!s->n_special)
			return;
	}
	if (d->question) {
		aw_name_host(s, &d->names[0]);
		s->length--;
	} else {
		s->object = AW_OBJECT_UNNAMED;
	}
	aw_tell_answer(s, h->agent, h->label);
}

SEC("?cgroup_skb/ingress")
int aw_cgroup_ingress(struct __sk_buff *skb)
{
	struct aw_hook_context h = {};
	struct aw_datagram datagram = {};
	struct aw_message *message;
	__u32 slot = 0;

	if (!aw_packet_enter(skb, &h, &datagram, false, &slot))
		return 1;
	message = aw_packet_prepare(&h, AW_HOOK_CGROUP_INGRESS, slot, false);
	if (message) {
		aw_take_answer(skb, &h, &datagram, &message->dns);
		aw_scratch_release(h.scratch);
	}
	return 1;
}
