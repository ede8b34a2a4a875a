/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What budgets are called, count and are known by; and that what the kernel takes from one is a
 * token bucket's: compared with one that is kept as a level, on random times.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "policy/compile_random.h"

#define HOUR_NS	   3600000000000ull
#define LONGEST_NS ((1ull << 62) - 1)	   /* that a bucket may take to fill (parse_limit.c) */
#define LATEST_NS  (0x7fffffffffffffffull) /* 292 years after boot */
#define ROUNDS	   300
#define TAKES	   300
#define SEVERAL	   255

static uint64_t id_of(const char *id, enum aw_limit_unit unit)
{
	struct aw_rule rule = {.id = (char *)id};

	return aw_limit_id(&rule, unit);
}

static void every_unit_has_a_name_and_operations(void **state)
{
	assert_string_equal(aw_limit_unit_name(AW_LIMIT_CONNECTS), "connects");
	assert_string_equal(aw_limit_unit_name(AW_LIMIT_RATE), "rate");
	assert_string_equal(aw_limit_unit_name(AW_LIMIT_EXECS), "execs");
	assert_string_equal(aw_limit_unit_name(AW_LIMIT_QUESTIONS), "questions");
	assert_string_equal(aw_limit_unit_name(AW_LIMIT_QUESTION_BYTES), "question-bytes");
	assert_string_equal(aw_limit_unit_name(AW_LIMIT_BYTES), "bytes");
	assert_string_equal(aw_limit_unit_name(AW_LIMIT_EXCHANGES), "exchanges");
	assert_string_equal(aw_limit_unit_name(AW_LIMIT_CREATES), "creates");
	assert_string_equal(aw_limit_unit_name(AW_LIMIT_UNITS), "unknown");
	assert_int_equal(aw_limit_unit_ops(AW_LIMIT_CONNECTS), 1u << AW_OP_TCP | 1u << AW_OP_UDP);
	assert_int_equal(aw_limit_unit_ops(AW_LIMIT_RATE), 1u << AW_OP_TCP | 1u << AW_OP_UDP);
	assert_int_equal(aw_limit_unit_ops(AW_LIMIT_EXECS), 1u << AW_OP_EXEC);
	assert_int_equal(aw_limit_unit_ops(AW_LIMIT_QUESTIONS), 1u << AW_OP_RESOLVE);
	assert_int_equal(aw_limit_unit_ops(AW_LIMIT_QUESTION_BYTES), 1u << AW_OP_RESOLVE);
	assert_int_equal(aw_limit_unit_ops(AW_LIMIT_BYTES), 1u << AW_OP_TCP | 1u << AW_OP_UDP);
	assert_int_equal(aw_limit_unit_ops(AW_LIMIT_EXCHANGES), 1u << AW_OP_TCP);
	assert_int_equal(aw_limit_unit_ops(AW_LIMIT_CREATES), 1u << AW_OP_CREATE);
	assert_int_equal(aw_limit_unit_ops(AW_LIMIT_UNITS), 0);
}

