/* SPDX-License-Identifier: Apache-2.0 */
/* Writing runs: what adds up, what makes a run Partial, and what survives kill −9 and a full disk.
 */
#include "baseline/baseline_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "baseline/pending.h"
#include "baseline/read.h"
#include "baseline/runset.h"

struct total {
	size_t acts;
	uint64_t count;
	uint64_t runs; /* incidences */
	struct aw_observation last;
};

static int add_act(void *data, const struct aw_observation *act, const void *runs,
		   size_t runs_length)
{
	struct aw_runset_cursor cursor = {.bytes = runs, .length = runs_length};
	struct total *total = data;
	uint64_t first, last;

	total->acts++;
	total->count += act->count;
	total->last = *act;
	while (aw_runset_next(&cursor, &first, &last) > 0)
		total->runs += last - first + 1;
	return 0;
}

static struct total totals(struct aw_baseline_store *store, const char *name)
{
	struct total total = {0};

	assert_int_equal(aw_baseline_acts_read(store, name, add_act, &total), 0);
	return total;
}

static struct aw_run_list runs_of(struct aw_baseline_store *store, const char *name)
{
	struct aw_run_list list = {0};

	assert_int_equal(aw_baseline_runs_read(store, name, &list), 0);
	return list;
}

static void assert_only_run(struct aw_baseline_store *store, enum aw_run_state run_state,
			    const char *why)
{
	struct aw_run_list list = runs_of(store, "ci");

	assert_int_equal(list.n_items, 1);
	assert_string_equal(aw_run_state_name(list.items[0].state), aw_run_state_name(run_state));
	if (why)
		assert_string_equal(list.items[0].why_partial, why);
	aw_run_list_clear(&list);
}

static void equal_observations_add_up(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	struct aw_baseline_run *run = begin_run(store, "ci");
	struct aw_observation o = observation(AW_OP_READ, NULL, "/etc/passwd");
	struct total total;

	o.count = 3;
	assert_int_equal(aw_baseline_observe(run, &o), 0);
	o.first_ns = 500;
	assert_int_equal(aw_baseline_observe(run, &o), 0);
	assert_int_equal(aw_baseline_run_flush(run), 0);
	o.first_ns = 700;
	o.last_ns = 9000;
	assert_int_equal(aw_baseline_observe(run, &o), 0);
	end_run(run);
	total = totals(store, "ci");
	assert_int_equal(total.acts, 1);
	assert_int_equal(total.count, 9);
	assert_int_equal(total.last.first_ns, 500);
	assert_int_equal(total.last.last_ns, 9000);
	aw_baseline_close(store);
}

static void every_part_of_an_observation_makes_it_distinct(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	struct aw_baseline_run *run = begin_run(store, "ci");
	struct aw_observation o[] = {[0 ... 9] = observation(AW_OP_READ, NULL, "/x")};

	o[1].exe = bytes("/usr/bin/other");
	o[2].exe_anchor = "WORKSPACE";
	o[3].script = bytes("/x.sh");
	o[4].op = AW_OP_WRITE;
	o[5].role = AW_ROLE_SOURCE;
	o[6].effect = AW_EFFECT_WOULD_DENY;
	o[7].kind = AW_OBJECT_NESTED;
	o[8].kind = AW_OBJECT_ANCHORED;
	o[8].anchor = "HOME";
	o[9].object = (struct aw_bytes){"/x\0y", 4};
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(aw_baseline_observe(run, &o[i]), 0);
	end_run(run);
	assert_int_equal(totals(store, "ci").acts, 10);
	aw_baseline_close(store);
}

static void any_bytes_come_back_as_they_were(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	struct aw_baseline_run *run = begin_run(store, "ci");
	struct aw_observation o = observation(AW_OP_UNIX, NULL, "");
	static const char name[] = "@a\0b\n\xff'\"";

	o.kind = AW_OBJECT_ABSTRACT;
	o.object = (struct aw_bytes){name, sizeof(name)};
	assert_int_equal(aw_baseline_observe(run, &o), 0);
	end_run(run);
	aw_baseline_close(store);
	store = open_store(f->path);
	{
		struct total total = {0};

		assert_int_equal(aw_baseline_acts_read(store, "ci", add_act, &total), 0);
		assert_int_equal(total.last.object.length, sizeof(name));
		assert_int_equal(total.last.kind, AW_OBJECT_ABSTRACT);
	}
	aw_baseline_close(store);
}

static void runs_of_one_baseline_share_acts_and_keep_their_sets(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	struct total total;

	for (int i = 0; i < 5; i++) {
		struct aw_baseline_run *run = begin_run(store, "ci");
		char name[32];

		observe(run, AW_OP_READ, NULL, "/etc/passwd");
		snprintf(name, sizeof(name), "/tmp/%d", i);
		observe(run, AW_OP_WRITE, NULL, name);
		end_run(run);
	}
	total = totals(store, "ci");
	assert_int_equal(total.acts, 6);
	assert_int_equal(total.runs, 10);
	aw_baseline_close(store);
}

