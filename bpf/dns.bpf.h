/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Host names: what an agent asks its resolvers, and what they answer.
 *
 * A datagram to a resolver is one question for a host name, which is decided (resolve). An answer
 * to a question that was let through leases the addresses in it to the name that was asked for,
 * before the application reads it. One that was not asked for, comes late or cannot be read teaches
 * nothing, is told, and is handed on. Over TCP nothing is read: connections to resolvers are
 * decided as any others are.
 */
#pragma once

#include "packet.bpf.h"

#define QUESTIONS_MAX  32768
#define ANSWER_WAIT_NS (30ull * 1000 * 1000 * 1000) /* later answers teach nothing */

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
	if (datagram->is_many || length < 12 || length > AW_DNS_MAX)
		return;
	/* Its bounds again, where the verifier sees them. */
	if (!bpf_skb_load_bytes(skb, datagram->at, d->message,
				((length - 1) & (AW_DNS_MAX - 1)) + 1))
		aw_dns_begin(d, length, aw_hash_seed);
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

	aw_name_peer(s, datagram);
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
	/* A spent budget refuses nothing in audit mode. */
	if (!err && (!s->fail_reason || aw_reason_is_limit(s->fail_reason)))
		aw_question_note(skb, d, datagram);
	return err;
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
	if (counters) {
		__sync_fetch_and_add(&counters->reasons[AW_REASON_ANSWER], 1);
		__sync_fetch_and_add(&counters->operations[AW_EFFECT_ALLOWED], 1);
	}
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
	return aw_host_state(s, s->length - 1);
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

	aw_name_peer(s, datagram);
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
