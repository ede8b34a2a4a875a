/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading what runs did: the history of those that have ended, and the journal of the others. Every
 * number that stands for an enum is checked.
 */
#include <errno.h>
#include <string.h>

#include "baseline/read.h"
#include "baseline/runset.h"
#include "baseline/sql.h"
#include "baseline/store_private.h"
#include "event/host_name.h"

static struct aw_bytes column_bytes(sqlite3_stmt *statement, int column)
{
	const char *data = sqlite3_column_blob(statement, column);

	return (struct aw_bytes){data ? data : "", (size_t)sqlite3_column_bytes(statement, column)};
}

static const char *column_anchor(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text && *text ? text : NULL;
}

#define ACT_COLUMNS                                                                \
	"s.exe, s.exe_anchor, s.script, s.script_anchor, a.op, a.role, a.effect, " \
	"o.kind, o.anchor, o.name, h.count, h.first_ns, h.last_ns"
#define ACT_JOINS                                                         \
	" JOIN acts a ON a.id = h.act JOIN objects o ON o.id = a.object " \
	"JOIN subjects s ON s.id = a.subject "

static bool is_object_right(const struct aw_observation *act)
{
	switch (act->kind) {
	case AW_OBJECT_ADDRESS:
		return act->object.length == AW_ADDRESS_BYTES &&
		       (!act->anchor || aw_host_name_is_valid(act->anchor, strlen(act->anchor)));
	case AW_OBJECT_HOST:
		return act->op == AW_OP_RESOLVE &&
		       aw_host_name_is_valid(act->object.data, act->object.length);
	case AW_OBJECT_ANCHORED:
		return act->anchor;
	default:
		return true;
	}
}

static int read_act(sqlite3_stmt *s, struct aw_observation *ret)
{
	const int op = sqlite3_column_int(s, 4), role = sqlite3_column_int(s, 5);
	const int effect = sqlite3_column_int(s, 6), kind = sqlite3_column_int(s, 7);

	if (op < 0 || op >= AW_OPS || role < 0 || role > AW_ROLE_TARGET || effect < 0 ||
	    effect >= AW_EFFECTS || kind < 0 || kind >= AW_OBJECTS)
		return -EUCLEAN;
	*ret = (struct aw_observation){
		.exe = column_bytes(s, 0),
		.exe_anchor = column_anchor(s, 1),
		.script = column_bytes(s, 2),
		.script_anchor = column_anchor(s, 3),
		.op = op,
		.role = role,
		.effect = effect,
		.kind = kind,
		.anchor = column_anchor(s, 8),
		.object = column_bytes(s, 9),
		.count = (uint64_t)sqlite3_column_int64(s, 10),
		.first_ns = (uint64_t)sqlite3_column_int64(s, 11),
		.last_ns = (uint64_t)sqlite3_column_int64(s, 12),
	};
	return is_object_right(ret) ? 0 : -EUCLEAN;
}

/* Column 13 is a set of runs, or the number of one. */
static int read_acts(struct aw_baseline_store *store, const char *sql, int64_t baseline,
		     aw_baseline_act_fn fn, void *data)
{
	_cleanup_statement_ sqlite3_stmt *statement = NULL;
	int code = SQLITE_DONE;
	int r = aw_sql_errno(store->db, sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL));

	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, baseline);
	while (r == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		struct aw_observation act;
		uint8_t one[AW_RUNSET_ONE_MAX];
		struct aw_bytes set = {(const char *)one, 0};

		r = read_act(statement, &act);
		if (r < 0)
			return r;
		if (sqlite3_column_type(statement, 13) == SQLITE_INTEGER)
			set.length =
				aw_runset_one((uint64_t)sqlite3_column_int64(statement, 13), one);
		else
			set = column_bytes(statement, 13);
		r = fn(data, &act, set.data, set.length);
	}
	return r == 0 ? aw_sql_errno(store->db, code) : r;
}

int aw_baseline_acts_read(struct aw_baseline_store *store, const char *name, aw_baseline_act_fn fn,
			  void *data)
{
	int64_t baseline = 0;
	int r = aw_sql_exec(store->db, "BEGIN"); /* one state of the store for both queries */

	if (r < 0)
		return r;
	r = aw_baseline_find(store, name, &baseline);
	if (r == 0)
		r = read_acts(store,
			      "SELECT " ACT_COLUMNS ", h.runs FROM history h" ACT_JOINS
			      "WHERE h.baseline = ?",
			      baseline, fn, data);
	if (r == 0)
		r = read_acts(store,
			      "SELECT " ACT_COLUMNS
			      ", h.run FROM runs r JOIN observations h ON h.run = r.id" ACT_JOINS
			      "WHERE r.baseline = ?",
			      baseline, fn, data);
	(void)aw_sql_exec(store->db, "COMMIT");
	return r;
}