static void a_run_that_lost_or_failed_is_partial_and_says_why(void **state)
{
	static const struct {
		struct aw_baseline_outcome outcome;
		const char *why;
	} rows[] = {
		{{.exit_status = 2}, "it exited with 2"},
		{{.lost_observations = 7}, "7 events were lost"},
		{{.lost_decisions = 1}, "1 event was lost"},
		{{.why_partial = "came late to the cgroup"}, "came late to the cgroup"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture *f = *state;
		struct aw_baseline_store *store = open_store(f->path);
		struct aw_baseline_run *run = begin_run(store, "ci");

		assert_int_equal(aw_baseline_run_end(run, &rows[i].outcome), 0);
		assert_only_run(store, AW_RUN_PARTIAL, rows[i].why);
		aw_baseline_close(store);
		assert_int_equal(unlink(f->path), 0);
	}
}

static void a_run_that_ended_well_is_complete_with_all_that_is_known_of_it(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	const char *labels[] = {"task=fix \"it\"", "odd", "bad=\xff", NULL};
	const char *command[] = {"make", "-j2", "a b", NULL};
	const struct aw_baseline_run_meta meta = {
		.user = "builder",
		.repository = "https://git.example.org/r.git",
		.commit = "0123abcd",
		.version = "0.1",
		.labels = labels,
		.command = command,
		.start_ns = 42,
	};
	struct aw_baseline_run *run = NULL;
	struct aw_run_list list;

	assert_int_equal(aw_baseline_run_begin(&run, store, "ci", &meta, NULL), 0);
	assert_int_equal(strlen(aw_baseline_run_uuid(run)), 36);
	end_run(run);
	assert_only_run(store, AW_RUN_COMPLETE, "");
	list = runs_of(store, "ci");
	assert_string_equal(list.items[0].user, "builder");
	assert_string_equal(list.items[0].commit, "0123abcd");
	assert_string_equal(list.items[0].command, "[\"make\",\"-j2\",\"a b\"]");
	assert_non_null(strstr(list.items[0].labels, "\"task\":\"fix \\\"it\\\"\""));
	assert_int_equal(list.items[0].start_ns, 42);
	assert_true(list.items[0].end_ns > 42);
	assert_true(list.items[0].host[0] && list.items[0].kernel[0]);
	aw_run_list_clear(&list);
	aw_baseline_close(store);
}

static void a_run_under_way_is_running_and_its_commits_can_be_read(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path), *reader = NULL;
	struct aw_baseline_run *run = begin_run(store, "ci");

	observe(run, AW_OP_READ, NULL, "/etc/passwd");
	assert_int_equal(aw_baseline_run_flush(run), 0);
	assert_int_equal(aw_baseline_open_reader(&reader, f->path, NULL), 0);
	assert_only_run(reader, AW_RUN_RUNNING, NULL);
	assert_int_equal(totals(reader, "ci").acts, 1);
	aw_baseline_close(reader);
	aw_baseline_run_abandon(run);
	aw_baseline_close(store);
}

static void tick_commits_what_waited_a_second(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path), *reader = open_store(f->path);
	struct aw_baseline_run *run = begin_run(store, "ci");
	const struct timespec second = {1, 50000000};

	observe(run, AW_OP_READ, NULL, "/etc/passwd");
	assert_int_equal(aw_baseline_run_tick(run), 0);
	assert_int_equal(totals(reader, "ci").acts, 0);
	nanosleep(&second, NULL);
	assert_int_equal(aw_baseline_run_tick(run), 0);
	assert_int_equal(totals(reader, "ci").acts, 1);
	end_run(run);
	aw_baseline_close(reader);
	aw_baseline_close(store);
}

static void names_that_are_no_names_are_refused(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	static const char *const names[] = {"", ".x", "-x", "a/b", "a b", "a\nb"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct aw_baseline_run *run = NULL;
		struct aw_diag diag = {0};

		assert_int_equal(aw_baseline_run_begin(&run, store, names[i], NULL, &diag),
				 -EINVAL);
		assert_null(run);
		assert_true(diag.hint[0]);
	}
	aw_baseline_close(store);
}

static void a_uuid_is_taken_once(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	const struct aw_baseline_run_meta meta = {.uuid = "01234567-89ab-4cde-8f01-23456789abcd"};
	struct aw_baseline_run *run = NULL, *second = NULL;

	assert_int_equal(aw_baseline_run_begin(&run, store, "ci", &meta, NULL), 0);
	assert_int_equal(aw_baseline_run_begin(&second, store, "ci", &meta, NULL), -EEXIST);
	assert_null(second);
	end_run(run);
	assert_int_equal(aw_baseline_run_begin(&run, store, "other", &meta, NULL), 0);
	end_run(run);
	aw_baseline_close(store);
}

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

static void two_hundred_thousand_observations_fit(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	struct aw_baseline_run *run = begin_run(store, "ci");
	struct total total;

	for (int i = 0; i < 200000; i++) {
		char name[96];

		snprintf(name, sizeof(name), "/usr/share/some/folder%d/file%d", i % 100, i);
		observe(run, AW_OP_READ, NULL, name);
	}
	end_run(run);
	total = totals(store, "ci");
	assert_int_equal(total.acts, 200000);
	assert_int_equal(total.runs, 200000);
	aw_baseline_close(store);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(equal_observations_add_up),
		T(every_part_of_an_observation_makes_it_distinct),
		T(any_bytes_come_back_as_they_were),
		T(runs_of_one_baseline_share_acts_and_keep_their_sets),
		T(a_run_that_lost_or_failed_is_partial_and_says_why),
		T(a_run_that_ended_well_is_complete_with_all_that_is_known_of_it),
		T(a_run_under_way_is_running_and_its_commits_can_be_read),
		T(tick_commits_what_waited_a_second),
		T(names_that_are_no_names_are_refused),
		T(a_uuid_is_taken_once),
		T(a_killed_writer_loses_nothing_that_was_committed),
		T(a_writer_goes_on_in_a_store_that_another_was_killed_in),
		T(writers_at_the_same_time_all_keep_their_runs),
		T(a_full_disk_is_an_error_and_leaves_a_partial_run),
		T(what_the_store_could_not_take_for_a_while_is_written_later),
		T(two_hundred_thousand_observations_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
