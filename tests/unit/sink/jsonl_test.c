/* SPDX-License-Identifier: Apache-2.0 */
/* The jsonl sink: whole lines or none, nothing waits, nothing is lost uncounted. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "sink/jsonl.h"
#include "sink/sink.h"

struct fixture {
	char folder[64];
	char path[128];
	struct aw_sink *sink;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/aw-jsonl-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/events", f->folder);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[128];

	aw_sink_close(f->sink);
	snprintf(command, sizeof(command), "rm -rf %s", f->folder);
	free(f);
	return system(command);
}

static void open_sink(struct fixture *f, const char *spec)
{
	struct aw_diag diag = {};

	f->sink = aw_sink_close(f->sink);
	if (aw_sink_open(&f->sink, spec, &diag) < 0)
		fail_msg("%s: %s", spec, diag.message);
}

static int put(struct fixture *f, const char *line)
{
	return aw_sink_write(f->sink, NULL, line, strlen(line));
}

static void read_all(int fd, struct aw_buffer *ret)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		aw_buffer_append(ret, chunk, (size_t)n);
}

static void assert_file(const char *path, const char *expected)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_buffer_ struct aw_buffer text = {};

	assert_true(fd >= 0);
	read_all(fd, &text);
	assert_string_equal(aw_buffer_string(&text), expected);
}

static void assert_stats(struct fixture *f, uint64_t written, uint64_t pending, uint64_t lost,
			 int error)
{
	const struct aw_sink_stats *stats = aw_sink_stats(f->sink);

	assert_int_equal(stats->written, written);
	assert_int_equal(stats->pending, pending);
	assert_int_equal(stats->lost, lost);
	assert_int_equal(stats->error, error);
}

/* Limits how long files of this process may become; returns what to restore. */
static struct rlimit limit_files(rlim_t bytes)
{
	struct rlimit old, new;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	new = old;
	new.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &new), 0);
	return old;
}

static void lines_are_appended_to_a_private_file(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	open_sink(f, f->path);
	assert_int_equal(put(f, "one\n"), 0);
	assert_int_equal(aw_sink_flush(f->sink), 0);
	assert_file(f->path, "one\n");
	assert_stats(f, 1, 0, 0, 0);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	open_sink(f, f->path);
	assert_int_equal(put(f, "two\n"), 0);
	f->sink = aw_sink_close(f->sink); /* writes what was kept */
	assert_file(f->path, "one\ntwo\n");
}

static void a_part_of_a_line_left_by_a_crash_is_ended(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int fd = open(f->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, "a\nhalf", 6), 6);
	open_sink(f, f->path);
	put(f, "b\n");
	aw_sink_flush(f->sink);
	assert_file(f->path, "a\nhalf\nb\n");
}

static void a_full_disk_leaves_whole_lines_and_costs_none(void **state)
{
	struct fixture *f = *state;
	struct rlimit old;
	int error = 1;

	open_sink(f, f->path);
	put(f, "first\n");
	put(f, "second\n");
	put(f, "third\n");
	old = limit_files(10); /* in the middle of the second */
	assert_int_equal(aw_sink_flush(f->sink), -ENOSPC);
	assert_file(f->path, "first\n");
	assert_stats(f, 1, 2, 0, -ENOSPC);
	assert_true(aw_sink_take_report(f->sink, &error));
	assert_int_equal(error, -ENOSPC);
	assert_int_equal(put(f, "fourth\n"), 0);
	assert_true(aw_sink_flush(f->sink) < 0);
	assert_file(f->path, "first\n");
	assert_false(aw_sink_take_report(f->sink, &error));

	setrlimit(RLIMIT_FSIZE, &old); /* room again */
	assert_int_equal(aw_sink_flush(f->sink), 0);
	assert_file(f->path, "first\nsecond\nthird\nfourth\n");
	assert_stats(f, 4, 0, 0, 0);
	assert_true(aw_sink_take_report(f->sink, &error));
	assert_int_equal(error, 0);
	assert_false(aw_sink_take_report(f->sink, &error));
}

static void a_part_is_taken_back_behind_another_writers_lines(void **state)
{
	struct fixture *f = *state;
	struct rlimit old;
	_cleanup_close_ int other = -1;

	open_sink(f, f->path);
	put(f, "mine\n");
	aw_sink_flush(f->sink);
	other = open(f->path, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(other, "theirs\n", 7), 7);
	put(f, "again\n");
	old = limit_files(14); /* two bytes of it fit */
	assert_int_equal(aw_sink_flush(f->sink), -ENOSPC);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_file(f->path, "mine\ntheirs\n");
	assert_int_equal(aw_sink_flush(f->sink), 0);
	assert_file(f->path, "mine\ntheirs\nagain\n");
}

static void a_device_that_is_always_full_is_reported_once_and_counts(void **state)
{
	struct fixture *f = *state;
	static char line[1 << 20];
	int error = 0;

	memset(line, 'x', sizeof(line) - 2);
	line[sizeof(line) - 2] = '\n';
	open_sink(f, "jsonl:/dev/full");
	for (int i = 0; i < 16; i++)
		assert_int_equal(put(f, line), 0);
	assert_int_equal(put(f, line), -ENOBUFS);
	assert_stats(f, 0, 16, 1, -ENOSPC);
	assert_true(aw_sink_take_report(f->sink, &error));
	assert_int_equal(error, -ENOSPC);
	assert_int_equal(put(f, line), -ENOBUFS);
	assert_int_equal(aw_sink_flush(f->sink), -ENOSPC);
	assert_false(aw_sink_take_report(f->sink, &error));
	assert_stats(f, 0, 16, 2, -ENOSPC);
}

