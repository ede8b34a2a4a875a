/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Baselines for people and for programs: the list of them, and one with its runs, its rules and
 * what they are worth. Writes into a buffer; text for terminals or JSON.
 */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "baseline/learned.h"
#include "baseline/read.h"

#define AW_SHOW_RUNS_MAX  30 /* latest runs shown as text; JSON has all */
#define AW_SHOW_RULES_MAX 50 /* rules seen once shown as text; JSON has all */

/* `baseline list` */
int aw_baseline_list_format(struct aw_buffer *out, const struct aw_baseline_list *list,
			    bool as_json);

/* `baseline show NAME` */
int aw_baseline_show_format(struct aw_buffer *out, const struct aw_learned *learned, bool as_json);