static void bytes_are_told_in_the_largest_unit_that_fits(void **state)
{
	static const struct {
		struct aw_rule_limit limit;
		const char *text;
	} rows[] = {
		{{AW_LIMIT_BYTES, 50ull << 20, 86400000, 0}, "50MiB/d"},
		{{AW_LIMIT_BYTES, 3ull << 40, 86400000, 0}, "3072GiB/d"},
		{{AW_LIMIT_BYTES, 1025, 7200000, 0}, "1025/2h"},
		{{AW_LIMIT_QUESTION_BYTES, 16384, 3600000, 0}, "16KiB/h"},
		{{AW_LIMIT_EXCHANGES, 1024, 3600000, 0}, "1024/h"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		_cleanup_buffer_ struct aw_buffer out = {};

		aw_limit_append(&out, &rows[i].limit);
		assert_string_equal(aw_buffer_string(&out), rows[i].text);
	}
}

/* However many: what would not fit into 64 bits is more than any bucket holds. */
static void more_than_it_holds_is_never_there(void **state)
{
	static const uint32_t many[] = {101, 1000, 1u << 31, ~0u};
	struct aw_limit limit = {.interval_ns = AW_LIMIT_INTERVAL_MAX_NS,
				 .depth_ns = 100 * AW_LIMIT_INTERVAL_MAX_NS};
	__u64 at = 0;

	assert_true(aw_budget_take(&limit, 0, HOUR_NS, 100, &at) != 0);
	for (size_t i = 0; i < sizeof(many) / sizeof(*many); i++) {
		at = 0;
		assert_true(aw_budget_take(&limit, 0, HOUR_NS, many[i], &at) == 0);
		assert_true(at == AW_LIMIT_NEVER);
	}
}

/* FNV-1a of "api\0connects" and so on, from another implementation. */
static void ids_are_the_same_in_every_build(void **state)
{
	assert_true(id_of("api", AW_LIMIT_CONNECTS) == 0x42bf628c135a9bfeull);
	assert_true(id_of("api", AW_LIMIT_RATE) == 0x8ad8d26df20cef07ull);
	assert_true(id_of("tools", AW_LIMIT_EXECS) == 0x0a25190557a44a0aull);
	assert_true(id_of("up", AW_LIMIT_BYTES) == 0x539f456786f853abull);
	assert_true(id_of("up", AW_LIMIT_EXCHANGES) == 0xa3263738f49e202aull);
	assert_true(id_of("out", AW_LIMIT_CREATES) == 0xc4260a9981934d22ull);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static void ids_are_distinct_and_never_zero(void **state)
{
	static uint64_t ids[AW_LIMIT_UNITS * 10000];
	size_t n = 0;
	char id[32];

	for (unsigned int i = 0; i < 10000; i++) {
		snprintf(id, sizeof(id), i % 2 ? "r%u" : "net.connects%u", i);
		for (unsigned int unit = 0; unit < AW_LIMIT_UNITS; unit++)
			ids[n++] = id_of(id, unit);
	}
	qsort(ids, n, sizeof(*ids), compare_u64);
	assert_true(ids[0] != 0);
	for (size_t i = 1; i < n; i++)
		assert_true(ids[i - 1] != ids[i]);
}

/* Budgets of all sizes, up to the longest that a policy can have. */
static struct aw_limit random_limit(struct random *r)
{
	static const uint64_t intervals[] = {
		1, 2, 3, 1000, 50000000, 6000000000ull, HOUR_NS, 24 * HOUR_NS, 7 * 24 * HOUR_NS};
	static const uint64_t bursts[] = {1, 2, 3, 7, 40, 600, 1000000000};
	struct aw_limit limit = {.interval_ns = PICK(r, intervals)};
	uint64_t burst = PICK(r, bursts), most = LONGEST_NS / limit.interval_ns;

	limit.depth_ns = limit.interval_ns * (burst < most ? burst : most);
	return limit;
}

/* Nothing, a few intervals to the nanosecond or one beside it, a whole bucket or more. */
static uint64_t random_pause(struct random *r, const struct aw_limit *limit)
{
	switch (pick(r, 6)) {
	case 0:
	case 1:
		return 0;
	case 2:
		return limit->interval_ns * pick(r, 4);
	case 3:
		return limit->interval_ns * pick(r, 4) + 1;
	case 4:
		return limit->interval_ns - 1;
	default:
		return pick(r, 40) ? limit->interval_ns / 2 : limit->depth_ns + pick(r, 2);
	}
}

/* Early, or so late that a few pauses lead to the latest time there is. */
static uint64_t random_start(struct random *r, const struct aw_limit *limit)
{
	static const uint64_t starts[] = {0, 1, 5000000000ull, 1ull << 40, 1ull << 62};

	return pick(r, 3) ? PICK(r, starts) : LATEST_NS - 3 * limit->interval_ns;
}

static void no_window_lets_more_through_than_its_burst_and_what_came_back(void **state)
{
	struct random r = {0x5eed0001};
	uint64_t passed[TAKES];

	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct aw_limit limit = random_limit(&r);
		uint64_t burst = limit.depth_ns / limit.interval_ns;
		uint64_t now = random_start(&r, &limit), full = 0, taken;
		__u64 at;
		size_t n = 0;

		for (unsigned int i = 0; i < TAKES; i++) {
			taken = aw_budget_take(&limit, full, now, 1, &at);
			if (taken)
				passed[n++] = now;
			full = taken ?: full;
			now += random_pause(&r, &limit);
			if (now > LATEST_NS)
				break;
		}
		assert_true(n > 0);
		for (size_t from = 0; from < n; from++)
			for (size_t to = from; to < n; to++)
				assert_true(to - from + 1 <= burst + (passed[to] - passed[from]) /
									     limit.interval_ns);
	}
}

/* The oracle: a level that comes back with time, up to full, and that a take lowers. */
static void it_takes_what_a_bucket_with_a_level_takes(void **state)
{
	struct random r = {0x5eed0002};
	size_t n_taken = 0, n_refused = 0;

	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct aw_limit limit = random_limit(&r);
		uint64_t now = random_start(&r, &limit), full = 0, taken, pause;
		__u64 at;
		uint64_t level = limit.depth_ns;

		for (unsigned int i = 0; i < TAKES && now <= LATEST_NS; i++) {
			taken = aw_budget_take(&limit, full, now, 1, &at);
			assert_int_equal(taken != 0, level >= limit.interval_ns);
			if (taken) {
				level -= limit.interval_ns;
				full = taken;
				assert_true(full - now == limit.depth_ns - level);
			} else {
				assert_true(at == now + limit.interval_ns - level);
			}
			*(taken ? &n_taken : &n_refused) += 1;
			pause = random_pause(&r, &limit);
			level = pause < limit.depth_ns - level ? level + pause : limit.depth_ns;
			now += pause;
		}
	}
	assert_true(n_taken > 1000);
	assert_true(n_refused > 1000);
}

