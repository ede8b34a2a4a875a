/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening and closing the baseline store. A file that is damaged, foreign or from a newer version
 * is recognised before anything is written to it.
 */
#include "baseline/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "baseline/schema.h"
#include "baseline/sql.h"
#include "baseline/store_private.h"

#define SYSTEM_DIR "/var/lib/agentwatch"
#define FILE_NAME  "baseline.db"
#define WAL_TRIES  200
#define WAL_WAIT   10 /* ms */

int aw_baseline_default_path(char **ret)
{
	const char *dir = getenv("AGENTWATCH_STATE_DIR"), *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	char *path = NULL;
	int r;

	if (dir && *dir)
		r = asprintf(&path, "%s/" FILE_NAME, dir);
	else if (geteuid() == 0)
		r = asprintf(&path, SYSTEM_DIR "/" FILE_NAME);
	else if (state && *state == '/')
		r = asprintf(&path, "%s/agentwatch/" FILE_NAME, state);
	else if (home && *home == '/')
		r = asprintf(&path, "%s/.local/state/agentwatch/" FILE_NAME, home);
	else
		return -ENOENT;
	if (r < 0)
		return -ENOMEM;
	*ret = path;
	return 0;
}

/* Creates the folders above a file. Those that exist keep their modes. */
static int make_parents(const char *path)
{
	_cleanup_free_ char *folder = strdup(path);

	if (!folder)
		return -ENOMEM;
	for (char *slash = folder + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(folder, 0700) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

/* SQLite would create the file with the umask's mode; what agents did is nobody else's business. */
static int make_file(const char *path, struct aw_diag *reterr)
{
	_cleanup_close_ int fd = -1;
	int r = make_parents(path);

	if (r < 0)
		return aw_diag_set(reterr, r, path, 0, 0, "AGENTWATCH_STATE_DIR names another one",
				   "the folder cannot be created: %s", strerror(-r));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		r = -errno;
		return aw_diag_set(reterr, r, path, 0, 0, NULL, "cannot be opened: %s",
				   strerror(-r));
	}
	return 0;
}

/* Two processes may switch a new file to WAL at once; SQLite does not wait there. */
static int set_wal(sqlite3 *db)
{
	for (int i = 0;; i++) {
		const int code = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);

		if ((code & 0xff) != SQLITE_BUSY || i == WAL_TRIES)
			return code;
		sqlite3_sleep(WAL_WAIT);
	}
}

/* Large files are not read whole at each start: SQLite checks each page that it reads anyway. */
static int check_small(sqlite3 *db, const char *path, struct aw_diag *reterr)
{
	_cleanup_statement_ sqlite3_stmt *statement = NULL;
	struct stat st;
	int code;

	if (stat(path, &st) < 0 || st.st_size > AW_BASELINE_CHECK_BYTES)
		return 0;
	code = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code != SQLITE_ROW)
		return aw_sql_diag(db, code, path, reterr);
	if (!strcmp((const char *)sqlite3_column_text(statement, 0), "ok"))
		return 0;
	return aw_diag_set(reterr, -EUCLEAN, path, 0, 0,
			   "the file was left as it is: put it aside, or restore a copy",
			   "the store is damaged: %s", sqlite3_column_text(statement, 0));
}

static int prepare_file(sqlite3 *db, const char *path, bool is_writer, struct aw_diag *reterr)
{
	int code, r;

	sqlite3_busy_timeout(db, AW_BASELINE_BUSY_MS);
	r = aw_baseline_schema_check(db, path, reterr);
	if (r == -ENODATA && !is_writer)
		return aw_diag_set(reterr, -ENOENT, path, 0, 0, "`agentwatch learn` makes one",
				   "there is no baseline yet");
	if (r < 0 && r != -ENODATA)
		return r;
	if (r == 0) {
		r = check_small(db, path, reterr);
		if (r < 0)
			return r;
	} else {
		r = -ENODATA;
	}
	if (is_writer) {
		code = set_wal(db);
		if (code != SQLITE_OK)
			return aw_sql_diag(db, code, path, reterr);
	}
	if (r == -ENODATA)
		r = aw_baseline_schema_create(db, path, reterr);
	else if (is_writer)
		r = aw_baseline_schema_upgrade(db, path, reterr);
	if (r < 0)
		return r;
	/* In WAL mode NORMAL survives a killed process; a power cut costs the last commits. */
	code = sqlite3_exec(db,
			    "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL;"
			    "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;"
			    "PRAGMA cache_size = -65536;",
			    NULL, NULL, NULL);
	if (code != SQLITE_OK)
		return aw_sql_diag(db, code, path, reterr);
	return aw_baseline_schema_functions(db);
}

static int open_store(struct aw_baseline_store **ret, const char *path, bool is_writer,
		      struct aw_diag *reterr)
{
	const int flags = is_writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	_cleanup_(aw_baseline_closep) struct aw_baseline_store *store = NULL;
	int code, r;

	store = calloc(1, sizeof(*store));
	if (!store)
		return -ENOMEM;
	if (path)
		store->path = strdup(path);
	else
		(void)aw_baseline_default_path(&store->path);
	if (!store->path)
		return aw_diag_set(reterr, path ? -ENOMEM : -ENOENT, NULL, 0, 0,
				   "set AGENTWATCH_STATE_DIR or HOME",
				   "there is no folder to keep the baseline in");
	if (!is_writer && access(store->path, F_OK) < 0)
		return aw_diag_set(reterr, -errno, store->path, 0, 0,
				   "`agentwatch learn` makes one", "there is no baseline yet");
	if (is_writer) {
		r = make_file(store->path, reterr);
		if (r < 0)
			return r;
	}
	code = sqlite3_open_v2(store->path, &store->db,
			       flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (code != SQLITE_OK)
		return aw_sql_diag(store->db, code, store->path, reterr);
	r = prepare_file(store->db, store->path, is_writer, reterr);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(store);
	return 0;
}

int aw_baseline_open(struct aw_baseline_store **ret, const char *path, struct aw_diag *reterr)
{
	return open_store(ret, path, true, reterr);
}

int aw_baseline_open_reader(struct aw_baseline_store **ret, const char *path,
			    struct aw_diag *reterr)
{
	return open_store(ret, path, false, reterr);
}

struct aw_baseline_store *aw_baseline_close(struct aw_baseline_store *store)
{
	if (!store)
		return NULL;
	sqlite3_close_v2(store->db);
	free(store->path);
	free(store);
	return NULL;
}

const char *aw_baseline_path(const struct aw_baseline_store *store)
{
	return store->path;
}

const char *aw_baseline_error(const struct aw_baseline_store *store)
{
	return sqlite3_errmsg(store->db);
}
