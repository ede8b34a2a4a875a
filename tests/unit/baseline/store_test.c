/* SPDX-License-Identifier: Apache-2.0 */
/* The store as a file: created private, and recognised when it is not ours to write. */
#include "baseline/baseline_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "baseline/read.h"
#include "baseline/schema.h"

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* All bytes of a file, so that "left alone" can be told from "looks the same". */
static char *read_all(const char *path, size_t *retlength)
{
	FILE *file = fopen(path, "r");
	char *content = malloc(1 << 20);

	assert_non_null(file);
	assert_non_null(content);
	*retlength = fread(content, 1, 1 << 20, file);
	fclose(file);
	return content;
}

static void assert_refused_and_left_alone(const char *path, int error, const char *word)
{
	size_t before_length = 0, after_length = 0;
	char *before = read_all(path, &before_length), *after = NULL;
	struct aw_baseline_store *store = NULL;

	for (int i = 0; i < 2; i++) {
		struct aw_diag diag = {0};

		assert_int_equal(i ? aw_baseline_open(&store, path, &diag)
				   : aw_baseline_open_reader(&store, path, &diag),
				 error);
		assert_null(store);
		assert_string_equal(diag.file, path);
		assert_non_null(strstr(diag.message, word));
		assert_true(diag.hint[0]);
	}
	after = read_all(path, &after_length);
	assert_int_equal(before_length, after_length);
	assert_memory_equal(before, after, before_length);
	free(before);
	free(after);
}

static void a_new_store_and_its_folder_are_private(void **state)
{
	struct fixture *f = *state;
	char folder[128];
	struct stat st;

	aw_baseline_close(open_store(f->path));
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(folder, sizeof(folder), "%s/state", f->folder);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void a_reader_without_a_store_gets_enoent_and_makes_none(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = NULL;
	struct aw_diag diag = {0};

	assert_int_equal(aw_baseline_open_reader(&store, f->path, &diag), -ENOENT);
	assert_null(store);
	assert_non_null(strstr(diag.hint, "learn"));
	assert_int_equal(access(f->path, F_OK), -1);
}

static void a_store_from_a_newer_version_is_refused(void **state)
{
	struct fixture *f = *state;
	char sql[64];

	aw_baseline_close(open_store(f->path));
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", AW_BASELINE_SCHEMA_VERSION + 1);
	run_sql(f->path, sql);
	assert_refused_and_left_alone(f->path, -EPROTO, "newer");
}

static int count_acts(void *data, const struct aw_observation *act, const void *runs, size_t length)
{
	*(size_t *)data += 1;
	return 0;
}

static size_t acts_of(struct aw_baseline_store *store)
{
	size_t n = 0;

	assert_int_equal(aw_baseline_acts_read(store, "ci", count_acts, &n), 0);
	return n;
}

static int64_t version_of(const char *path)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;
	int64_t version;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	version = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return version;
}

/* Version 1 had the same tables, and no host names in them. */
static void a_store_of_version_1_is_read_as_it_is_and_written_as_ours(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	struct aw_baseline_run *run = begin_run(store, "ci");
	uint8_t buffer[AW_ADDRESS_BYTES];
	struct aw_observation o = observation(AW_OP_TCP, NULL, "");

	o.kind = AW_OBJECT_ADDRESS;
	o.object =
		aw_observation_address(buffer, (const uint8_t[16]){[10] = 0xff, 0xff, 10}, 443, 6);
	assert_int_equal(aw_baseline_observe(run, &o), 0);
	end_run(run);
	aw_baseline_close(store);
	run_sql(f->path, "PRAGMA user_version = 1");

	assert_int_equal(aw_baseline_open_reader(&store, f->path, NULL), 0);
	assert_int_equal(acts_of(store), 1);
	aw_baseline_close(store);
	assert_int_equal(version_of(f->path), 1);

	store = open_store(f->path);
	assert_int_equal(version_of(f->path), 2);
	run = begin_run(store, "ci");
	o.anchor = "a.example";
	assert_int_equal(aw_baseline_observe(run, &o), 0);
	end_run(run);
	assert_int_equal(acts_of(store), 2);
	aw_baseline_close(store);
}

