/* SPDX-License-Identifier: Apache-2.0 */
/* Replacing files: the old one or the new one, nothing left behind. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/atomic_file.h"

struct fixture {
	char folder[64];
	char path[128];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/aw-atomic-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/file", f->folder);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", f->folder);
	if (system(command) != 0)
		return -1;
	free(f);
	return 0;
}

static void assert_content(const char *path, const char *expected)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[64] = {};

	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text) - 1), strlen(expected));
	assert_string_equal(text, expected);
}

static int count_entries(const char *folder)
{
	DIR *dir = opendir(folder);
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void a_file_is_made_with_its_mode_and_replaced(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	mode_t before = umask(077);

	assert_int_equal(aw_atomic_file_write(f->path, "one", 3, 0644), 0);
	umask(before);
	assert_content(f->path, "one");
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(aw_atomic_file_write(f->path, "second", 6, 0600), 0);
	assert_content(f->path, "second");
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(count_entries(f->folder), 1);
}

static void what_is_not_committed_leaves_the_old_file_and_no_other(void **state)
{
	struct fixture *f = *state;
	struct aw_atomic_file *file = NULL;

	assert_int_equal(aw_atomic_file_write(f->path, "old", 3, 0600), 0);
	assert_int_equal(aw_atomic_file_open(&file, f->path, 0600), 0);
	assert_int_equal(aw_atomic_file_append(file, "half", 4), 0);
	assert_content(f->path, "old");
	assert_int_equal(count_entries(f->folder), 2);
	assert_null(aw_atomic_file_free(file));
	assert_content(f->path, "old");
	assert_int_equal(count_entries(f->folder), 1);
}

static void a_full_disk_is_reported(void **state)
{
	_cleanup_close_ int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(aw_atomic_file_write_all(fd, "x", 1), -ENOSPC);
}

/* A file size limit cuts a write short and then fails it, as a full disk does. */
static void a_write_that_fails_half_way_leaves_the_old_file(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, small = {.rlim_cur = 1000, .rlim_max = RLIM_INFINITY};
	static char data[5000];
	int r;

	assert_int_equal(aw_atomic_file_write(f->path, "old", 3, 0600), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	r = aw_atomic_file_write(f->path, data, sizeof(data), 0600);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(r, -EFBIG);
	assert_content(f->path, "old");
	assert_int_equal(count_entries(f->folder), 1);
}

static void a_symlink_is_replaced_and_its_target_untouched(void **state)
{
	struct fixture *f = *state;
	char target[128];
	struct stat st;

	snprintf(target, sizeof(target), "%s/target", f->folder);
	assert_int_equal(aw_atomic_file_write(target, "safe", 4, 0600), 0);
	assert_int_equal(symlink(target, f->path), 0);
	assert_int_equal(aw_atomic_file_write(f->path, "new", 3, 0600), 0);
	assert_content(target, "safe");
	assert_int_equal(lstat(f->path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void names_that_cannot_be_files_are_refused(void **state)
{
	struct fixture *f = *state;
	char path[512];

	assert_int_equal(aw_atomic_file_write("/nonexistent/x", "", 0, 0600), -ENOENT);
	assert_int_equal(aw_atomic_file_write("/tmp/", "", 0, 0600), -EISDIR);
	assert_int_equal(aw_atomic_file_write("..", "", 0, 0600), -EISDIR);
	assert_int_equal(aw_atomic_file_write(f->folder, "", 0, 0600), -EISDIR);
	snprintf(path, sizeof(path), "%s/%0256d", f->folder, 0);
	assert_int_equal(aw_atomic_file_write(path, "", 0, 0600), -ENAMETOOLONG);
	snprintf(path, sizeof(path), "%s/%0255d", f->folder, 0);
	assert_int_equal(aw_atomic_file_write(path, "x", 1, 0600), 0);
	assert_int_equal(count_entries(f->folder), 1);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_made_with_its_mode_and_replaced),
		TEST(what_is_not_committed_leaves_the_old_file_and_no_other),
		TEST(a_full_disk_is_reported),
		TEST(a_write_that_fails_half_way_leaves_the_old_file),
		TEST(a_symlink_is_replaced_and_its_target_untouched),
		TEST(names_that_cannot_be_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
