/* SPDX-License-Identifier: Apache-2.0 */
/* What a store holds of a baseline, summed up for tests of writing. */
#pragma once

#include "baseline/baseline_fixture.h"

#include "baseline/read.h"
#include "baseline/runset.h"

struct total {
	size_t acts;
	uint64_t count;
	uint64_t runs; /* incidences */
	struct aw_observation last;
};

static inline int add_act(void *data, const struct aw_observation *act, const void *runs,
			  size_t runs_length)
{
	struct aw_runset_cursor cursor = {.bytes = runs, .length = runs_length};
	struct total *total = data;
	uint64_t first, last;

	total->acts++;
	total->count += act->count;
	total->last = *act;
	while (aw_runset_next(&cursor, &first, &last) > 0)
		total->runs += last - first + 1;
	return 0;
}

static inline struct total totals(struct aw_baseline_store *store, const char *name)
{
	struct total total = {0};

	assert_int_equal(aw_baseline_acts_read(store, name, add_act, &total), 0);
	return total;
}

static inline struct aw_run_list runs_of(struct aw_baseline_store *store, const char *name)
{
	struct aw_run_list list = {0};

	assert_int_equal(aw_baseline_runs_read(store, name, &list), 0);
	return list;
}

static inline void assert_only_run(struct aw_baseline_store *store, enum aw_run_state run_state,
				   const char *why)
{
	struct aw_run_list list = runs_of(store, "ci");

	assert_int_equal(list.n_items, 1);
	assert_string_equal(aw_run_state_name(list.items[0].state), aw_run_state_name(run_state));
	if (why)
		assert_string_equal(list.items[0].why_partial, why);
	aw_run_list_clear(&list);
}
