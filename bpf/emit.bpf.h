/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Out: fills records and puts them into the agent's rings, keeps the count of repeats, and counts
 * whatever could not be told.
 */
#pragma once

#include "agent.bpf.h"

#include <bpf/bpf_endian.h>

static __always_inline void aw_fill_head(struct aw_rec_head *head, __u16 type, __u32 size,
					 __u32 slot, const struct aw_agent *agent)
{
	head->type = type;
	head->version = AW_RECORD_VERSION;
	head->size = size;
	head->time_ns = bpf_ktime_get_boot_ns();
	head->cpu = bpf_get_smp_processor_id();
	head->agent = slot;
	head->agent_generation = agent->generation;
	head->pad = 0;
}

/* The current task. */
int aw_fill_proc(struct aw_rec_proc *proc, __u64 subject);

/* One of a pair of counters, by ring kind; two constant places are what the verifier accepts. */
#define AW_COUNT_ADD(counters, field, kind)                                                \
	do {                                                                               \
		if ((kind) == AW_RING_DECISIONS)                                           \
			__sync_fetch_and_add(&(counters)->field[AW_RING_DECISIONS], 1);    \
		else                                                                       \
			__sync_fetch_and_add(&(counters)->field[AW_RING_OBSERVATIONS], 1); \
	} while (0)

/*
 * Whether a ring of decisions has room for a record of what a process did: the last quarter is kept
 * for denials, or a storm of forks would crowd them out.
 */
static __always_inline bool aw_has_room(void *ring, __u32 type)
{
	if (type == AW_REC_OP)
		return true;
	return bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) <
	       bpf_ringbuf_query(ring, BPF_RB_RING_SIZE) / 4 * 3;
}

/* Sends `size` bytes. Returns 0, or −1 where there was no room, which is counted. */
static __always_inline int aw_send(const struct aw_agent *agent, struct aw_rec_head *head,
				   __u32 size, __u32 kind)
{
	struct aw_counters *counters = aw_counters_of(head->agent);
	__u32 slot = agent->ring_slot;
	__u32 key = kind;
	__u64 *sequence;
	void *ring;
	long err;

	sequence = bpf_map_lookup_elem(&aw_sequence, &key);
	if (!sequence || !counters)
		return -1;
	head->seq = __sync_fetch_and_add(sequence, 1);
	if (kind == AW_RING_DECISIONS)
		ring = bpf_map_lookup_elem(&aw_rings_decisions, &slot);
	else
		ring = bpf_map_lookup_elem(&aw_rings_observations, &slot);
	err = -1;
	if (ring && aw_has_room(ring, head->type))
		err = bpf_ringbuf_output(ring, head, size, 0);
	if (err) {
		AW_COUNT_ADD(counters, lost, kind);
		return -1;
	}
	AW_COUNT_ADD(counters, emitted, kind);
	return 0;
}

/* The record in scratch, whose size is not known before. */
static __noinline int aw_send_record(struct aw_scratch *s, const struct aw_agent *agent, __u32 size,
				     __u32 kind)
{
	struct aw_rec_head *head = &s->record.op.head;

	if (size > sizeof(s->record))
		size = sizeof(s->record);
	return aw_send(agent, head, size, kind);
}

static __always_inline __u64 aw_mix(__u64 hash, __u64 word)
{
	hash ^= word;
	hash *= 0x9e3779b97f4a7c15ull;
	return hash ^ (hash >> 29);
}

#define AW_HASH_WORDS 8

static long aw_hash_chunk(__u32 i, struct aw_scratch **scratch)
{
	struct aw_scratch *s = *scratch;
	__u32 at = s->loop_at, end = s->loop_end, left;
	__u64 hash = s->hash, word;

#pragma clang loop unroll(disable)
	for (int k = 0; k < AW_HASH_WORDS; k++) {
		if (at >= end)
			break;
		left = end - at;
		word = *(__u64 *)&s->buffer[at & (AW_BUFFER_BYTES - 1)];
		if (left < 8)
			word &= (1ull << (8 * (left & 7))) - 1;
		hash = aw_mix(hash, word);
		at += 8;
	}
	s->loop_at = at;
	s->hash = hash;
	return at >= end;
}

