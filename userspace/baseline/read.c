/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a baseline store: each function is one query and the copying of its rows. Rows are
 * checked, for a store may come from elsewhere.
 */
#include "baseline/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "baseline/sql.h"
#include "baseline/store_private.h"
#include "baseline/writer.h"

static int prepare(struct aw_baseline_store *store, const char *sql, sqlite3_stmt **ret)
{
	return aw_sql_errno(store->db, sqlite3_prepare_v2(store->db, sql, -1, ret, NULL));
}

/* Text of a column as a new string; "" for NULL. NULL: no memory. */
static char *column_text(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return strdup(text ? text : "");
}

void aw_baseline_list_clear(struct aw_baseline_list *list)
{
	for (size_t i = 0; i < list->n_items; i++)
		free(list->items[i].name);
	free(list->items);
	*list = (struct aw_baseline_list){0};
}

/* Makes room for one more item of a list that grows row by row. */
static int grow(void **items, size_t n_items, size_t size)
{
	void *larger;

	if (n_items & (n_items - 1))
		return 0;
	larger = reallocarray(*items, n_items ? 2 * n_items : 1, size);
	if (!larger)
		return -ENOMEM;
	*items = larger;
	return 0;
}

int aw_baseline_list_read(struct aw_baseline_store *store, struct aw_baseline_list *ret)
{
	__attribute__((cleanup(aw_baseline_list_clear))) struct aw_baseline_list list = {0};
	_cleanup_statement_ sqlite3_stmt *statement = NULL;
	int code = SQLITE_DONE;
	int r = prepare(store,
			"SELECT name, created_ns, count(runs.id), total(complete), "
			"min(start_ns), max(start_ns) "
			"FROM baselines LEFT JOIN runs ON runs.baseline = baselines.id "
			"GROUP BY baselines.id ORDER BY name",
			&statement);

	while (r == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		struct aw_baseline_summary *item;

		r = grow((void **)&list.items, list.n_items, sizeof(*item));
		if (r < 0)
			return r;
		item = &list.items[list.n_items];
		*item = (struct aw_baseline_summary){
			.name = column_text(statement, 0),
			.created_ns = (uint64_t)sqlite3_column_int64(statement, 1),
			.n_runs = (uint32_t)sqlite3_column_int64(statement, 2),
			.n_complete = (uint32_t)sqlite3_column_int64(statement, 3),
			.first_ns = (uint64_t)sqlite3_column_int64(statement, 4),
			.last_ns = (uint64_t)sqlite3_column_int64(statement, 5),
		};
		if (!item->name)
			return -ENOMEM;
		list.n_items++;
	}
	if (r == 0)
		r = aw_sql_errno(store->db, code);
	if (r < 0)
		return r;
	*ret = list;
	list = (struct aw_baseline_list){0};
	return 0;
}

int aw_baseline_find(struct aw_baseline_store *store, const char *name, int64_t *ret)
{
	_cleanup_statement_ sqlite3_stmt *statement = NULL;
	int r = prepare(store, "SELECT id FROM baselines WHERE name = ?", &statement);
	int code;

	if (r < 0)
		return r;
	aw_sql_bind_text(statement, 1, name);
	code = sqlite3_step(statement);
	if (code == SQLITE_DONE)
		return -ENOENT;
	if (code != SQLITE_ROW)
		return aw_sql_errno(store->db, code);
	*ret = sqlite3_column_int64(statement, 0);
	return 0;
}

static void run_clear(struct aw_run_info *run)
{
	char *texts[] = {run->uuid,   run->host,    run->user,	 run->repository, run->commit,
			 run->labels, run->command, run->kernel, run->version,	  run->why_partial};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
}

void aw_run_list_clear(struct aw_run_list *list)
{
	for (size_t i = 0; i < list->n_items; i++)
		run_clear(&list->items[i]);
	free(list->items);
	*list = (struct aw_run_list){0};
}

static enum aw_run_state run_state(bool has_ended, bool is_complete, const char *writer)
{
	if (has_ended)
		return is_complete ? AW_RUN_COMPLETE : AW_RUN_PARTIAL;
	return aw_baseline_writer_lives(writer) ? AW_RUN_RUNNING : AW_RUN_CUT_OFF;
}

#define RUN_COLUMNS                                                                       \
	"id, uuid, host, user, repository, commit_id, labels, command, kernel, version, " \
	"why_partial, start_ns, end_ns, exit_status, complete, writer, lost_decisions, "  \
	"lost_observations"

static int read_run(sqlite3_stmt *s, struct aw_run_info *ret)
{
	struct aw_run_info run = {
		.id = sqlite3_column_int64(s, 0),
		.uuid = column_text(s, 1),
		.host = column_text(s, 2),
		.user = column_text(s, 3),
		.repository = column_text(s, 4),
		.commit = column_text(s, 5),
		.labels = column_text(s, 6),
		.command = column_text(s, 7),
		.kernel = column_text(s, 8),
		.version = column_text(s, 9),
		.why_partial = column_text(s, 10),
		.start_ns = (uint64_t)sqlite3_column_int64(s, 11),
		.end_ns = (uint64_t)sqlite3_column_int64(s, 12),
		.exit_status = sqlite3_column_int(s, 13),
		.state = run_state(sqlite3_column_type(s, 12) != SQLITE_NULL,
				   sqlite3_column_int(s, 14) != 0,
				   (const char *)sqlite3_column_text(s, 15)),
		.lost_decisions = (uint64_t)sqlite3_column_int64(s, 16),
		.lost_observations = (uint64_t)sqlite3_column_int64(s, 17),
	};

	if (!run.uuid || !run.host || !run.user || !run.repository || !run.commit || !run.labels ||
	    !run.command || !run.kernel || !run.version || !run.why_partial) {
		run_clear(&run);
		return -ENOMEM;
	}
	*ret = run;
	return 0;
}

int aw_baseline_runs_read(struct aw_baseline_store *store, const char *name,
			  struct aw_run_list *ret)
{
	__attribute__((cleanup(aw_run_list_clear))) struct aw_run_list list = {0};
	_cleanup_statement_ sqlite3_stmt *statement = NULL;
	int64_t baseline = 0;
	int code = SQLITE_DONE;
	int r = aw_baseline_find(store, name, &baseline);

	if (r == 0)
		r = prepare(store,
			    "SELECT " RUN_COLUMNS
			    " FROM runs WHERE baseline = ? ORDER BY start_ns, uuid",
			    &statement);
	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, baseline);
	while (r == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		r = grow((void **)&list.items, list.n_items, sizeof(*list.items));
		if (r == 0)
			r = read_run(statement, &list.items[list.n_items]);
		if (r == 0)
			list.n_items++;
	}
	if (r == 0)
		r = aw_sql_errno(store->db, code);
	if (r < 0)
		return r;
	*ret = list;
	list = (struct aw_run_list){0};
	return 0;
}

const char *aw_run_state_name(enum aw_run_state state)
{
	static const char *const names[] = {
		[AW_RUN_COMPLETE] = "complete",
		[AW_RUN_PARTIAL] = "partial",
		[AW_RUN_RUNNING] = "running",
		[AW_RUN_CUT_OFF] = "cut off",
	};
	static_assert(sizeof(names) / sizeof(names[0]) == AW_RUN_STATES, "a name for each");

	return (unsigned int)state < AW_RUN_STATES ? names[state] : "?";
}
