/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a baseline is worth, in sentences. A run counts as breaking where it alone did what some
 * rule stands for: a policy learned from the others would have denied it that.
 */
#include "baseline/trust.h"

#define RUNS_FOR_5_PERCENT 59 /* 1 − 0.05^(1/59) = 4.95 % */

void aw_trust_compute(const struct aw_learned *learned, struct aw_trust *ret)
{
	const uint64_t n = learned->incidence.n_runs;

	*ret = (struct aw_trust){
		.n_runs = n,
		.n_breaking = learned->n_breaking,
		.break_bound = aw_statistics_break_bound(learned->n_breaking, n),
		.n_runs_for_5_percent = RUNS_FOR_5_PERCENT,
		.coverage = aw_statistics_coverage(&learned->incidence),
		.richness = aw_statistics_richness(&learned->incidence),
	};
}

static void describe_breaks(struct aw_buffer *out, const struct aw_trust *t)
{
	const unsigned long long n = t->n_runs, breaking = t->n_breaking;

	if (n == 1) {
		aw_buffer_append_string(out,
					"One run proves nothing about the next one: learn from "
					"more before enforcing.\n");
		return;
	}
	if (breaking == 0)
		aw_buffer_append_format(
			out, "Each of the %llu runs did only what another one did too.\n", n);
	else
		aw_buffer_append_format(out,
					"%llu of %llu runs did something that no other did: a "
					"policy learned from the others would have broken %s.\n",
					breaking, n, breaking == 1 ? "it" : "them");
	aw_buffer_append_format(out, "At most %.0f %% of later runs would break (95 %% confidence)",
				100 * t->break_bound);
	if (n < t->n_runs_for_5_percent)
		aw_buffer_append_format(
			out, ": %llu runs prove little, %llu that all hold prove 5 %%.\n", n,
			(unsigned long long)t->n_runs_for_5_percent);
	else
		aw_buffer_append_string(out, ".\n");
}

int aw_trust_describe(struct aw_buffer *out, const struct aw_learned *learned)
{
	const struct aw_incidence *i = &learned->incidence;
	struct aw_trust t;

	aw_trust_compute(learned, &t);
	describe_breaks(out, &t);
	if (t.n_runs > 1)
		aw_buffer_append_format(
			out,
			"%llu rules, %llu of them seen in one run only; there are at least %.0f "
			"(Chao2), and %.1f %% of what the next run does is known.",
			(unsigned long long)i->n_rules, (unsigned long long)i->n_once, t.richness,
			100 * t.coverage);
	else
		aw_buffer_append_format(out, "%llu rules.", (unsigned long long)i->n_rules);
	return out->error;
}
