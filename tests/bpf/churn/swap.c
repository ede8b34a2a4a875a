/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes policy and modes of an agent, over and over. What every policy allows must never be
 * denied, what every one denies never be allowed; and once a change has returned, what is seen must
 * be what the new policy says, exactly.
 */
#include "churn.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIN_EXACT_SHARE 32 /* operations of which at least one must have been judged exactly */

struct state {
	int policy;
	enum aw_mode file, other;
};

/* The first ones all enforce; the others let through what they would deny. */
#define ENFORCING 4
static const struct state states[] = {
	{0, AW_MODE_ENFORCE, AW_MODE_ENFORCE}, {1, AW_MODE_ENFORCE, AW_MODE_ENFORCE},
	{2, AW_MODE_ENFORCE, AW_MODE_AUDIT},   {1, AW_MODE_ENFORCE, AW_MODE_AUDIT},
	{0, AW_MODE_AUDIT, AW_MODE_ENFORCE},   {2, AW_MODE_AUDIT, AW_MODE_AUDIT},
};
#define STATES (sizeof(states) / sizeof(*states))
static_assert(STATES <= CHURN_STATES_MAX, "room for all");

/* Objects stay under their first names; what only a class may read is asked of nobody. */
void churn_tabulate(struct churn *churn)
{
	struct churn_shared *shared = churn->shared;

	for (uint32_t i = 0; i < shared->n_objects; i++)
		if (strstr(shared->objects[i].path[0], "/lifted"))
			shared->objects[i] = shared->objects[0];
	for (size_t s = 0; s < STATES; s++)
		for (uint32_t i = 0; i < shared->n_objects; i++)
			shared->permits[s][i] = states[s].file != AW_MODE_ENFORCE ||
						churn_permits(churn->policies[states[s].policy],
							      shared->objects[i].path[0]);
	shared->n_states = STATES;
}

static void change_to(struct churn *churn, uint64_t number, uint32_t state)
{
	uint64_t epoch = number << 17 | (uint64_t)state << 1;

	churn->shared->epoch = epoch | 1;
	churn_change(churn, 0, states[state].policy, states[state].file, states[state].other);
	churn->shared->epoch = epoch;
}

static int report(struct churn *churn, uint64_t swaps)
{
	struct churn_seen seen = churn_seen(churn);
	struct aw_counters counters;

	if (aw_agent_counters(churn->host, churn->agents[0], &counters) < 0)
		churn_die("the counters cannot be read");
	printf("# %" PRIu64 " operations, %" PRIu64 " allowed, %" PRIu64 " denied, %" PRIu64
	       " across one of %" PRIu64 " changes, %" PRIu64 " judged exactly, %" PRIu64
	       " flips, %llu without a policy: %" PRIu64 " wrong\n",
	       seen.operations, seen.allowed, seen.denied, seen.crossed, swaps, seen.exact,
	       seen.flips, counters.reasons[AW_REASON_NO_POLICY], seen.wrong);
	if (seen.exact < seen.operations / MIN_EXACT_SHARE || !seen.crossed ||
	    seen.denied < seen.operations / 10 || seen.allowed < seen.operations / 10)
		churn_die("too one-sided to tell anything");
	return seen.wrong || counters.reasons[AW_REASON_NO_POLICY] ? EXIT_FAILURE : EXIT_SUCCESS;
}

int churn_swap(struct churn *churn, uint64_t operations, uint64_t swaps)
{
	struct churn_shared *shared = churn->shared;
	uint64_t per_swap = operations / (swaps ? swaps : 1);

	for (uint64_t i = 1; i <= swaps; i++) {
		bool strict = i <= swaps / 2;

		shared->is_strict = strict;
		change_to(churn, i, churn_pick(&churn->random, strict ? ENFORCING : STATES));
		churn_look(churn);
		churn_wait(churn, per_swap);
	}
	return report(churn, swaps);
}
