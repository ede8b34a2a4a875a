/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thin helpers over SQLite for the baseline store: errors as −errno, statements that finalise
 * themselves, one-value queries. Owns no schema and no policy of its own.
 */
#pragma once

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

static inline void aw_sql_finalizep(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
}

#define _cleanup_statement_ __attribute__((cleanup(aw_sql_finalizep)))

/* The −errno that a result code of SQLite stands for; 0 for OK, ROW and DONE. */
int aw_sql_errno(sqlite3 *db, int code);

/* Fills reterr with what SQLite says about its last failure on this file; returns the −errno. */
int aw_sql_diag(sqlite3 *db, int code, const char *path, struct aw_diag *reterr);

/* Runs statements that return nothing. */
int aw_sql_exec(sqlite3 *db, const char *sql);

/* The first column of the first row. −ENOENT where there is no row. */
int aw_sql_int64(sqlite3 *db, const char *sql, int64_t *ret);

/* Binds text, or NULL where it is NULL; the text must outlive the step. */
int aw_sql_bind_text(sqlite3_stmt *statement, int index, const char *text);

/* Binds bytes; an absent or empty string becomes an empty blob. */
int aw_sql_bind_bytes(sqlite3_stmt *statement, int index, const void *data, size_t length);

/* Steps a statement that returns nothing and resets it. */
int aw_sql_run(sqlite3 *db, sqlite3_stmt *statement);
