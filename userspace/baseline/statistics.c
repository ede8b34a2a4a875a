/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a number of runs proves. The binomial sum is taken term by term in logarithms: exact enough
 * for every number of runs that a store can hold, and free of special functions to get wrong.
 */
#include "baseline/statistics.h"

#include <math.h>

#define BISECTIONS 60 /* halvings of [0, 1]: to the last bit of a double */

/* P(X ≤ k) for X binomial with n trials of probability p, 0 < p < 1, k < n. */
static double binomial_cdf(uint64_t k, uint64_t n, double p)
{
	const double log_p = log(p), log_q = log1p(-p), log_n = lgamma((double)n + 1);
	double sum = 0;

	for (uint64_t i = 0; i <= k; i++) {
		const double x = (double)i, rest = (double)(n - i);

		sum += exp(log_n - lgamma(x + 1) - lgamma(rest + 1) + x * log_p + rest * log_q);
	}
	return sum;
}

double aw_statistics_break_bound(uint64_t breaks, uint64_t runs)
{
	double low = 0, high = 1;

	if (runs == 0 || breaks >= runs)
		return 1;
	for (int i = 0; i < BISECTIONS; i++) {
		const double middle = (low + high) / 2;

		if (binomial_cdf(breaks, runs, middle) > 1 - AW_CONFIDENCE)
			low = middle;
		else
			high = middle;
	}
	return high;
}

double aw_statistics_richness(const struct aw_incidence *n)
{
	const double m = (double)n->n_runs, q1 = (double)n->n_once, q2 = (double)n->n_twice;

	if (n->n_runs == 0)
		return (double)n->n_rules;
	if (n->n_twice == 0)
		return (double)n->n_rules + (m - 1) / m * q1 * (q1 - 1) / 2;
	return (double)n->n_rules + (m - 1) / m * q1 * q1 / (2 * q2);
}

double aw_statistics_coverage(const struct aw_incidence *n)
{
	const double m = (double)n->n_runs, u = (double)n->n_incidence, q1 = (double)n->n_once;
	double q2 = (double)n->n_twice;

	if (n->n_incidence == 0)
		return 0;
	if (n->n_once == 0)
		return 1;
	if (n->n_twice == 0) {
		/* Q1²/(2·Q2) stands for Q1(Q1−1)/2 there. */
		if (n->n_once == 1)
			return 1 - q1 / u;
		q2 = q1 / (q1 - 1);
	}
	return 1 - q1 / u * ((m - 1) * q1 / ((m - 1) * q1 + 2 * q2));
}

double aw_statistics_openness(uint64_t n_once, uint64_t n_incidence)
{
	return n_incidence ? (double)n_once / (double)n_incidence : 0;
}
