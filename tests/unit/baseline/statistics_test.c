/* SPDX-License-Identifier: Apache-2.0 */
/* The statistics, against published values and exact rational arithmetic. */
#include "baseline/baseline_fixture.h"

#include <math.h>

#include "baseline/statistics.h"

static void assert_near(double found, double expected, double tolerance)
{
	if (!(fabs(found - expected) <= tolerance))
		fail_msg("%.9f instead of %.9f", found, expected);
}

static void the_bound_without_breaks_is_the_closed_form(void **state)
{
	for (uint64_t runs = 1; runs < 2000; runs += 7)
		assert_near(aw_statistics_break_bound(0, runs), 1 - pow(0.05, 1 / (double)runs),
			    1e-12);
	assert_near(aw_statistics_break_bound(0, 29), 0.098, 0.001);
	assert_near(aw_statistics_break_bound(0, 59), 0.0495, 0.0001);
	assert_near(aw_statistics_break_bound(0, 99), 0.0298, 0.0001);
}

/* Upper ends of two-sided 90 % Clopper–Pearson intervals, from exact rational arithmetic. */
static void the_bound_with_breaks_is_that_of_the_tables(void **state)
{
	static const struct {
		uint64_t breaks, runs;
		double bound;
	} rows[] = {
		{0, 5, 0.450719728},  {1, 10, 0.394163302},   {2, 20, 0.282618525},
		{5, 50, 0.198833003}, {10, 100, 0.163717623}, {3, 59, 0.126206557},
		{9, 10, 0.994883804},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_near(aw_statistics_break_bound(rows[i].breaks, rows[i].runs), rows[i].bound,
			    1e-8);
}

static void the_bound_grows_with_breaks_and_shrinks_with_runs(void **state)
{
	for (uint64_t runs = 2; runs < 200; runs += 23)
		for (uint64_t breaks = 0; breaks + 1 < runs; breaks += 3) {
			const double bound = aw_statistics_break_bound(breaks, runs);

			assert_true(bound > (double)breaks / (double)runs);
			assert_true(bound < aw_statistics_break_bound(breaks + 1, runs));
			assert_true(bound > aw_statistics_break_bound(breaks, runs + 1));
		}
}

static void nothing_or_nothing_but_breaks_bounds_nothing(void **state)
{
	assert_near(aw_statistics_break_bound(0, 0), 1, 0);
	assert_near(aw_statistics_break_bound(7, 7), 1, 0);
	assert_near(aw_statistics_break_bound(9, 7), 1, 0);
}

/*
 * The spider data of Hsieh, Ma & Chao 2016 (iNEXT): with every individual a sampling unit,
 * incidence and abundance formulas are the same.
 */
static void richness_and_coverage_are_those_of_the_spider_data(void **state)
{
	const struct aw_incidence girdled = {168, 26, 12, 4, 168};
	const struct aw_incidence logged = {252, 37, 14, 4, 252};

	assert_near(aw_statistics_richness(&girdled), 43.893, 0.001);
	assert_near(aw_statistics_richness(&logged), 61.403, 0.001);
	assert_near(aw_statistics_coverage(&girdled), 0.9289, 0.00005);
	assert_near(aw_statistics_coverage(&logged), 0.9446, 0.00005);
}

static void without_doubles_the_corrected_form_is_taken(void **state)
{
	const struct aw_incidence counts = {10, 30, 5, 0, 100};

	assert_near(aw_statistics_richness(&counts), 30 + 0.9 * 5 * 4 / 2, 1e-9);
	assert_near(aw_statistics_coverage(&counts), 1 - 0.05 * (45.0 / (45.0 + 2.5)), 1e-9);
}

static void extremes_stay_in_range(void **state)
{
	const struct aw_incidence nothing = {0}, all_known = {10, 5, 0, 0, 50},
				  all_new = {4, 9, 9, 0, 9}, one = {1, 3, 3, 0, 3};

	assert_near(aw_statistics_coverage(&nothing), 0, 0);
	assert_near(aw_statistics_richness(&nothing), 0, 0);
	assert_near(aw_statistics_coverage(&all_known), 1, 0);
	assert_near(aw_statistics_richness(&all_known), 5, 0);
	assert_true(aw_statistics_coverage(&all_new) >= 0 &&
		    aw_statistics_coverage(&all_new) < 0.2);
	assert_near(aw_statistics_coverage(&one), 1, 0); /* m = 1 says nothing: callers say so */
	assert_near(aw_statistics_openness(0, 0), 0, 0);
	assert_near(aw_statistics_openness(3, 4), 0.75, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bound_without_breaks_is_the_closed_form),
		cmocka_unit_test(the_bound_with_breaks_is_that_of_the_tables),
		cmocka_unit_test(the_bound_grows_with_breaks_and_shrinks_with_runs),
		cmocka_unit_test(nothing_or_nothing_but_breaks_bounds_nothing),
		cmocka_unit_test(richness_and_coverage_are_those_of_the_spider_data),
		cmocka_unit_test(without_doubles_the_corrected_form_is_taken),
		cmocka_unit_test(extremes_stay_in_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
