/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The row of a run: what is known at its start, as columns and JSON, and what is known at its end.
 * Which ends make a run Partial is decided here alone.
 */
#include "baseline/run_meta.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "baseline/sql.h"
#include "baseline/writer.h"

/* A random uuid, RFC 9562 version 4. */
static int draw_uuid(char uuid[AW_UUID_LENGTH + 1])
{
	uint8_t b[16];

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		return -errno;
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(uuid, AW_UUID_LENGTH + 1,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		 b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		 b[15]);
	return 0;
}

static int pick_uuid(const char *given, char uuid[AW_UUID_LENGTH + 1])
{
	if (!given)
		return draw_uuid(uuid);
	if (strlen(given) != AW_UUID_LENGTH)
		return -EINVAL;
	memcpy(uuid, given, AW_UUID_LENGTH + 1);
	return 0;
}

/* {"KEY":"VALUE",…} of "KEY=VALUE" texts; a label without '=' has an empty value. NULL: no memory.
 */
static char *labels_json(const char *const *labels)
{
	_cleanup_buffer_ struct aw_buffer text = {0};
	struct aw_json json;

	aw_json_init(&json, &text);
	aw_json_begin_object(&json);
	for (size_t i = 0; labels && labels[i]; i++) {
		const char *equals = strchrnul(labels[i], '=');
		_cleanup_free_ char *key = strndup(labels[i], (size_t)(equals - labels[i]));

		if (!key)
			return NULL;
		aw_json_field_string(&json, key, *equals ? equals + 1 : equals);
	}
	aw_json_end_object(&json);
	return aw_buffer_take_string(&text);
}

static char *command_json(const char *const *command)
{
	_cleanup_buffer_ struct aw_buffer text = {0};
	struct aw_json json;

	aw_json_init(&json, &text);
	aw_json_begin_array(&json);
	for (size_t i = 0; command && command[i]; i++)
		aw_json_string(&json, command[i]);
	aw_json_end_array(&json);
	return aw_buffer_take_string(&text);
}

static int find_baseline(sqlite3 *db, const char *name, uint64_t now, int64_t *ret)
{
	_cleanup_statement_ sqlite3_stmt *insert = NULL, *select = NULL;
	int code = sqlite3_prepare_v2(db,
				      "INSERT INTO baselines(name, created_ns) VALUES(?, ?) "
				      "ON CONFLICT DO NOTHING",
				      -1, &insert, NULL);

	if (code == SQLITE_OK) {
		aw_sql_bind_text(insert, 1, name);
		sqlite3_bind_int64(insert, 2, (int64_t)now);
		code = sqlite3_step(insert);
	}
	if (code == SQLITE_DONE)
		code = sqlite3_prepare_v2(db, "SELECT id FROM baselines WHERE name = ?", -1,
					  &select, NULL);
	if (code == SQLITE_OK) {
		aw_sql_bind_text(select, 1, name);
		code = sqlite3_step(select);
	}
	if (code != SQLITE_ROW)
		return aw_sql_errno(db, code);
	*ret = sqlite3_column_int64(select, 0);
	return 0;
}

