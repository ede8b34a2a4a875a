/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of a baseline store. Texts are interned, so an observation is a handful of integers;
 * what finished runs did is folded into `history`, one row per act with the set of its runs, so
 * that reading costs the number of distinct acts and not that of runs.
 */
#include "baseline/schema.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "baseline/runset.h"
#include "baseline/sql.h"

static const char tables[] =
	"CREATE TABLE baselines("
	" id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE,"
	" created_ns INTEGER NOT NULL) STRICT;"

	/* AUTOINCREMENT: a number in a set of runs must never come to mean another run. */
	"CREATE TABLE runs("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" baseline INTEGER NOT NULL REFERENCES baselines(id) ON DELETE CASCADE,"
	" uuid TEXT NOT NULL,"
	" start_ns INTEGER NOT NULL,"
	" end_ns INTEGER," /* NULL: still running, or cut off */
	" host TEXT, user TEXT, repository TEXT, commit_id TEXT,"
	" labels TEXT NOT NULL DEFAULT '{}',"  /* JSON object */
	" command TEXT NOT NULL DEFAULT '[]'," /* JSON array */
	" kernel TEXT, version TEXT,"
	" writer TEXT," /* which process records it: writer.h */
	" exit_status INTEGER,"
	" complete INTEGER NOT NULL DEFAULT 0 CHECK(complete IN (0, 1)),"
	" why_partial TEXT,"
	" lost_decisions INTEGER NOT NULL DEFAULT 0,"
	" lost_observations INTEGER NOT NULL DEFAULT 0,"
	" folded INTEGER NOT NULL DEFAULT 0 CHECK(folded IN (0, 1))," /* all in `history` */
	" CHECK(complete = 0 OR end_ns IS NOT NULL),"
	" UNIQUE(baseline, uuid)) STRICT;"

	"CREATE TABLE subjects("
	" id INTEGER PRIMARY KEY,"
	" exe_anchor TEXT NOT NULL, exe BLOB NOT NULL,"
	" script_anchor TEXT NOT NULL, script BLOB NOT NULL,"
	" UNIQUE(exe, script, exe_anchor, script_anchor)) STRICT;"

	/*
	 * kind: enum aw_object. An address is 16 bytes, 2 of port (big-endian), 1 of protocol;
	 * where it was reached by a host name, that stands in `anchor` and the 16 bytes are zero.
	 */
	"CREATE TABLE objects("
	" id INTEGER PRIMARY KEY,"
	" kind INTEGER NOT NULL,"
	" anchor TEXT NOT NULL,"
	" name BLOB NOT NULL,"
	" UNIQUE(name, kind, anchor)) STRICT;"

	/* op: enum aw_op; role, effect: the enums of those names. */
	"CREATE TABLE acts("
	" id INTEGER PRIMARY KEY,"
	" object INTEGER NOT NULL REFERENCES objects(id),"
	" subject INTEGER NOT NULL REFERENCES subjects(id),"
	" op INTEGER NOT NULL, role INTEGER NOT NULL, effect INTEGER NOT NULL,"
	" UNIQUE(object, subject, op, role, effect)) STRICT;"

	/* What runs did that are not folded yet: the journal of those under way. */
	"CREATE TABLE observations("
	" run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,"
	" act INTEGER NOT NULL REFERENCES acts(id),"
	" count INTEGER NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,"
	" PRIMARY KEY(run, act)) STRICT, WITHOUT ROWID;"

	/* What ended runs did, complete or not; runs: baseline/runset.h over runs.id. */
	"CREATE TABLE history("
	" baseline INTEGER NOT NULL REFERENCES baselines(id) ON DELETE CASCADE,"
	" act INTEGER NOT NULL REFERENCES acts(id),"
	" runs BLOB NOT NULL,"
	" count INTEGER NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,"
	" PRIMARY KEY(baseline, act)) STRICT, WITHOUT ROWID;";

/* All three from one state of the file: another process may be creating the tables. */
static int read_identity(sqlite3 *db, int64_t *retapplication, int64_t *retversion,
			 int64_t *retobjects)
{
	int r = aw_sql_exec(db, "SAVEPOINT identity");

	if (r < 0)
		return r;
	r = aw_sql_int64(db, "PRAGMA application_id", retapplication);
	if (r == 0)
		r = aw_sql_int64(db, "PRAGMA user_version", retversion);
	if (r == 0)
		r = aw_sql_int64(db, "SELECT count(*) FROM sqlite_schema", retobjects);
	if (r == 0)
		r = aw_sql_exec(db, "RELEASE identity");
	return r;
}

