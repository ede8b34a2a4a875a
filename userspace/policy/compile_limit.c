/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Budgets of rules: their numbers, in the order of their ids, so that the order of rules makes no
 * difference; which of them hold for a claim; and their cells in the image (abi/limit.h).
 */
#include <errno.h>
#include <string.h>

#include "policy/compile_limit.h"
#include "policy/compile_state.h"

#define NS_PER_MS 1000000ull

/* What it counts, where that is not the operation itself. */
static uint16_t counts_of(enum aw_limit_unit unit)
{
	switch (unit) {
	case AW_LIMIT_QUESTION_BYTES:
		return AW_LIMIT_COUNTS_NAME;
	case AW_LIMIT_BYTES:
		return AW_LIMIT_COUNTS_SENT;
	case AW_LIMIT_EXCHANGES:
		return AW_LIMIT_COUNTS_EXCHANGES;
	default:
		return 0;
	}
}

static struct aw_limit make_limit(const struct aw_rule *rule, const struct aw_rule_limit *from)
{
	uint64_t period_ns = from->period_ms * NS_PER_MS;
	uint64_t interval_ns = (period_ns + from->count - 1) / from->count;

	return (struct aw_limit){
		.id = aw_limit_id(rule, from->unit),
		.interval_ns = interval_ns,
		.depth_ns = interval_ns * from->burst,
		.ops = aw_limit_unit_ops(from->unit) & aw_limit_rule_ops(rule),
		.subjects = (uint16_t)rule->subjects,
		.flags = (rule->limit_retries ? AW_LIMIT_RETRY : 0) | counts_of(from->unit),
	};
}

/* Puts it where the order of ids wants it; a rule of several lifts has each budget once. */
static int add_limit(struct aw_limits *limits, const struct aw_limit *limit)
{
	size_t at = limits->n;

	for (size_t i = 0; i < limits->n; i++)
		if (limits->limits[i].id == limit->id)
			return 0;
	if (limits->n == AW_LIMITS_MAX)
		return -E2BIG;
	for (; at > 0 && limits->limits[at - 1].id > limit->id; at--)
		limits->limits[at] = limits->limits[at - 1];
	limits->limits[at] = *limit;
	limits->n++;
	return 0;
}

int aw_limits_collect(struct aw_limits *limits, const struct aw_policy *policy)
{
	int r = 0;

	*limits = (struct aw_limits){};
	for (size_t i = 0; i < policy->n_rules && r == 0; i++)
		for (size_t j = 0; j < policy->rules[i].n_limits && r == 0; j++) {
			struct aw_limit limit =
				make_limit(&policy->rules[i], &policy->rules[i].limits[j]);

			r = add_limit(limits, &limit);
		}
	return r;
}

uint64_t aw_limits_of(const struct aw_limits *limits, const struct aw_rule *rule, uint32_t ops)
{
	uint64_t mask = 0;

	for (size_t j = 0; j < rule->n_limits; j++) {
		uint64_t id = aw_limit_id(rule, rule->limits[j].unit);

		for (size_t i = 0; i < limits->n; i++)
			if (limits->limits[i].id == id && limits->limits[i].ops & ops)
				mask |= 1ull << i;
	}
	return mask;
}

uint64_t aw_limits_row(const struct aw_limits *limits, uint64_t mask)
{
	uint64_t row = 0;

	for (size_t i = 0; i < limits->n; i++)
		for (unsigned op = 0; op < AW_OPS && mask >> i & 1; op++)
			if (limits->limits[i].ops >> op & 1)
				row |= AW_ROW_LIMITED(op);
	return row;
}

uint64_t aw_limits_cell(uint64_t mask)
{
	uint64_t cell = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < AW_LIMITS_MAX && n < AW_LIMITS_MATCH_MAX; i++)
		if (mask >> i & 1)
			cell |= (uint64_t)(i + 1) << (8 * n++);
	return cell;
}

/* The rule that has the budget. */
static const struct aw_rule *find_rule(const struct aw_policy *policy, uint64_t id)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		for (size_t j = 0; j < policy->rules[i].n_limits; j++)
			if (aw_limit_id(&policy->rules[i], policy->rules[i].limits[j].unit) == id)
				return &policy->rules[i];
	return NULL;
}

static int too_many(struct aw_compilation *c, uint64_t mask)
{
	const struct aw_limit *first = &c->limits.limits[__builtin_ctzll(mask)];
	const struct aw_rule *rule = find_rule(c->policy, first->id);

	return aw_diag_set(c->reterr, -E2BIG, rule->source.file, rule->source.line,
			   rule->source.column, "limit fewer of the rules that are about it",
			   "more than %d budgets (AW_LIMITS_MATCH_MAX) hold for one name or "
			   "address, among them that of rule '%s'",
			   AW_LIMITS_MATCH_MAX, rule->id);
}

int aw_compile_check_limits(struct aw_compilation *c)
{
	size_t n;

	for (uint32_t vid = 0; c->limits.n > 0 && vid < c->rows.n; vid++) {
		const uint32_t *words = aw_intern_get(&c->rows, vid, &n);
		uint64_t mask = aw_pair(words[n - AW_NAME_WORDS], words[n - AW_NAME_WORDS - 1]);

		if (__builtin_popcountll(mask) > AW_LIMITS_MATCH_MAX)
			return too_many(c, mask);
	}
	return 0;
}
