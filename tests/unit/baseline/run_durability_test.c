/* SPDX-License-Identifier: Apache-2.0 */
/* What of a run survives kill −9, several writers at once and a full disk. */
#include "baseline/run_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "baseline/pending.h"

/* --- kill −9 -------------------------------------------------------------------------------------
 * The child tells through a pipe how many observations are committed, in batches of BATCH. */
#define BATCH 50

static void write_until_killed(const char *path, int tell)
{
	struct aw_baseline_store *store = open_store(path);
	struct aw_baseline_run *run = begin_run(store, "ci");

	for (uint32_t n = 0;;) {
		char name[64];

		for (int i = 0; i < BATCH; i++) {
			snprintf(name, sizeof(name), "/build/dir%u/file%u", n % 17, n);
			observe(run, AW_OP_WRITE, NULL, name);
			n++;
		}
		assert_int_equal(aw_baseline_run_flush(run), 0);
		if (write(tell, &n, sizeof(n)) != sizeof(n))
			_exit(1);
	}
}

/* The time runs from the first commit where there is to be one, else from the start. */
static uint32_t kill_a_writer(const char *path, bool after_a_commit, unsigned int after_us)
{
	uint32_t committed = 0, n;
	int pipe_fds[2], status;
	const struct timespec wait = {0, (long)after_us * 1000};
	pid_t pid;

	assert_int_equal(pipe(pipe_fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(pipe_fds[0]);
		write_until_killed(path, pipe_fds[1]);
	}
	close(pipe_fds[1]);
	if (after_a_commit)
		assert_int_equal(read(pipe_fds[0], &committed, sizeof(committed)),
				 sizeof(committed));
	nanosleep(&wait, NULL);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	while (read(pipe_fds[0], &n, sizeof(n)) == sizeof(n))
		committed = n;
	close(pipe_fds[0]);
	return committed;
}

static void a_killed_writer_loses_nothing_that_was_committed(void **state)
{
	struct fixture *f = *state;
	unsigned int n_with_data = 0;

	srand(7);
	for (int i = 0; i < 30; i++) {
		char path[160];
		const uint32_t committed =
			(snprintf(path, sizeof(path), "%s.%d", f->path, i),
			 kill_a_writer(path, i % 2, 2000 + (unsigned int)rand() % 60000));
		struct aw_baseline_store *store;
		struct total total;

		if (committed == 0)
			continue; /* killed before the first commit: nothing was promised */
		n_with_data++;
		store = open_store(path); /* checks the whole file */
		assert_only_run(store, AW_RUN_CUT_OFF, NULL);
		total = totals(store, "ci");
		assert_true(total.acts >= committed);
		assert_int_equal(total.acts % BATCH, 0); /* whole transactions only */
		aw_baseline_close(store);
	}
	assert_true(n_with_data >= 15);
}

static void a_writer_goes_on_in_a_store_that_another_was_killed_in(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store;
	struct aw_run_list list;

	assert_true(kill_a_writer(f->path, true, 20000) > 0);
	store = open_store(f->path);
	{
		struct aw_baseline_run *run = begin_run(store, "ci");

		observe(run, AW_OP_READ, NULL, "/etc/passwd");
		end_run(run);
	}
	list = runs_of(store, "ci");
	assert_int_equal(list.n_items, 2);
	assert_int_equal(list.items[0].state, AW_RUN_CUT_OFF);
	assert_int_equal(list.items[1].state, AW_RUN_COMPLETE);
	aw_run_list_clear(&list);
	aw_baseline_close(store);
}

/* --- several writers -----------------------------------------------------------------------------
 */
static void write_run(const char *path, int which)
{
	struct aw_baseline_store *store = open_store(path);
	struct aw_baseline_run *run = begin_run(store, "ci");

	for (int i = 0; i < 600; i++) {
		char name[64];

		snprintf(name, sizeof(name), i % 2 ? "/common/%d" : "/own/%d.%d", i, which);
		observe(run, AW_OP_READ, NULL, name);
		if (i % 20 == 0)
			assert_int_equal(aw_baseline_run_flush(run), 0);
	}
	end_run(run);
	aw_baseline_close(store);
}

static void writers_at_the_same_time_all_keep_their_runs(void **state)
{
	enum { WRITERS = 4 };
	struct fixture *f = *state;
	struct aw_baseline_store *store;
	struct aw_run_list list;
	struct total total;
	pid_t pids[WRITERS];

	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			write_run(f->path, i);
			_exit(0);
		}
	}
	for (int i = 0; i < WRITERS; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	store = open_store(f->path);
	list = runs_of(store, "ci");
	assert_int_equal(list.n_items, WRITERS);
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(list.items[i].state, AW_RUN_COMPLETE);
	total = totals(store, "ci");
	assert_int_equal(total.acts, 300 + WRITERS * 300);
	assert_int_equal(total.runs, WRITERS * 600);
	aw_run_list_clear(&list);
	aw_baseline_close(store);
}

/* --- a full disk: the file may not grow past a limit
 * ------------------------------------------------ */
static int write_past_the_limit(const char *path)
{
	struct aw_baseline_store *store = open_store(path);
	struct aw_baseline_run *run = begin_run(store, "ci");
	const struct aw_baseline_outcome outcome = {0};
	const struct rlimit limit = {256 << 10, 256 << 10};
	int first_error = 0, r;

	observe(run, AW_OP_READ, NULL, "/kept");
	assert_int_equal(aw_baseline_run_flush(run), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (int i = 0; i < AW_PENDING_MAX + 100; i++) {
		struct aw_observation o = observation(AW_OP_READ, NULL, NULL);
		char name[64];

		snprintf(name, sizeof(name), "/many/%d", i);
		o.object = bytes(name);
		r = aw_baseline_observe(run, &o);
		if (r < 0 && !first_error)
			first_error = r;
	}
	r = aw_baseline_run_end(run, &outcome);
	aw_baseline_close(store);
	return first_error == -EIO && r < 0 ? 0 : 1;
}

static void a_full_disk_is_an_error_and_leaves_a_partial_run(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store;
	const pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(write_past_the_limit(f->path));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	store = open_store(f->path);
	assert_only_run(store, AW_RUN_CUT_OFF, NULL);
	assert_true(totals(store, "ci").acts >= 1);
	aw_baseline_close(store);
}

static void what_the_store_could_not_take_for_a_while_is_written_later(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	struct aw_baseline_run *run = begin_run(store, "ci");
	const struct rlimit small = {128 << 10, RLIM_INFINITY},
			    large = {RLIM_INFINITY, RLIM_INFINITY};

	signal(SIGXFSZ, SIG_IGN);
	for (int i = 0; i < 5000; i++) {
		char name[64];

		snprintf(name, sizeof(name), "/many/%d", i);
		observe(run, AW_OP_READ, NULL, name);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(aw_baseline_run_flush(run), -EIO);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &large), 0);
	end_run(run);
	assert_only_run(store, AW_RUN_COMPLETE, "");
	assert_int_equal(totals(store, "ci").acts, 5000);
	aw_baseline_close(store);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_killed_writer_loses_nothing_that_was_committed),
		T(a_writer_goes_on_in_a_store_that_another_was_killed_in),
		T(writers_at_the_same_time_all_keep_their_runs),
		T(a_full_disk_is_an_error_and_leaves_a_partial_run),
		T(what_the_store_could_not_take_for_a_while_is_written_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