/* Hash of the name, its length and its anchor into scratch; seeded anew at each load. Never 0. */
static __noinline void aw_name_hash(struct aw_scratch *s)
{
	s->hash = aw_mix(aw_hash_seed, (__u64)s->length << 32 | s->anchor << 8 | s->object);
	s->loop_at = s->offset;
	s->loop_end = s->offset + s->length;
	bpf_loop(AW_PATH_MAX / (8 * AW_HASH_WORDS) + 1, aw_hash_chunk, &s, 0);
	if (!s->hash)
		s->hash = 1;
}

/* One of an operation's two decisions: what came of it. */
struct aw_outcome {
	__u32 op;
	__u32 verdict;
	__u32 effect;
	__u32 mode;
	__s32 error;
	__u32 kind; /* enum aw_ring */
};

/* Raises the count of this operation. Returns false where it was not seen before. */
static __noinline bool aw_count_repeat(const struct aw_agent *agent, __u32 slot, __u64 operation)
{
	struct aw_count_key key = {
		.agent = slot, .agent_generation = agent->generation, .key = operation};
	struct aw_count *count = bpf_map_lookup_elem(&aw_counts, &key);

	if (!count)
		return false;
	__sync_fetch_and_add(&count->count, 1);
	count->last_ns = bpf_ktime_get_boot_ns();
	return true;
}

static __noinline void aw_count_first(const struct aw_agent *agent, __u32 slot, __u64 operation)
{
	struct aw_count_key key = {
		.agent = slot, .agent_generation = agent->generation, .key = operation};
	struct aw_count first = {.count = 1};

	first.first_ns = first.last_ns = bpf_ktime_get_boot_ns();
	/* Two CPUs may both have sent it: the second one's count is added to the first's. */
	if (bpf_map_update_elem(&aw_counts, &key, &first, BPF_NOEXIST))
		aw_count_repeat(agent, slot, operation);
}

static __always_inline bool aw_is_unnamed(const struct aw_scratch *s)
{
	return s->fail_reason && s->fail_reason != AW_REASON_PROVENANCE &&
	       s->fail_reason != AW_REASON_MOVED && s->fail_reason != AW_REASON_ANSWER &&
	       !aw_reason_is_limit(s->fail_reason) && s->object != AW_OBJECT_GUARD;
}

static __always_inline void aw_fill_op(struct aw_scratch *s, struct aw_rec_op *rec,
				       const struct aw_agent *agent, const struct aw_label *label,
				       const struct aw_outcome *out)
{
	rec->op = out->op;
	rec->verdict = out->verdict;
	rec->effect = out->effect;
	rec->reason = s->fail_reason;
	rec->mode = out->mode;
	rec->object = aw_is_unnamed(s) ? AW_OBJECT_UNNAMED : s->object;
	rec->anchor = s->anchor;
	rec->role = s->role;
	rec->error = out->error;
	rec->verdict_id = s->vid;
	rec->subject_set = s->subject_set;
	rec->subject_mask = label->subject_mask | label->sticky_mask;
	rec->hook = s->hook;
	/* Not the agent's, which may be another by now. */
	rec->policy_id = s->policy ? bpf_be64_to_cpu(s->policy) : agent->policy_id;
	rec->ino = s->ino;
	rec->dev = s->dev;
	rec->port = s->port;
	rec->protocol = s->protocol;
	if (s->object == AW_OBJECT_GUARD)
		rec->guard = s->guard;
	rec->conditions = s->conditions;
	rec->target = s->target;
	if (aw_reason_is_limit(s->fail_reason)) {
		rec->limit_at_ns = s->limit_at_ns == AW_LIMIT_NEVER ? 0 : s->limit_at_ns;
		rec->limit = s->limit.id;
	}
	rec->lost = label->subject_mask && !label->is_earned ? label->lost : 0;
	rec->pad = 0;
	__builtin_memcpy(rec->address, s->address, sizeof(rec->address));
}

