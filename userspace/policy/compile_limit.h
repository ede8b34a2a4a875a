/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Budgets of a policy while it is compiled; what they mean is abi/limit.h's.
 */
#pragma once

#include "abi/limit.h"
#include "policy/policy.h"

/* Sorted by id. A set of them is a mask: bit i is limits[i]. */
struct aw_limits {
	struct aw_limit limits[AW_LIMITS_MAX];
	size_t n;
};

/* All budgets of the policy's rules. −E2BIG: more than AW_LIMITS_MAX. */
int aw_limits_collect(struct aw_limits *limits, const struct aw_policy *policy);
/* Those of the rule that count some of these operations. */
uint64_t aw_limits_of(const struct aw_limits *limits, const struct aw_rule *rule, uint32_t ops);
/* AW_ROW_LIMITED of each operation that one of them counts. */
uint64_t aw_limits_row(const struct aw_limits *limits, uint64_t mask);
/* Their numbers, from 1, a byte each from the lowest on; at most AW_LIMITS_MATCH_MAX. */
uint64_t aw_limits_cell(uint64_t mask);
