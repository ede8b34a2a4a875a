/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing one run: observations gather in a pending set, go to the store in one transaction per
 * batch, and are folded into the baseline's history when the run has ended.
 */
#include "baseline/run.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "baseline/fold.h"
#include "baseline/pending.h"
#include "baseline/run_meta.h"
#include "baseline/sql.h"
#include "baseline/store_private.h"

enum statement {
	FIND_SUBJECT,
	ADD_SUBJECT,
	FIND_OBJECT,
	ADD_OBJECT,
	FIND_ACT,
	ADD_ACT,
	ADD_OBSERVATION,
	STATEMENTS,
};

static const char *const statements[] = {
	[FIND_SUBJECT] = "SELECT id FROM subjects WHERE exe = ? AND exe_anchor = ? "
			 "AND script = ? AND script_anchor = ?",
	[ADD_SUBJECT] = "INSERT INTO subjects(exe, exe_anchor, script, script_anchor) "
			"VALUES(?, ?, ?, ?)",
	[FIND_OBJECT] = "SELECT id FROM objects WHERE name = ? AND kind = ? AND anchor = ?",
	[ADD_OBJECT] = "INSERT INTO objects(name, kind, anchor) VALUES(?, ?, ?)",
	[FIND_ACT] = "SELECT id FROM acts WHERE object = ? AND subject = ? AND op = ? "
		     "AND role = ? AND effect = ?",
	[ADD_ACT] = "INSERT INTO acts(object, subject, op, role, effect) VALUES(?, ?, ?, ?, ?)",
	[ADD_OBSERVATION] = "INSERT INTO observations(run, act, count, first_ns, last_ns) "
			    "VALUES(?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
			    "count = count + excluded.count, "
			    "first_ns = min(first_ns, excluded.first_ns), "
			    "last_ns = max(last_ns, excluded.last_ns)",
};
static_assert(sizeof(statements) / sizeof(statements[0]) == STATEMENTS, "a text for each");

struct aw_baseline_run {
	sqlite3 *db; /* the store's */
	int64_t id;
	int64_t baseline;
	char uuid[AW_UUID_LENGTH + 1];
	sqlite3_stmt *statements[STATEMENTS];
	struct aw_pending *pending;
	uint64_t next_commit_ns; /* CLOCK_BOOTTIME */
	uint64_t wait_ns;	 /* until the next commit; grows while the store fails */
	uint64_t dropped;	 /* observations for which there was no room */
};

static bool is_name(const char *name)
{
	size_t n = 0;

	for (; name[n]; n++)
		if (!isalnum((unsigned char)name[n]) && !strchr("._-", name[n]))
			return false;
	return n > 0 && n <= AW_BASELINE_NAME_MAX && name[0] != '.' && name[0] != '-';
}

int aw_baseline_run_begin(struct aw_baseline_run **ret, struct aw_baseline_store *store,
			  const char *name, const struct aw_baseline_run_meta *meta,
			  struct aw_diag *reterr)
{
	static const struct aw_baseline_run_meta nothing;
	_cleanup_(aw_baseline_run_abandonp) struct aw_baseline_run *run = NULL;
	int r;

	if (!is_name(name))
		return aw_diag_set(reterr, -EINVAL, NULL, 0, 0,
				   "letters, digits, '.', '_' and '-', at most 128, and no dot or "
				   "dash first",
				   "\"%s\" is no name for a baseline", name);
	run = calloc(1, sizeof(*run));
	if (!run)
		return -ENOMEM;
	run->db = store->db;
	r = aw_pending_new(&run->pending);
	if (r < 0)
		return r;
	r = aw_run_row_insert(run->db, name, meta ? meta : &nothing, run->uuid, &run->id,
			      &run->baseline);
	if (r == -EEXIST)
		return aw_diag_set(reterr, r, store->path, 0, 0, "draw a new uuid",
				   "baseline %s already has a run %s", name, run->uuid);
	for (int i = 0; r == 0 && i < STATEMENTS; i++)
		r = aw_sql_errno(run->db, sqlite3_prepare_v3(run->db, statements[i], -1,
							     SQLITE_PREPARE_PERSISTENT,
							     &run->statements[i], NULL));
	if (r < 0)
		return aw_sql_diag(run->db, sqlite3_extended_errcode(run->db), store->path, reterr);
	run->wait_ns = AW_BASELINE_COMMIT_NS;
	run->next_commit_ns = aw_clock_boot_now() + run->wait_ns;
	*ret = TAKE_PTR(run);
	return 0;
}

const char *aw_baseline_run_uuid(const struct aw_baseline_run *run)
{
	return run->uuid;
}