/* What tells two operations apart, for counting. */
static __always_inline __u64 aw_operation_key(struct aw_scratch *s, const struct aw_label *label,
					      const struct aw_outcome *out)
{
	__u64 key = aw_mix(s->hash, label->subject);

	key = aw_mix(key, (__u64)s->conditions << 48 | (__u64)out->op << 40 |
				  (__u64)out->effect << 32 | s->role << 24 | s->fail_reason << 16 |
				  out->verdict << 8 | s->object);
	key = aw_mix(key, (__u64)s->vid << 32 | s->port << 8 | s->protocol);
	if (s->object == AW_OBJECT_ADDRESS) {
		key = aw_mix(key, *(__u64 *)&s->address[0]);
		key = aw_mix(key, *(__u64 *)&s->address[8]);
	}
	return key;
}

/* The record waits until it is known whether there was anything to create. */
static __noinline int aw_defer(struct aw_scratch *s, struct aw_label *label,
			       const struct aw_outcome *out, __u32 size)
{
	__u32 tid = bpf_get_current_task_btf()->pid;
	__u32 index = s->index;
	/* The same buffer, but a map's value to the verifier: 6.1 takes nothing else here. */
	struct aw_scratch *own = bpf_map_lookup_elem(&aw_scratches, &index);

	if (!own)
		return -1;
	s->deferred.dentry = s->defer_dentry;
	s->deferred.time_ns = bpf_ktime_get_boot_ns();
	s->deferred.agent = s->agent;
	s->deferred.kind = out->kind;
	s->deferred.size = size;
	s->deferred.effect = out->effect;
	if (bpf_map_update_elem(&aw_deferred, &tid, &own->deferred, BPF_ANY))
		return -1;
	label->deferred = 1;
	return 0;
}

/* Tells of one decision: a record the first time, a count afterwards. */
__weak int aw_tell(struct aw_scratch *s, const struct aw_agent *agent, struct aw_label *label,
		   const struct aw_outcome *out)
{
	struct aw_counters *counters;
	struct aw_rec_op *rec;
	__u32 length, kind;
	__u64 key;

	if (!s || !agent || !label || !out)
		return -1;
	counters = aw_counters_of(s->agent);
	rec = &s->record.op;
	length = aw_is_unnamed(s) ? 0 : s->length;
	kind = out->kind;
	if (!s->hash && length)
		aw_name_hash(s);
	key = aw_operation_key(s, label, out);
	if (!s->defer_dentry && aw_count_repeat(agent, s->agent, key)) {
		if (counters)
			AW_COUNT_ADD(counters, aggregated, kind);
		return 0;
	}
	aw_fill_op(s, rec, agent, label, out);
	rec->key = key;
	rec->name_length = length;
	if (length)
		bpf_probe_read_kernel(rec->name, ((length - 1) & (AW_PATH_MAX - 1)) + 1,
				      &s->buffer[s->offset & (AW_BUFFER_BYTES - 1)]);
	aw_fill_proc(&rec->proc, label->subject);
	if (s->is_untasked)
		__builtin_memset(&rec->proc, 0, sizeof(rec->proc));
	aw_fill_head(&rec->head, AW_REC_OP, sizeof(*rec) + length, s->agent, agent);
	if (s->defer_dentry && !aw_defer(s, label, out, sizeof(*rec) + length))
		return 0;
	if (!aw_send_record(s, agent, sizeof(*rec) + length, kind))
		aw_count_first(agent, s->agent, key);
	return 0;
}

