/* SPDX-License-Identifier: Apache-2.0 */
/* What `apply` refuses before it looks for an agent; the rest is tested in guests. */
#include "cli/cli_fixture.h"

static void it_takes_one_agent_and_something_to_change(void **state)
{
	cli_check(CLI("apply"), 2, "which agent?");
	cli_check(CLI("apply", "a", "b", "--mode", "audit"), 2, "it takes one agent");
	cli_check(CLI("apply", "a"), 2, "nothing to change");
	cli_check(CLI("apply", "a", "--mode", "audit", "--var", "A=b"), 2, "without --policy");
}

static void modes_and_classes_have_names(void **state)
{
	cli_check(CLI("apply", "a", "--mode", "loud"), 2, "modes: observe audit enforce");
	cli_check(CLI("apply", "a", "--mode", "file="), 2, "there is no such mode");
	cli_check(CLI("apply", "a", "--mode", "disk=audit"), 2,
		  "classes: file exec net unix guard");
	cli_check(CLI("apply", "a", "--mode", "=audit"), 2, "there is no such class");
	cli_check(CLI("apply", "a", "--mode", "fil=audit"), 2, "there is no such class");
}

static void an_agent_that_is_not_there_is_not_changed(void **state)
{
	cli_check(CLI("apply", "no such agent", "--mode", "file=audit"), 1,
		  "there is no agent \"no such agent\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_takes_one_agent_and_something_to_change),
		cmocka_unit_test(modes_and_classes_have_names),
		cmocka_unit_test(an_agent_that_is_not_there_is_not_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
