/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces of text that a learned policy is made of: quoted strings, wrapped comments, dates and
 * shares of runs. Private to from_baseline*.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "baseline/learned.h"

#define AW_POLICY_COLUMNS 100 /* where comments are wrapped */

/* "…" as YAML reads it back; the text is valid UTF-8. */
int aw_policy_text_quote(struct aw_buffer *out, const char *text);

/* Lines of comment, each beginning with `indent` and "# ", wrapped. */
int aw_policy_text_comment(struct aw_buffer *out, const char *indent, const char *text);

/* "2026-11-21" in UTC. */
int aw_policy_text_date(struct aw_buffer *out, uint64_t ns);

/* "2026-11-20 to 2026-11-21", or one date. */
int aw_policy_text_dates(struct aw_buffer *out, uint64_t first_ns, uint64_t last_ns);

/* ", by make, cc1" of the executables' last names; nothing where none is known. */
int aw_policy_text_subjects(struct aw_buffer *out, const struct aw_learned *learned,
			    const uint32_t subjects[AW_FACT_SUBJECTS]);

/* "[read, write]" */
int aw_policy_text_ops(struct aw_buffer *out, uint32_t ops);
