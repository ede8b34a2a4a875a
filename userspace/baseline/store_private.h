/* SPDX-License-Identifier: Apache-2.0 */
/* The store's inside, for the files of this folder that read and write it. */
#pragma once

#include <sqlite3.h>
#include <stdint.h>

#include "baseline/store.h"

struct aw_baseline_store {
	sqlite3 *db;
	char *path;
};

/* The number of a baseline; −ENOENT. In read.c. */
int aw_baseline_find(struct aw_baseline_store *store, const char *name, int64_t *ret);
