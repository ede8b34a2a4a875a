/* SPDX-License-Identifier: Apache-2.0 */
/* Writing runs: what adds up, what makes a run Partial, and what survives kill −9 and a full disk.
 */
#include "baseline/run_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include "baseline/pending.h"

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

static int check_peer(void *data, const struct aw_observation *act, const void *runs, size_t length)
{
	uint8_t expected[AW_ADDRESS_BYTES];
	int *seen = data;

	if (act->kind == AW_OBJECT_HOST) {
		assert_int_equal(act->op, AW_OP_RESOLVE);
		assert_int_equal(act->object.length, 9);
		assert_memory_equal(act->object.data, "a.example", 9);
		*seen |= 1;
		return 0;
	}
	(void)aw_observation_peer(expected, 443, 6);
	assert_memory_equal(act->object.data, expected, sizeof(expected));
	assert_string_equal(act->anchor, act->count == 2 ? "a.example" : "b.example");
	*seen |= act->count == 2 ? 2 : 4;
	return 0;
}

static void a_peer_by_name_is_one_act_for_each_name(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	struct aw_baseline_run *run = begin_run(store, "ci");
	struct aw_observation o = observation(AW_OP_TCP, "a.example", "");
	uint8_t buffer[AW_ADDRESS_BYTES];
	int seen = 0;

	o.kind = AW_OBJECT_ADDRESS;
	o.object = aw_observation_peer(buffer, 443, 6);
	assert_int_equal(aw_baseline_observe(run, &o), 0);
	assert_int_equal(aw_baseline_run_flush(run), 0);
	assert_int_equal(aw_baseline_observe(run, &o), 0);
	o.anchor = "b.example";
	assert_int_equal(aw_baseline_observe(run, &o), 0);
	o = observation(AW_OP_RESOLVE, NULL, "a.example");
	o.kind = AW_OBJECT_HOST;
	assert_int_equal(aw_baseline_observe(run, &o), 0);
	end_run(run);
	assert_int_equal(aw_baseline_acts_read(store, "ci", check_peer, &seen), 0);
	assert_int_equal(seen, 7);
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

/* The store cannot grow for a while, until no more can wait for it. */
static void what_could_not_be_kept_is_counted_and_makes_the_run_partial(void **state)
{
	struct fixture *f = *state;
	struct aw_baseline_store *store = open_store(f->path);
	struct aw_baseline_run *run = begin_run(store, "ci");
	const struct rlimit small = {128 << 10, RLIM_INFINITY},
			    large = {RLIM_INFINITY, RLIM_INFINITY};
	const int too_many = 3;
	int n_lost = 0;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int i = 0; i < AW_PENDING_MAX + too_many; i++) {
		struct aw_observation o = observation(AW_OP_READ, NULL, NULL);
		char name[32];

		snprintf(name, sizeof(name), "/many/%d", i);
		o.object = bytes(name);
		n_lost += aw_baseline_observe(run, &o) == -ENOBUFS;
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &large), 0);
	assert_int_equal(n_lost, too_many);
	end_run(run);
	assert_only_run(store, AW_RUN_PARTIAL, "3 events were lost");
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
		T(a_peer_by_name_is_one_act_for_each_name),
		T(any_bytes_come_back_as_they_were),
		T(runs_of_one_baseline_share_acts_and_keep_their_sets),
		T(a_run_that_lost_or_failed_is_partial_and_says_why),
		T(a_run_that_ended_well_is_complete_with_all_that_is_known_of_it),
		T(a_run_under_way_is_running_and_its_commits_can_be_read),
		T(tick_commits_what_waited_a_second),
		T(names_that_are_no_names_are_refused),
		T(a_uuid_is_taken_once),
		T(what_could_not_be_kept_is_counted_and_makes_the_run_partial),
		T(two_hundred_thousand_observations_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