/* Runs the sink on standard output, which is `fd` meanwhile. */
static void open_on_stdout(struct fixture *f, int fd)
{
	int saved;

	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	assert_true(dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
	open_sink(f, "-");
	dup2(saved, STDOUT_FILENO);
	close(saved);
}

static void a_reader_that_stops_does_not_hold_us_up(void **state)
{
	struct fixture *f = *state;
	_cleanup_buffer_ struct aw_buffer got = {}, sent = {};
	int ends[2], total = 0;
	char line[1024];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	open_on_stdout(f, ends[1]);
	close(ends[1]);
	for (int i = 0; i < 500; i++) {
		total += snprintf(line, sizeof(line), "%d %0600d\n", i, 0);
		aw_buffer_append_string(&sent, line);
		assert_int_equal(put(f, line), 0);
	}
	assert_int_equal(aw_sink_flush(f->sink), -EAGAIN);
	assert_int_equal(aw_sink_stats(f->sink)->error, 0); /* slow is no outage */
	assert_true(aw_sink_stats(f->sink)->pending > 300);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 100 && got.length < (size_t)total; i++) {
		read_all(ends[0], &got);
		aw_sink_flush(f->sink);
	}
	assert_string_equal(aw_buffer_string(&got), aw_buffer_string(&sent));
	assert_stats(f, 500, 0, 0, 0);
	close(ends[0]);
	put(f, "x\n");
	assert_int_equal(aw_sink_flush(f->sink), -EPIPE);
}

static void a_socket_is_not_waited_for_either(void **state)
{
	struct fixture *f = *state;
	_cleanup_buffer_ struct aw_buffer got = {};
	int ends[2];
	char line[1024];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	open_on_stdout(f, ends[1]);
	close(ends[1]);
	memset(line, 'y', sizeof(line) - 2);
	line[sizeof(line) - 2] = '\n';
	line[sizeof(line) - 1] = '\0';
	for (int i = 0; i < 2000; i++)
		assert_int_equal(put(f, line), 0);
	assert_int_equal(aw_sink_flush(f->sink), -EAGAIN);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 100 && aw_sink_stats(f->sink)->pending; i++) {
		read_all(ends[0], &got);
		aw_sink_flush(f->sink);
	}
	read_all(ends[0], &got);
	assert_int_equal(got.length, 2000 * (sizeof(line) - 1));
	assert_stats(f, 2000, 0, 0, 0);
	close(ends[0]);
}

static void standard_output_in_a_file_is_whole_lines_too(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct rlimit old;

	open_on_stdout(f, fd);
	put(f, "first\n");
	put(f, "second\n");
	old = limit_files(8);
	assert_int_equal(aw_sink_flush(f->sink), -ENOSPC);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_file(f->path, "first\n");
	assert_int_equal(aw_sink_flush(f->sink), 0);
	assert_file(f->path, "first\nsecond\n");
}

static void large_queues_keep_their_order(void **state)
{
	struct fixture *f = *state;
	_cleanup_buffer_ struct aw_buffer got = {};
	_cleanup_close_ int fd = -1;
	char line[1024];
	int next = 0;

	open_sink(f, f->path);
	for (int i = 0; i < 5000; i++) {
		snprintf(line, sizeof(line), "%06d %0*d\n", i, i % 900 + 1, 0);
		assert_int_equal(put(f, line), 0);
	}
	assert_int_equal(aw_sink_flush(f->sink), 0);
	assert_stats(f, 5000, 0, 0, 0);
	fd = open(f->path, O_RDONLY | O_CLOEXEC);
	read_all(fd, &got);
	for (const char *at = aw_buffer_string(&got); *at; at = strchr(at, '\n') + 1)
		assert_int_equal(atoi(at), next++);
	assert_int_equal(next, 5000);
}

static void places_that_cannot_take_events_are_refused(void **state)
{
	struct fixture *f = *state;
	struct aw_diag diag = {};
	char path[160];

	assert_int_equal(symlink("/dev/null", f->path), 0);
	assert_int_equal(aw_sink_open(&f->sink, f->path, &diag), -ELOOP);
	assert_string_equal(diag.hint, "events are not written through symbolic links");
	snprintf(path, sizeof(path), "%s/pipe", f->folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(aw_sink_open(&f->sink, path, &diag), -ENXIO);
	assert_int_equal(aw_sink_open(&f->sink, "/nonexistent/x.jsonl", &diag), -ENOENT);
	assert_string_equal(diag.file, "/nonexistent/x.jsonl");
	assert_int_equal(aw_sink_open(&f->sink, "carrier-pigeon:home", &diag), -EINVAL);
	assert_string_equal(diag.hint, "use one of: -, jsonl:FILE");
	assert_int_equal(aw_sink_open(&f->sink, "jsonl", &diag), -EINVAL);
	assert_null(f->sink);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_are_appended_to_a_private_file),
		TEST(a_part_of_a_line_left_by_a_crash_is_ended),
		TEST(a_full_disk_leaves_whole_lines_and_costs_none),
		TEST(a_part_is_taken_back_behind_another_writers_lines),
		TEST(a_device_that_is_always_full_is_reported_once_and_counts),
		TEST(a_reader_that_stops_does_not_hold_us_up),
		TEST(a_socket_is_not_waited_for_either),
		TEST(standard_output_in_a_file_is_whole_lines_too),
		TEST(large_queues_keep_their_order),
		TEST(places_that_cannot_take_events_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
