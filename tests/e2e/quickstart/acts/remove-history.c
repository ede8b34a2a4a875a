/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: remove the history of the shell
 * expect: delete {HOME}/.bash_history
 */
#include "act.h"

int act(void)
{
	return act_result(unlink(ACT_HOME "/.bash_history"));
}
