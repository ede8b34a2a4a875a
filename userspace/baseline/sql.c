/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thin helpers over SQLite for the baseline store. Every result code passes through one table, so
 * that callers see −errno only.
 */
#include "baseline/sql.h"

#include <errno.h>

#include "base/cleanup.h"

static const struct {
	int code; /* primary result code */
	int error;
	const char *hint;
} codes[] = {
	{SQLITE_PERM, EACCES, "it must belong to the user that runs agentwatch"},
	{SQLITE_BUSY, EBUSY, "another agentwatch is writing to it: try again"},
	{SQLITE_LOCKED, EBUSY, "another agentwatch is writing to it: try again"},
	{SQLITE_NOMEM, ENOMEM, NULL},
	{SQLITE_READONLY, EACCES, "it must be writable by the user that runs agentwatch"},
	{SQLITE_INTERRUPT, EINTR, NULL},
	{SQLITE_IOERR, EIO, NULL},
	{SQLITE_CORRUPT, EUCLEAN, "the file was left as it is: put it aside, or restore a copy"},
	{SQLITE_NOTADB, EUCLEAN, "the file was left as it is: put it aside, or restore a copy"},
	{SQLITE_FULL, ENOSPC, "make room on the file system that holds it"},
	{SQLITE_CANTOPEN, EACCES, NULL},
	{SQLITE_TOOBIG, E2BIG, NULL},
	{SQLITE_CONSTRAINT, EEXIST, NULL},
	{SQLITE_AUTH, EACCES, NULL},
};

static size_t find_code(int code)
{
	size_t i = 0;

	while (i < sizeof(codes) / sizeof(codes[0]) && codes[i].code != (code & 0xff))
		i++;
	return i;
}

int aw_sql_errno(sqlite3 *db, int code)
{
	const int primary = code & 0xff;
	const size_t i = find_code(code);

	if (primary == SQLITE_OK || primary == SQLITE_ROW || primary == SQLITE_DONE)
		return 0;
	if (primary == SQLITE_CANTOPEN && db) {
		const int system = sqlite3_system_errno(db);

		if (system > 0)
			return -system;
	}
	return i < sizeof(codes) / sizeof(codes[0]) ? -codes[i].error : -EIO;
}

int aw_sql_diag(sqlite3 *db, int code, const char *path, struct aw_diag *reterr)
{
	const size_t i = find_code(code);
	const char *hint = i < sizeof(codes) / sizeof(codes[0]) ? codes[i].hint : NULL;
	const char *what = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);

	if ((code & 0xff) == SQLITE_NOTADB)
		what = "this is not a baseline store (not a SQLite file)";
	return aw_diag_set(reterr, aw_sql_errno(db, code), path, 0, 0, hint, "%s", what);
}

int aw_sql_exec(sqlite3 *db, const char *sql)
{
	return aw_sql_errno(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

int aw_sql_int64(sqlite3 *db, const char *sql, int64_t *ret)
{
	_cleanup_statement_ sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_DONE)
		return -ENOENT;
	if (code != SQLITE_ROW)
		return aw_sql_errno(db, code);
	*ret = sqlite3_column_int64(statement, 0);
	return 0;
}

int aw_sql_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
	if (!text)
		return sqlite3_bind_null(statement, index);
	return sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

int aw_sql_bind_bytes(sqlite3_stmt *statement, int index, const void *data, size_t length)
{
	return sqlite3_bind_blob64(statement, index, data && length > 0 ? data : "", length,
				   SQLITE_STATIC);
}

int aw_sql_run(sqlite3 *db, sqlite3_stmt *statement)
{
	const int code = sqlite3_step(statement);
	const int r = aw_sql_errno(db, code);

	sqlite3_reset(statement);
	return r;
}