/* Both statements have the same parameters, bound already. */
static int find_or_add(struct aw_baseline_run *run, enum statement find, enum statement add,
		       int64_t *ret)
{
	sqlite3_stmt *select = run->statements[find];
	const int code = sqlite3_step(select);
	int r = aw_sql_errno(run->db, code);

	if (code == SQLITE_ROW)
		*ret = sqlite3_column_int64(select, 0);
	sqlite3_reset(select);
	if (code == SQLITE_ROW || r < 0)
		return r;
	r = aw_sql_run(run->db, run->statements[add]);
	if (r == 0)
		*ret = sqlite3_last_insert_rowid(run->db);
	return r;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static int intern_subject(struct aw_baseline_run *run, const struct aw_observation *o, int64_t *ret)
{
	for (int s = FIND_SUBJECT; s <= ADD_SUBJECT; s++) {
		aw_sql_bind_bytes(run->statements[s], 1, o->exe.data, o->exe.length);
		aw_sql_bind_text(run->statements[s], 2, or_empty(o->exe_anchor));
		aw_sql_bind_bytes(run->statements[s], 3, o->script.data, o->script.length);
		aw_sql_bind_text(run->statements[s], 4, or_empty(o->script_anchor));
	}
	return find_or_add(run, FIND_SUBJECT, ADD_SUBJECT, ret);
}

static int intern_object(struct aw_baseline_run *run, const struct aw_observation *o, int64_t *ret)
{
	for (int s = FIND_OBJECT; s <= ADD_OBJECT; s++) {
		aw_sql_bind_bytes(run->statements[s], 1, o->object.data, o->object.length);
		sqlite3_bind_int(run->statements[s], 2, (int)o->kind);
		aw_sql_bind_text(run->statements[s], 3, or_empty(o->anchor));
	}
	return find_or_add(run, FIND_OBJECT, ADD_OBJECT, ret);
}

static int intern_act(struct aw_baseline_run *run, const struct aw_observation *o, int64_t *ret)
{
	int64_t subject = 0, object = 0;
	int r = intern_subject(run, o, &subject);

	if (r == 0)
		r = intern_object(run, o, &object);
	if (r < 0)
		return r;
	for (int s = FIND_ACT; s <= ADD_ACT; s++) {
		sqlite3_bind_int64(run->statements[s], 1, object);
		sqlite3_bind_int64(run->statements[s], 2, subject);
		sqlite3_bind_int(run->statements[s], 3, (int)o->op);
		sqlite3_bind_int(run->statements[s], 4, (int)o->role);
		sqlite3_bind_int(run->statements[s], 5, (int)o->effect);
	}
	return find_or_add(run, FIND_ACT, ADD_ACT, ret);
}

static int write_observation(struct aw_baseline_run *run, const struct aw_observation *o)
{
	sqlite3_stmt *add = run->statements[ADD_OBSERVATION];
	int64_t act = 0;
	const int r = intern_act(run, o, &act);

	if (r < 0)
		return r;
	sqlite3_bind_int64(add, 1, run->id);
	sqlite3_bind_int64(add, 2, act);
	sqlite3_bind_int64(add, 3, (int64_t)o->count);
	sqlite3_bind_int64(add, 4, (int64_t)o->first_ns);
	sqlite3_bind_int64(add, 5, (int64_t)o->last_ns);
	return aw_sql_run(run->db, add);
}

static int write_pending(struct aw_baseline_run *run)
{
	int r = aw_sql_exec(run->db, "BEGIN IMMEDIATE");

	for (size_t i = 0; r == 0 && i < aw_pending_count(run->pending); i++) {
		struct aw_observation o;

		aw_pending_get(run->pending, i, &o);
		r = write_observation(run, &o);
	}
	if (r == 0)
		r = aw_sql_exec(run->db, "COMMIT");
	if (!sqlite3_get_autocommit(run->db))
		(void)aw_sql_exec(run->db, "ROLLBACK");
	return r;
}

int aw_baseline_run_flush(struct aw_baseline_run *run)
{
	const int r = aw_pending_count(run->pending) > 0 ? write_pending(run) : 0;

	/* A store that fails must not keep the caller busy with trying. */
	if (r == 0) {
		aw_pending_clear(run->pending);
		run->wait_ns = AW_BASELINE_COMMIT_NS;
	} else if (run->wait_ns < AW_BASELINE_RETRY_NS) {
		run->wait_ns *= 2;
	}
	run->next_commit_ns = aw_clock_boot_now() + run->wait_ns;
	return r;
}

int aw_baseline_run_tick(struct aw_baseline_run *run)
{
	return aw_clock_boot_now() < run->next_commit_ns ? 0 : aw_baseline_run_flush(run);
}

int aw_baseline_observe(struct aw_baseline_run *run, const struct aw_observation *observation)
{
	const size_t n = aw_pending_count(run->pending);
	const int r = aw_pending_add(run->pending, observation);

	if (r < 0) {
		run->dropped++;
		(void)aw_baseline_run_tick(run);
		return r;
	}
	/* Only a batch that grew is full: a store that fails is not tried again at every call. */
	if (aw_pending_count(run->pending) > n &&
	    aw_pending_count(run->pending) % AW_BASELINE_COMMIT_ENTRIES == 0)
		return aw_baseline_run_flush(run);
	return aw_baseline_run_tick(run);
}

int aw_baseline_run_end(struct aw_baseline_run *run, const struct aw_baseline_outcome *outcome)
{
	_cleanup_(aw_baseline_run_abandonp) struct aw_baseline_run *owned = run;
	int r = aw_baseline_run_flush(owned);

	if (r == 0)
		r = aw_run_row_end(owned->db, owned->id, outcome, owned->dropped);
	if (r < 0)
		return r;
	/* The run is safe already; what cannot be folded now, the next run's end folds. */
	(void)aw_baseline_fold(owned->db);
	return 0;
}

struct aw_baseline_run *aw_baseline_run_abandon(struct aw_baseline_run *run)
{
	if (!run)
		return NULL;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(run->statements[i]);
	aw_pending_free(run->pending);
	free(run);
	return NULL;
}