int aw_baseline_schema_check(sqlite3 *db, const char *path, struct aw_diag *reterr)
{
	int64_t application = 0, version = 0, objects = 0;
	int r = read_identity(db, &application, &version, &objects);

	if (r < 0)
		return aw_sql_diag(db, sqlite3_extended_errcode(db), path, reterr);
	if (application == 0 && version == 0 && objects == 0)
		return -ENODATA;
	if (application != AW_BASELINE_APPLICATION_ID)
		return aw_diag_set(reterr, -EMEDIUMTYPE, path, 0, 0,
				   "the file was left as it is: name another one",
				   "this is another program's SQLite database");
	if (version > AW_BASELINE_SCHEMA_VERSION)
		return aw_diag_set(reterr, -EPROTO, path, 0, 0,
				   "use that newer agentwatch; the file was left as it is",
				   "the baseline store is of version %lld, written by a newer "
				   "agentwatch; this one reads up to version %d",
				   (long long)version, AW_BASELINE_SCHEMA_VERSION);
	return 0;
}

int aw_baseline_schema_create(sqlite3 *db, const char *path, struct aw_diag *reterr)
{
	char version[96];
	int r = aw_sql_exec(db, "BEGIN IMMEDIATE");

	if (r < 0)
		return aw_sql_diag(db, sqlite3_extended_errcode(db), path, reterr);
	r = aw_baseline_schema_check(db, path, reterr);
	if (r == -ENODATA) {
		snprintf(version, sizeof(version),
			 "PRAGMA application_id = %d; PRAGMA user_version = %d",
			 AW_BASELINE_APPLICATION_ID, AW_BASELINE_SCHEMA_VERSION);
		r = aw_sql_exec(db, tables);
		if (r == 0)
			r = aw_sql_exec(db, version);
		if (r == 0)
			r = aw_sql_exec(db, "COMMIT");
		if (r < 0)
			aw_sql_diag(db, sqlite3_extended_errcode(db), path, reterr);
	}
	if (!sqlite3_get_autocommit(db))
		(void)aw_sql_exec(db, "ROLLBACK");
	return r;
}

/*
 * What each version brought:
 *   1  the tables
 *   2  the same tables; host names as objects, and of addresses
 */
int aw_baseline_schema_upgrade(sqlite3 *db, const char *path, struct aw_diag *reterr)
{
	char version[64];
	int64_t from = 0;
	int r = aw_sql_int64(db, "PRAGMA user_version", &from);

	if (r == 0 && from < AW_BASELINE_SCHEMA_VERSION) {
		snprintf(version, sizeof(version), "PRAGMA user_version = %d",
			 AW_BASELINE_SCHEMA_VERSION);
		r = aw_sql_exec(db, version);
	}
	return r < 0 ? aw_sql_diag(db, sqlite3_extended_errcode(db), path, reterr) : 0;
}

static void set_result(sqlite3_context *context, int r, uint8_t *bytes, size_t length)
{
	if (r == -ENOMEM)
		sqlite3_result_error_nomem(context);
	else if (r < 0)
		sqlite3_result_error_code(context, SQLITE_CORRUPT);
	else
		sqlite3_result_blob64(context, bytes ? (const void *)bytes : "", length,
				      SQLITE_TRANSIENT);
	free(bytes);
}

static void sql_union(sqlite3_context *context, int n, sqlite3_value **values)
{
	uint8_t *bytes = NULL;
	size_t length = 0;
	const void *a = sqlite3_value_blob(values[0]), *b = sqlite3_value_blob(values[1]);
	const int r = aw_runset_union(a, (size_t)sqlite3_value_bytes(values[0]), b,
				      (size_t)sqlite3_value_bytes(values[1]), &bytes, &length);

	set_result(context, r, bytes, length);
}

static void sql_without(sqlite3_context *context, int n, sqlite3_value **values)
{
	uint8_t *bytes = NULL;
	size_t length = 0;
	const void *set = sqlite3_value_blob(values[0]);
	const int r = aw_runset_without(set, (size_t)sqlite3_value_bytes(values[0]),
					(uint64_t)sqlite3_value_int64(values[1]), &bytes, &length);

	set_result(context, r, bytes, length);
}

int aw_baseline_schema_functions(sqlite3 *db)
{
	const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
	int code =
		sqlite3_create_function(db, "runset_union", 2, flags, NULL, sql_union, NULL, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_create_function(db, "runset_without", 2, flags, NULL, sql_without,
					       NULL, NULL);
	return aw_sql_errno(db, code);
}