static void names_in_a_store_that_are_no_host_names_are_refused(void **state)
{
	static const char *const damages[] = {
		"UPDATE objects SET anchor = 'a b' WHERE kind = 5",
		"UPDATE objects SET kind = 8, name = x'612f62'",
		"UPDATE objects SET kind = 8, name = x''",
		"UPDATE objects SET kind = 8, name = x'61'", /* of another operation */
	};
	struct fixture *f = *state;
	uint8_t buffer[AW_ADDRESS_BYTES];
	struct aw_observation o = observation(AW_OP_TCP, "a.example", "");

	static_assert(AW_OBJECT_ADDRESS == 5 && AW_OBJECT_HOST == 8, "kinds in the statements");
	o.kind = AW_OBJECT_ADDRESS;
	o.object = aw_observation_peer(buffer, 443, 6);
	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		struct aw_baseline_store *store = open_store(f->path);
		struct aw_baseline_run *run = begin_run(store, "ci");
		size_t n = 0;

		assert_int_equal(aw_baseline_observe(run, &o), 0);
		end_run(run);
		assert_int_equal(acts_of(store), 1);
		run_sql(f->path, damages[i]);
		assert_int_equal(aw_baseline_acts_read(store, "ci", count_acts, &n), -EUCLEAN);
		aw_baseline_close(store);
		assert_int_equal(unlink(f->path), 0);
	}
}

static void another_programs_database_is_refused(void **state)
{
	struct fixture *f = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/other.db", f->folder);
	run_sql(path, "CREATE TABLE bookmarks(url TEXT)");
	assert_refused_and_left_alone(path, -EMEDIUMTYPE, "another program");
}

static void a_file_that_is_no_database_is_refused(void **state)
{
	struct fixture *f = *state;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/notes.txt", f->folder);
	file = fopen(path, "w");
	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		fputs("not a database, but long enough for a page\n", file);
	fclose(file);
	assert_refused_and_left_alone(path, -EUCLEAN, "not a baseline store");
}

static void a_damaged_store_is_refused(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	struct aw_baseline_run *run = begin_run(store, "ci");
	char name[64], noise[512];
	int fd;

	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "/usr/lib/file%d", i);
		observe(run, AW_OP_READ, NULL, name);
	}
	end_run(run);
	aw_baseline_close(store);
	memset(noise, 0xa5, sizeof(noise));
	fd = open(f->path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	for (int page = 2; page < 12; page++)
		assert_int_equal(pwrite(fd, noise, sizeof(noise), page * 4096), sizeof(noise));
	close(fd);
	assert_refused_and_left_alone(f->path, -EUCLEAN, "");
}

static void a_file_cut_in_the_middle_is_refused(void **state)
{
	struct fixture *f = *state;

	aw_baseline_close(open_store(f->path));
	assert_int_equal(truncate(f->path, 2 * 4096 + 100), 0);
	assert_refused_and_left_alone(f->path, -EUCLEAN, "");
}

static void a_folder_that_cannot_be_made_is_said(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = NULL;
	struct aw_diag diag = {0};
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/file", f->folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	snprintf(path, sizeof(path), "%s/file/sub/baseline.db", f->folder);
	assert_int_equal(aw_baseline_open(&store, path, &diag), -ENOTDIR);
	assert_non_null(strstr(diag.message, "cannot be created"));
}

static void the_default_path_follows_the_environment(void **state)
{
	char *path = NULL;

	setenv("AGENTWATCH_STATE_DIR", "/somewhere", 1);
	assert_int_equal(aw_baseline_default_path(&path), 0);
	assert_string_equal(path, "/somewhere/baseline.db");
	free(path);
	unsetenv("AGENTWATCH_STATE_DIR");
	setenv("XDG_STATE_HOME", "/xdg", 1);
	path = NULL;
	assert_int_equal(aw_baseline_default_path(&path), 0);
	assert_string_equal(path, geteuid() == 0 ? "/var/lib/agentwatch/baseline.db"
						 : "/xdg/agentwatch/baseline.db");
	free(path);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_new_store_and_its_folder_are_private),
		T(a_reader_without_a_store_gets_enoent_and_makes_none),
		T(a_store_from_a_newer_version_is_refused),
		T(a_store_of_version_1_is_read_as_it_is_and_written_as_ours),
		T(names_in_a_store_that_are_no_host_names_are_refused),
		T(another_programs_database_is_refused),
		T(a_file_that_is_no_database_is_refused),
		T(a_damaged_store_is_refused),
		T(a_file_cut_in_the_middle_is_refused),
		T(a_folder_that_cannot_be_made_is_said),
		T(the_default_path_follows_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
