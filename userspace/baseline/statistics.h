/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a number of runs proves and what it does not. Pure functions; the sampling unit is one run,
 * and runs of one agent are not independent, so all of these flatter the baseline.
 */
#pragma once

#include <stdint.h>

#define AW_CONFIDENCE 0.95

/*
 * Upper end of the exact one-sided 95 % confidence interval for the share of runs that break, after
 * `breaks` of `runs` did (Clopper & Pearson 1934): the p with P(X ≤ breaks | runs, p) = 0.05. 1
 * where runs is 0 or breaks ≥ runs.
 */
double aw_statistics_break_bound(uint64_t breaks, uint64_t runs);

/* Incidence counts over the rules of a baseline. */
struct aw_incidence {
	uint64_t n_runs;      /* m */
	uint64_t n_rules;     /* S: seen in at least one run */
	uint64_t n_once;      /* Q1: in exactly one */
	uint64_t n_twice;     /* Q2: in exactly two */
	uint64_t n_incidence; /* U: sum over the rules of the runs that they were seen in */
};

/*
 * Chao2, a lower bound of how many rules there are with those not seen yet: S +
 * ((m−1)/m)·Q1²/(2·Q2), or S + ((m−1)/m)·Q1(Q1−1)/2 where Q2 is 0 (Chao 1987). S where there are no
 * runs.
 */
double aw_statistics_richness(const struct aw_incidence *incidence);

/*
 * Sample coverage: the share of what the next run does that is known already,
 * 1 − (Q1/U)·[(m−1)Q1 / ((m−1)Q1 + 2·Q2)] (Chao & Jost 2012). Where Q2 is 0, 2·Q2/Q1 is estimated
 * with Q1 − 1 as in richness. 0 where nothing was seen.
 */
double aw_statistics_coverage(const struct aw_incidence *incidence);

/*
 * Openness of a folder: the share Q1/U of single sightings among its names. 1: every run brought
 * names of its own; 0: all names come again.
 */
double aw_statistics_openness(uint64_t n_once, uint64_t n_incidence);
