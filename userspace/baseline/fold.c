/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folding the journal of ended runs into the history. A run of many acts takes several
 * transactions, each of which moves the acts up to a bound.
 */
#include "baseline/fold.h"

#include <errno.h>
#include <stdbool.h>

#include "baseline/run.h"
#include "baseline/runset.h"
#include "baseline/sql.h"

enum statement {
	NEXT_RUN,
	BOUND,
	INSERT,
	DELETE,
	MARK,
	STATEMENTS,
};

/* Parameters: 1 run, 2 bound or limit, 3 set of the run. */
static const char *const statements[] = {
	[NEXT_RUN] = "SELECT id FROM runs WHERE end_ns IS NOT NULL AND folded = 0 LIMIT 1",
	[BOUND] = "SELECT max(act) FROM "
		  "(SELECT act FROM observations WHERE run = ?1 ORDER BY act LIMIT ?2)",
	[INSERT] = "INSERT INTO history(baseline, act, runs, count, first_ns, last_ns) "
		   "SELECT runs.baseline, act, ?3, count, first_ns, last_ns "
		   "FROM observations JOIN runs ON runs.id = run WHERE run = ?1 AND act <= ?2 "
		   "ON CONFLICT DO UPDATE SET runs = runset_union(runs, excluded.runs), "
		   "count = count + excluded.count, first_ns = min(first_ns, excluded.first_ns), "
		   "last_ns = max(last_ns, excluded.last_ns)",
	[DELETE] = "DELETE FROM observations WHERE run = ?1 AND act <= ?2",
	[MARK] = "UPDATE runs SET folded = 1 WHERE id = ?1",
};
static_assert(sizeof(statements) / sizeof(statements[0]) == STATEMENTS, "a text for each");

struct fold {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
};

static void fold_clear(struct fold *fold)
{
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(fold->statements[i]);
}

/* The first column of the one row, 0 where it is NULL; −ENOENT where there is no row. */
static int query(struct fold *fold, enum statement which, int64_t *ret)
{
	sqlite3_stmt *statement = fold->statements[which];
	const int code = sqlite3_step(statement);
	const int r = code == SQLITE_DONE ? -ENOENT : aw_sql_errno(fold->db, code);

	if (code == SQLITE_ROW)
		*ret = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return r;
}

/* Inside a transaction: moves one chunk, or marks the run where nothing is left. */
static int move_chunk(struct fold *fold, int64_t run, bool *retdone)
{
	uint8_t set[AW_RUNSET_ONE_MAX];
	const size_t length = aw_runset_one((uint64_t)run, set);
	int64_t bound = 0;
	int r;

	sqlite3_bind_int64(fold->statements[BOUND], 1, run);
	sqlite3_bind_int(fold->statements[BOUND], 2, AW_BASELINE_FOLD_ROWS);
	r = query(fold, BOUND, &bound);
	if (r < 0)
		return r;
	*retdone = bound == 0;
	if (*retdone) {
		sqlite3_bind_int64(fold->statements[MARK], 1, run);
		return aw_sql_run(fold->db, fold->statements[MARK]);
	}
	for (int i = INSERT; i <= DELETE; i++) {
		sqlite3_bind_int64(fold->statements[i], 1, run);
		sqlite3_bind_int64(fold->statements[i], 2, bound);
		if (i == INSERT)
			aw_sql_bind_bytes(fold->statements[i], 3, set, length);
		r = aw_sql_run(fold->db, fold->statements[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int fold_run(struct fold *fold, int64_t run)
{
	bool is_done = false;
	int r = 0;

	while (r == 0 && !is_done) {
		r = aw_sql_exec(fold->db, "BEGIN IMMEDIATE");
		if (r == 0)
			r = move_chunk(fold, run, &is_done);
		if (r == 0)
			r = aw_sql_exec(fold->db, "COMMIT");
		if (!sqlite3_get_autocommit(fold->db))
			(void)aw_sql_exec(fold->db, "ROLLBACK");
	}
	return r;
}

int aw_baseline_fold(sqlite3 *db)
{
	__attribute__((cleanup(fold_clear))) struct fold fold = {.db = db};
	int64_t run = 0;
	int r = 0;

	for (int i = 0; r == 0 && i < STATEMENTS; i++)
		r = aw_sql_errno(
			db, sqlite3_prepare_v2(db, statements[i], -1, &fold.statements[i], NULL));
	while (r == 0) {
		r = query(&fold, NEXT_RUN, &run);
		if (r == 0)
			r = fold_run(&fold, run);
	}
	return r == -ENOENT ? 0 : r;
}
