/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Budgets of rules. Each is a token bucket, kept as one word: the time at which it will be full
 * again (the theoretical arrival time of the generic cell rate algorithm, ITU-T I.371, in
 * CLOCK_BOOTTIME nanoseconds). Taking moves that time on, and is refused where it would then be
 * further away than a full bucket takes to fill. Compiled for the programs and natively.
 */
#pragma once

#include "policy.h"

#define AW_LIMITS_MAX		 64	      /* of one policy */
#define AW_LIMITS_MATCH_MAX	 8	      /* that hold for one name, in one cell: a byte each */
#define AW_LIMIT_INTERVAL_MAX_NS (1ull << 50) /* 13 days: more than any period */
#define AW_LIMIT_DEPTH_MAX_NS	 (1ull << 62) /* so that a time since boot can be added to it */
#define AW_LIMIT_NEVER		 (~0ull)      /* when it has more than it ever holds */
#define AW_BUDGETS_MAX		 65536	      /* on one host */
#define AW_CONNECTIONS_MAX	 65536	      /* with such as count what goes through them */

#define AW_LIMIT_RETRY		 1 /* the refused call gets EAGAIN, not EACCES */

/* What it counts; without one of them, the operation. */
#define AW_LIMIT_COUNTS_NAME	  2 /* bytes of the name */
#define AW_LIMIT_COUNTS_SENT	  4 /* bytes that are sent */
#define AW_LIMIT_COUNTS_EXCHANGES 8 /* a connection's first send, and those after a receipt */
/* What is spent through connections. */
#define AW_LIMIT_COUNTS_THROUGH (AW_LIMIT_COUNTS_SENT | AW_LIMIT_COUNTS_EXCHANGES)

/* One budget, as AW_LIMIT_CELLS cells of the image have it. */
struct aw_limit {
	__u64 id;	   /* the same in every policy that has this budget of this rule */
	__u64 interval_ns; /* in which one comes back; rounded up, so never too early */
	__u64 depth_ns; /* in which an empty bucket fills: interval × what may be spent at once */
	__u32 ops;	/* bit per enum aw_op that it counts */
	__u16 subjects; /* classes whose processes it counts; 0: any */
	__u16 flags;	/* AW_LIMIT_* */
};

#define AW_LIMIT_CELLS 4

/* Whose budget it is. */
struct aw_budget_key {
	__u64 limit; /* struct aw_limit.id */
	__u32 agent; /* slot */
	__u32 agent_generation;
};

/*
 * A connection that was allowed by what has budgets of AW_LIMIT_COUNTS_THROUGH: by its socket's
 * cookie. It keeps these, as they were when it was made, whoever sends through it.
 */
struct aw_connection {
	__u32 agent; /* whose budgets they are: slot */
	__u32 agent_generation;
	__u64 received; /* bytes, when something was sent last; ~0: nothing was */

	/* As the scratch had them, to tell what refuses. */
	__u64 row;
	__u64 policy;
	__u64 host;
	__u32 vid;

	__u32 n;
	struct aw_limit limits[AW_LIMITS_MATCH_MAX];
};

#ifndef __BPF__
static_assert(sizeof(struct aw_limit) == AW_LIMIT_CELLS * sizeof(__u64), "cells");
#endif

/*
 * What a bucket that is full again at `full_ns` would be after n are taken at `now_ns`; 0 where it
 * has not as many, and then *ret_at_ns is when it has: AW_LIMIT_NEVER, if n is more than it holds.
 */
static __always_inline __u64 aw_budget_take(const struct aw_limit *limit, __u64 full_ns,
					    __u64 now_ns, __u32 n, __u64 *ret_at_ns)
{
	__u64 from = full_ns > now_ns ? full_ns : now_ns;
	__u64 taken = from + n * limit->interval_ns;

	if (n > limit->depth_ns / limit->interval_ns) {
		*ret_at_ns = AW_LIMIT_NEVER;
		return 0;
	}
	if (taken - now_ns <= limit->depth_ns)
		return taken;
	*ret_at_ns = taken - limit->depth_ns;
	return 0;
}