static int insert_run(sqlite3 *db, int64_t baseline, const char *uuid,
		      const struct aw_baseline_run_meta *meta)
{
	_cleanup_statement_ sqlite3_stmt *insert = NULL;
	_cleanup_free_ char *labels = labels_json(meta->labels);
	_cleanup_free_ char *command = command_json(meta->command);
	char host[256] = "", writer[AW_BASELINE_WRITER_MAX];
	struct utsname kernel = {0};
	int code;

	if (!labels || !command)
		return -ENOMEM;
	gethostname(host, sizeof(host) - 1);
	uname(&kernel);
	aw_baseline_writer_self(writer);
	code = sqlite3_prepare_v2(
		db,
		"INSERT INTO runs(baseline, uuid, start_ns, host, user, "
		"repository, commit_id, labels, command, kernel, version, writer) "
		"VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		-1, &insert, NULL);
	if (code != SQLITE_OK)
		return aw_sql_errno(db, code);
	sqlite3_bind_int64(insert, 1, baseline);
	aw_sql_bind_text(insert, 2, uuid);
	sqlite3_bind_int64(insert, 3,
			   (int64_t)(meta->start_ns ? meta->start_ns : aw_clock_wall_now()));
	aw_sql_bind_text(insert, 4, meta->host ? meta->host : host);
	aw_sql_bind_text(insert, 5, meta->user);
	aw_sql_bind_text(insert, 6, meta->repository);
	aw_sql_bind_text(insert, 7, meta->commit);
	aw_sql_bind_text(insert, 8, labels);
	aw_sql_bind_text(insert, 9, command);
	aw_sql_bind_text(insert, 10, meta->kernel ? meta->kernel : kernel.release);
	aw_sql_bind_text(insert, 11, meta->version);
	aw_sql_bind_text(insert, 12, writer);
	return aw_sql_run(db, insert);
}

int aw_run_row_insert(sqlite3 *db, const char *name, const struct aw_baseline_run_meta *meta,
		      char uuid[AW_UUID_LENGTH + 1], int64_t *retid, int64_t *retbaseline)
{
	int64_t baseline = 0;
	int r = pick_uuid(meta->uuid, uuid);

	if (r == 0)
		r = aw_sql_exec(db, "BEGIN IMMEDIATE");
	if (r < 0)
		return r;
	r = find_baseline(db, name, aw_clock_wall_now(), &baseline);
	if (r == 0)
		r = insert_run(db, baseline, uuid, meta);
	if (r == 0) {
		*retid = sqlite3_last_insert_rowid(db);
		*retbaseline = baseline;
		r = aw_sql_exec(db, "COMMIT");
	}
	if (!sqlite3_get_autocommit(db))
		(void)aw_sql_exec(db, "ROLLBACK");
	return r;
}

/* Why the run is Partial, into buffer; NULL where it is complete. */
static const char *why_partial(const struct aw_baseline_outcome *outcome, uint64_t dropped,
			       char *buffer, size_t size)
{
	const unsigned long long lost =
		outcome->lost_decisions + outcome->lost_observations + dropped;

	if (outcome->why_partial)
		snprintf(buffer, size, "%s", outcome->why_partial);
	else if (lost > 0)
		snprintf(buffer, size, "%llu event%s lost", lost, lost == 1 ? " was" : "s were");
	else if (outcome->exit_status != 0)
		snprintf(buffer, size, "it exited with %d", outcome->exit_status);
	else
		return NULL;
	return buffer;
}

int aw_run_row_end(sqlite3 *db, int64_t id, const struct aw_baseline_outcome *outcome,
		   uint64_t dropped)
{
	_cleanup_statement_ sqlite3_stmt *update = NULL;
	char buffer[512];
	const char *why = why_partial(outcome, dropped, buffer, sizeof(buffer));
	int code = sqlite3_prepare_v2(db,
				      "UPDATE runs SET end_ns = ?, exit_status = ?, complete = ?, "
				      "why_partial = ?, lost_decisions = ?, lost_observations = ? "
				      "WHERE id = ?",
				      -1, &update, NULL);

	if (code != SQLITE_OK)
		return aw_sql_errno(db, code);
	sqlite3_bind_int64(update, 1,
			   (int64_t)(outcome->end_ns ? outcome->end_ns : aw_clock_wall_now()));
	sqlite3_bind_int(update, 2, outcome->exit_status);
	sqlite3_bind_int(update, 3, !why);
	aw_sql_bind_text(update, 4, why);
	sqlite3_bind_int64(update, 5, (int64_t)outcome->lost_decisions);
	sqlite3_bind_int64(update, 6, (int64_t)(outcome->lost_observations + dropped));
	sqlite3_bind_int64(update, 7, id);
	return aw_sql_run(db, update);
}
