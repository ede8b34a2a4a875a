/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Learned rules put into the order and groups in which a policy file shows them. Private to
 * from_baseline*.c.
 */
#pragma once

#include "base/buffer.h"
#include "base/vec.h"
#include "baseline/learned.h"

enum aw_policy_section {
	AW_SECTION_WORKSPACE,
	AW_SECTION_SYSTEM,
	AW_SECTION_PROGRAMS,
	AW_SECTION_FILES,
	AW_SECTION_SOCKETS,
	AW_SECTION_REVIEW,
	AW_SECTIONS,
};

/* One line of a rule: a pattern, with the operations of the rule. */
struct aw_policy_row {
	enum aw_policy_section section;
	char *top; /* what groups rows: "/etc", "${HOME}", the id of a review */
	uint32_t ops;
	const struct aw_learned_rule *rule;
};

struct aw_policy_rows {
	AW_VEC(struct aw_policy_row) rows; /* rows of one written rule stand together */
	uint64_t n_unwritable;		   /* operations on names that the language cannot say */
};

int aw_policy_rows_make(struct aw_policy_rows *ret, const struct aw_learned *learned);
void aw_policy_rows_done(struct aw_policy_rows *rows);

/* Whether two rows are lines of one written rule. */
bool aw_policy_rows_join(const struct aw_policy_row *a, const struct aw_policy_row *b);

/* The id of the rule that a row is a line of: "etc.read". */
int aw_policy_row_id(struct aw_buffer *out, const struct aw_policy_row *row);

/* Runs that did one of the row's operations. */
int aw_policy_row_runs(const struct aw_learned *learned, const struct aw_policy_row *row,
		       uint32_t *ret);
