/* SPDX-License-Identifier: Apache-2.0 */
/* Processes named by number and start. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "agent/folder_fixture.h"
#include "agent/process_id.h"

static void a_living_process_is_known(void **state)
{
	struct aw_process_id id;

	assert_int_equal(aw_process_id_of(getpid(), &id), 0);
	assert_int_equal(id.pid, getpid());
	assert_true(id.start > 0);
	assert_true(aw_process_id_lives(&id));
}

static void the_same_number_with_another_start_is_another_process(void **state)
{
	struct aw_process_id id;

	assert_int_equal(aw_process_id_of(getpid(), &id), 0);
	id.start--;
	assert_false(aw_process_id_lives(&id));
}

static void a_name_with_brackets_and_spaces_hides_nothing(void **state)
{
	struct aw_process_id before, after;

	assert_int_equal(aw_process_id_of(getpid(), &before), 0);
	prctl(PR_SET_NAME, "a) S 1 2 (b");
	assert_int_equal(aw_process_id_of(getpid(), &after), 0);
	assert_true(before.start == after.start);
}

static void a_process_that_is_gone_is_gone(void **state)
{
	struct aw_process_id id;
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_int_equal(aw_process_id_of(pid, &id), 0);
	assert_true(aw_process_id_lives(&id));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(aw_process_id_lives(&id));
	assert_int_equal(aw_process_id_of(pid, &id), -ESRCH);
	assert_false(aw_process_id_lives(&(struct aw_process_id){}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_living_process_is_known),
		cmocka_unit_test(the_same_number_with_another_start_is_another_process),
		cmocka_unit_test(a_name_with_brackets_and_spaces_hides_nothing),
		cmocka_unit_test(a_process_that_is_gone_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