static void a_full_bucket_lets_its_burst_through_at_one_instant(void **state)
{
	static const uint64_t times[] = {0, 1, 123456789, 1ull << 40, 1ull << 62, LATEST_NS};
	static const uint64_t bursts[] = {1, 2, 40, 600};

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		for (size_t j = 0; j < sizeof(bursts) / sizeof(*bursts); j++) {
			struct aw_limit limit = {.interval_ns = HOUR_NS,
						 .depth_ns = HOUR_NS * bursts[j]};
			uint64_t full = times[i] / 2, taken;
			__u64 at = 0;

			for (uint64_t n = 0; n < bursts[j]; n++) {
				taken = aw_budget_take(&limit, full, times[i], 1, &at);
				assert_true(taken > times[i]);
				full = taken;
			}
			assert_true(aw_budget_take(&limit, full, times[i], 1, &at) == 0);
			assert_true(at == times[i] + HOUR_NS);
		}
	}
}

static void who_waits_until_then_gets_one_and_a_nanosecond_less_does_not_do(void **state)
{
	struct random r = {0x5eed0003};
	size_t n_refused = 0;

	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct aw_limit limit = random_limit(&r);
		uint64_t now = random_start(&r, &limit), full = 0, taken;
		__u64 at = 0, again = 0;

		for (unsigned int i = 0; i < TAKES && now <= LATEST_NS; i++) {
			taken = aw_budget_take(&limit, full, now, 1, &at);
			if (taken) {
				full = taken;
				now += limit.interval_ns / 3;
				continue;
			}
			assert_true(at > now);
			assert_true(aw_budget_take(&limit, full, at - 1, 1, &again) == 0);
			assert_true(again == at);
			assert_true(aw_budget_take(&limit, full, at, 1, &again) != 0);
			now = at - pick(&r, 2);
			n_refused++;
		}
	}
	assert_true(n_refused > 1000);
}

static void several_are_as_many_one_after_the_other(void **state)
{
	struct random r = {0x5eed0004};
	size_t n_refused = 0, n_taken = 0;

	for (unsigned int round = 0; round < ROUNDS * TAKES; round++) {
		struct aw_limit limit = random_limit(&r);
		uint64_t now = random_start(&r, &limit), full = now + pick(&r, limit.depth_ns);
		__u32 n = 1 + (__u32)pick(&r, SEVERAL);
		uint64_t taken, each = full;
		__u64 at = 0, again = 0;

		if (limit.depth_ns > AW_LIMIT_DEPTH_MAX_NS)
			continue;
		n_taken += 1;
		taken = aw_budget_take(&limit, full, now, n, &at);
		for (__u32 i = 0; i < n && !again; i++)
			each = aw_budget_take(&limit, each, now, 1, &again);
		assert_true(taken == each);
		n_refused += !taken;
	}
	assert_true(n_refused > 1000 && n_refused + 1000 < n_taken);
}

/* The longest bucket at the latest time: no sum in it may pass 64 bits. */
static void the_longest_budget_holds_at_the_latest_time(void **state)
{
	struct aw_limit limit = {.interval_ns = LONGEST_NS / 3, .depth_ns = LONGEST_NS / 3 * 3};
	__u64 full = 0, at = 0;

	for (unsigned int i = 1; i <= 3; i++) {
		full = aw_budget_take(&limit, full, LATEST_NS, 1, &at);
		assert_true(full == LATEST_NS + i * limit.interval_ns);
	}
	assert_true(aw_budget_take(&limit, full, LATEST_NS, 1, &at) == 0);
	assert_true(at == LATEST_NS + limit.interval_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_unit_has_a_name_and_operations),
		cmocka_unit_test(bytes_are_told_in_the_largest_unit_that_fits),
		cmocka_unit_test(more_than_it_holds_is_never_there),
		cmocka_unit_test(ids_are_the_same_in_every_build),
		cmocka_unit_test(ids_are_distinct_and_never_zero),
		cmocka_unit_test(no_window_lets_more_through_than_its_burst_and_what_came_back),
		cmocka_unit_test(it_takes_what_a_bucket_with_a_level_takes),
		cmocka_unit_test(a_full_bucket_lets_its_burst_through_at_one_instant),
		cmocka_unit_test(who_waits_until_then_gets_one_and_a_nanosecond_less_does_not_do),
		cmocka_unit_test(several_are_as_many_one_after_the_other),
		cmocka_unit_test(the_longest_budget_holds_at_the_latest_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
