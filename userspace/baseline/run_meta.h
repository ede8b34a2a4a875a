/* SPDX-License-Identifier: Apache-2.0 */
/* The row that a run has in the store: creating it, and marking its end. Private to baseline/. */
#pragma once

#include <sqlite3.h>
#include <stdint.h>

#include "baseline/run.h"

#define AW_UUID_LENGTH 36

/* Fills uuid (meta's or a drawn one) and inserts baseline and run in one transaction. */
int aw_run_row_insert(sqlite3 *db, const char *name, const struct aw_baseline_run_meta *meta,
		      char uuid[AW_UUID_LENGTH + 1], int64_t *retid, int64_t *retbaseline);

/* Marks the end. dropped: observations that the store itself could not take. */
int aw_run_row_end(sqlite3 *db, int64_t id, const struct aw_baseline_outcome *outcome,
		   uint64_t dropped);
