/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a baseline is worth, in sentences that a person can act on. The figures are statistics.h's;
 * the words are here once, for `baseline show` and for the head of a learned policy.
 */
#pragma once

#include "base/buffer.h"
#include "baseline/learned.h"

/* Figures of what a baseline is worth. */
struct aw_trust {
	uint64_t n_runs;     /* complete ones */
	uint64_t n_breaking; /* that a policy learned from the other runs would have denied
				something */
	double break_bound;  /* share of later runs that would break, at most (95 %) */
	uint64_t n_runs_for_5_percent; /* runs without a break that would prove 5 % */
	double coverage;
	double richness;
};

void aw_trust_compute(const struct aw_learned *learned, struct aw_trust *ret);

/* Appends sentences, one line each, without a last newline. */
int aw_trust_describe(struct aw_buffer *out, const struct aw_learned *learned);
