/* SPDX-License-Identifier: Apache-2.0 */
/* Folding the journal of ended runs into the history of their baseline. Private to baseline/. */
#pragma once

#include <sqlite3.h>

/*
 * Moves what every ended run observed from `observations` to `history`, in transactions of
 * AW_BASELINE_FOLD_ROWS acts, so that other writers get in between. It can be cut off anywhere and
 * go on later: an act is always in exactly one of the two.
 */
int aw_baseline_fold(sqlite3 *db);