/* What is known of an operation without a scratch buffer: who and why, not on what. */
static __always_inline void aw_fill_unprepared(struct aw_rec_op *rec, const struct aw_agent *agent,
					       const struct aw_label *label,
					       const struct aw_outcome *out)
{
	__builtin_memset(rec, 0, sizeof(*rec));
	rec->op = out->op;
	rec->effect = out->effect;
	rec->mode = out->mode;
	rec->error = out->error;
	rec->object = AW_OBJECT_UNNAMED;
	rec->anchor = AW_ANCHOR_NONE;
	rec->subject_mask = label->subject_mask | label->sticky_mask;
	rec->policy_id = agent->policy_id;
	aw_fill_proc(&rec->proc, label->subject);
	aw_fill_head(&rec->head, AW_REC_OP, sizeof(*rec), label->agent, agent);
}

/* Tells of a denial that could not be prepared, straight into the ring; repeats are counted. */
__weak int aw_tell_unprepared(const struct aw_agent *agent, const struct aw_label *label,
			      const struct aw_outcome *out, __u32 hook, __u32 reason)
{
	__u32 ring_slot, slot, kind = AW_RING_DECISIONS;
	struct aw_counters *counters;
	struct aw_rec_op *rec;
	__u64 *sequence, key;
	void *ring;

	if (!agent || !label || !out)
		return -1;
	slot = label->agent;
	ring_slot = agent->ring_slot;
	counters = aw_counters_of(slot);
	sequence = bpf_map_lookup_elem(&aw_sequence, &kind);
	ring = bpf_map_lookup_elem(&aw_rings_decisions, &ring_slot);
	if (!counters || !sequence || !ring)
		return -1;
	key = aw_mix(aw_mix(aw_hash_seed, label->subject),
		     (__u64)out->op << 32 | out->effect << 24 | reason << 16 | hook);
	if (aw_count_repeat(agent, slot, key)) {
		__sync_fetch_and_add(&counters->aggregated[AW_RING_DECISIONS], 1);
		return 0;
	}
	rec = bpf_ringbuf_reserve(ring, sizeof(*rec), 0);
	if (!rec) {
		__sync_fetch_and_add(sequence, 1);
		__sync_fetch_and_add(&counters->lost[AW_RING_DECISIONS], 1);
		return -1;
	}
	aw_fill_unprepared(rec, agent, label, out);
	rec->reason = reason;
	rec->hook = hook;
	rec->key = key;
	rec->head.seq = __sync_fetch_and_add(sequence, 1);
	bpf_ringbuf_submit(rec, 0);
	__sync_fetch_and_add(&counters->emitted[AW_RING_DECISIONS], 1);
	aw_count_first(agent, slot, key);
	return 0;
}

/* As aw_send_record(): the bound stands right before its use, where 6.1 still knows of it. */
static __noinline int aw_send_deferred(const struct aw_agent *agent, struct aw_deferred *d,
				       __u32 size, __u32 kind)
{
	struct aw_rec_head *head = (void *)d->record;

	if (size > sizeof(d->record))
		size = sizeof(d->record);
	return aw_send(agent, head, size, kind);
}

/* The outcome of what waited for the current task is known: it is told of, or it was nothing. */
static __noinline void aw_settle(const struct aw_agent *agent, __u64 opened, __u32 created)
{
	struct aw_counters *counters;
	__u32 tid = bpf_get_current_pid_tgid();
	struct aw_deferred *d = bpf_map_lookup_elem(&aw_deferred, &tid);
	struct aw_rec_op *rec;
	__u32 slot;

	if (!d)
		return;
	rec = (void *)d->record;
	slot = d->head.agent;
	counters = aw_counters_of(slot);
	if (!counters)
		return;
	if (opened && d->head.dentry == opened && !created) {
		/* It existed: nothing was created, and nothing was refused. */
		__sync_fetch_and_add(&counters->operations[d->head.effect & (AW_EFFECT_SLOTS - 1)],
				     -1);
	} else if (aw_count_repeat(agent, slot, rec->key)) {
		AW_COUNT_ADD(counters, aggregated, d->head.kind);
	} else if (!aw_send_deferred(agent, d, d->head.size, d->head.kind)) {
		aw_count_first(agent, slot, rec->key);
	}
	bpf_map_delete_elem(&aw_deferred, &tid);
}
