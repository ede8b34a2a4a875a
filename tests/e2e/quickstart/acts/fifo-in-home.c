/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: make a pipe in the home folder
 * expect: create {HOME}/.cache/pipe
 */
#include "act.h"

int act(void)
{
	return act_result(mkfifo(ACT_HOME "/.cache/pipe", 0600));
}
