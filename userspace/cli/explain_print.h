/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of `policy explain`, for people and for programs. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "cli/explain_name.h"
#include "policy/explain.h"

/* Borrowed. */
struct aw_explain_answer {
	const struct aw_policy *policy;
	const struct aw_query *query;
	struct aw_explanation explanation;
	struct aw_held_budget budgets[AW_LIMITS_MAX];
	size_t n_budgets; /* 0 too where it is denied anyway: that costs nothing */
	const struct aw_explain_name *object; /* its name is NULL for addresses */
	const struct aw_explain_name *exe;    /* its name is NULL where none was said */
};

void aw_explain_print(const struct aw_explain_answer *answer, bool has_colour,
		      struct aw_buffer *ret);
void aw_explain_print_json(const struct aw_explain_answer *answer, struct aw_buffer *ret);
