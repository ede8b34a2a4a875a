/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of a baseline store and the version that they carry. Opening a file, and what is
 * written into it, is in store.h and run.h.
 */
#pragma once

#include <sqlite3.h>

#include "base/diag.h"

#define AW_BASELINE_APPLICATION_ID 0x61677762 /* "agwb", in the file's header */
#define AW_BASELINE_SCHEMA_VERSION 2

/*
 * Says what the file is, without changing it. 0: a store of our version or an older one; −ENODATA:
 * an empty file, the caller may create the tables; −EPROTO: from a newer version; −EMEDIUMTYPE:
 * another program's database; −EUCLEAN: damaged.
 */
int aw_baseline_schema_check(sqlite3 *db, const char *path, struct aw_diag *reterr);

/* Creates the tables, in one transaction, unless another process was faster. */
int aw_baseline_schema_create(sqlite3 *db, const char *path, struct aw_diag *reterr);

/*
 * Before something is written into a store of an older version, which can be read as it is: from
 * then on versions that do not know what we write refuse the file.
 */
int aw_baseline_schema_upgrade(sqlite3 *db, const char *path, struct aw_diag *reterr);

/* Registers the SQL functions that statements of the store use (runset_union, runset_without). */
int aw_baseline_schema_functions(sqlite3 *db);
