/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Budgets (abi/limit.h): takes from those that hold for what was decided. All of them are asked
 * before one is taken from, so that what one of them refuses costs nothing in the others.
 */
#pragma once

#include "match.bpf.h"

#include "abi/limit.h"

/* While others take from it: each try that is in vain, one of them has had. */
#define AW_BUDGET_TRIES 64

/* When the bucket is full again. What no longer has an agent is taken out with it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC_);
	__uint(max_entries, AW_BUDGETS_MAX);
	__type(key, struct aw_budget_key);
	__type(value, __u64);
} aw_budgets __weak SEC(".maps");

/*
 * Whether datagrams that name their address are checked where they leave: once a budget was asked
 * about one, or a socket was connected to where it may not send (address.bpf.h).
 */
extern __u32 aw_checks_datagrams;

struct aw_charge {
	struct aw_scratch *scratch;
	struct aw_budget_key key;
	__u64 *full_ns;
	__u64 now_ns;
	__u64 limits; /* those that are left: bit 0 is the next one's */
	__u32 number; /* its number, from 0 */
	__u32 op;
	__u32 mask;    /* classes of the process */
	__u32 n;       /* how many it takes from the budget at hand; none: 0 */
	bool is_asked; /* only whether it can be taken */
};

/*
 * Adds the budgets that hold for what was matched last to those that hold already: an object can
 * have several names. Read by address, whatever the image's size; global, so that the verifier
 * reads it once a program.
 */
__weak int aw_limits_add(struct aw_scratch *s)
{
	struct aw_image_limits in = {};
	__u64 numbers = 0, mask = 0;

	if (!s)
		return 0;
	bpf_probe_read_kernel(
		&in, sizeof(in),
		(void *)(s->image + __builtin_offsetof(struct aw_image_header, limits)));
	bpf_probe_read_kernel(
		&numbers, sizeof(numbers),
		(void *)(s->image + AW_IMAGE_HEADER_BYTES + (in.base + s->vid) * sizeof(__u64)));
	s->limit_cells = s->image + AW_IMAGE_HEADER_BYTES + in.cells * sizeof(__u64);
#pragma unroll
	for (int i = 0; i < AW_LIMITS_MATCH_MAX; i++) {
		if (numbers & 0xff)
			mask |= 1ull << ((numbers - 1) & (AW_LIMITS_MAX - 1));
		numbers >>= 8;
	}
	s->limits |= mask;
	return 0;
}

/* One try to take; ends with it taken (limit_at_ns 0) or with when there will be one. */
static long aw_budget_try(__u32 i, struct aw_charge *charge)
{
	struct aw_scratch *s = charge->scratch;
	__u64 full_ns = *(volatile __u64 *)charge->full_ns, at_ns = 0, taken;

	taken = aw_budget_take(&s->limit, full_ns, charge->now_ns, charge->n, &at_ns);
	if (taken && !charge->is_asked &&
	    __sync_val_compare_and_swap(charge->full_ns, full_ns, taken) != full_ns)
		return 0;
	s->limit_at_ns = at_ns;
	return 1;
}

/* A bucket that is not there yet is full. */
static __always_inline __u64 *aw_budget_of(struct aw_charge *charge)
{
	__u64 *full_ns = bpf_map_lookup_elem(&aw_budgets, &charge->key), fresh = 0;

	if (full_ns)
		return full_ns;
	bpf_map_update_elem(&aw_budgets, &charge->key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&aw_budgets, &charge->key);
}

static __always_inline void aw_limit_refuse(struct aw_scratch *s, __u32 reason)
{
	s->fail_reason = reason;
	if (s->limit.flags & AW_LIMIT_RETRY && s->error == -EACCES_)
		s->error = -EAGAIN_;
}

/* A connection will have to spend from the budget at hand. */
static __always_inline void aw_connection_add(struct aw_scratch *s)
{
	__u32 at = s->connection.n;

	if (at >= AW_LIMITS_MATCH_MAX) {
		s->limit_at_ns = 0;
		aw_limit_refuse(s, AW_REASON_NO_BUDGET);
		return;
	}
	s->connection.limits[at & (AW_LIMITS_MATCH_MAX - 1)] = s->limit;
	s->connection.n = at + 1;
}

/* How many the operation takes from the budget at hand. */
static __always_inline __u32 aw_limit_amount(struct aw_scratch *s, const struct aw_charge *charge)
{
	__u32 flags = s->limit.flags;

	if (flags & AW_LIMIT_COUNTS_NAME)
		return s->length & 0xff;
	if (!(flags & AW_LIMIT_COUNTS_THROUGH))
		return !s->is_through;
	if (s->connects && charge->is_asked)
		aw_connection_add(s);
	if (flags & AW_LIMIT_COUNTS_SENT) {
		s->is_metered = 1;
		return s->sent;
	}
	return s->is_through && s->is_exchange;
}

/* The next budget; ends where there is none, or one refuses. */
static long aw_limit_turn(__u32 i, struct aw_charge *charge)
{
	struct aw_scratch *s = charge->scratch;
	__u64 limits = charge->limits;
	__u32 number = charge->number++;

	if (!limits)
		return 1;
	charge->limits = limits >> 1;
	if (!(limits & 1))
		return 0;
	bpf_probe_read_kernel(&s->limit, sizeof(s->limit),
			      (void *)(s->limit_cells + number * sizeof(s->limit)));
	if (!(s->limit.ops >> charge->op & 1) ||
	    (s->limit.subjects && !(s->limit.subjects & charge->mask)))
		return 0;
	charge->n = aw_limit_amount(s, charge);
	if (s->fail_reason)
		return 1;
	if (!charge->n)
		return 0;
	charge->key.limit = s->limit.id;
	charge->full_ns = aw_budget_of(charge);
	if (!charge->full_ns) {
		s->limit_at_ns = 0;
		aw_limit_refuse(s, AW_REASON_NO_BUDGET);
		return 1;
	}
	s->limit_at_ns = charge->now_ns; /* if all tries are in vain: at once */
	bpf_loop(AW_BUDGET_TRIES, aw_budget_try, charge, 0);
	if (!s->limit_at_ns)
		return 0;
	aw_limit_refuse(s, AW_REASON_LIMIT);
	return 1;
}

/* For an operation that is permitted, and limited: takes one, or says why not. The verdict then. */
__weak int aw_charge(struct aw_scratch *s, struct aw_label *label, __u32 op, __u32 verdict)
{
	struct aw_charge charge = {.scratch = s, .op = op & 0xf};

	if (!s || !label)
		return AW_VERDICT_NONE;
	charge.key.agent = s->payer ?: label->agent;
	charge.key.agent_generation = s->payer ? s->payer_generation : label->agent_generation;
	charge.now_ns = bpf_ktime_get_boot_ns();
	charge.mask = label->subject_mask | label->sticky_mask;
	charge.limits = s->limits;
	charge.is_asked = true;
	if (op == AW_OP_UDP)
		*(volatile __u32 *)&aw_checks_datagrams = 1;
	bpf_loop(AW_LIMITS_MAX, aw_limit_turn, &charge, 0);
	charge.limits = s->fail_reason ? 0 : s->limits;
	charge.number = 0;
	charge.is_asked = false;
	bpf_loop(AW_LIMITS_MAX, aw_limit_turn, &charge, 0);
	return s->fail_reason ? AW_VERDICT_NONE : verdict;
}
