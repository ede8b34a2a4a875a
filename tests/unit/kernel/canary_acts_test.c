/* SPDX-License-Identifier: Apache-2.0 */
/* The canaries' acts: outside every agent each of them succeeds, and nothing is left behind. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "kernel/canary.h"
#include "kernel/canary_acts.h"

static void each_act_succeeds_where_nothing_forbids_it(void **state)
{
	char parent[] = "/tmp/aw-canary-XXXXXX";
	struct aw_canary_stage stage;
	const struct aw_canary_act *act;
	size_t n = 0;

	assert_non_null(mkdtemp(parent));
	assert_int_equal(aw_canary_stage_make(&stage, parent, "stage"), 0);
	for (; aw_canary_act_at(n + 1); n++) {
		int err;

		act = aw_canary_act_at(n);
		err = act->act(&stage);
		/* trusted.* attributes are root's. */
		if (geteuid() && !strcmp(act->name, "set an attribute"))
			continue;
		if (err)
			fail_msg("%s: %s", act->name, strerror(-err));
	}
	assert_true(n > 20 && n < AW_CANARIES_MAX);
	aw_canary_stage_done(&stage);
	assert_int_equal(rmdir(parent), 0);
}

static void the_last_act_replaces_its_process(void **state)
{
	char parent[] = "/tmp/aw-canary-XXXXXX";
	const struct aw_canary_act *act, *last = NULL;
	struct aw_canary_stage stage;
	int status;
	pid_t pid;

	assert_non_null(mkdtemp(parent));
	assert_int_equal(aw_canary_stage_make(&stage, parent, "stage"), 0);
	for (size_t i = 0; (act = aw_canary_act_at(i)); i++)
		last = act;
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		last->act(&stage);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	aw_canary_stage_done(&stage);
	assert_int_equal(rmdir(parent), 0);
}

static void a_stage_that_is_taken_is_an_error(void **state)
{
	char parent[] = "/tmp/aw-canary-XXXXXX";
	struct aw_canary_stage first, second;

	assert_non_null(mkdtemp(parent));
	assert_int_equal(aw_canary_stage_make(&first, parent, "stage"), 0);
	assert_int_equal(aw_canary_stage_make(&second, parent, "stage"), -EEXIST);
	aw_canary_stage_done(&first);
	assert_int_equal(rmdir(parent), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_act_succeeds_where_nothing_forbids_it),
		cmocka_unit_test(the_last_act_replaces_its_process),
		cmocka_unit_test(a_stage_that_is_taken_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
