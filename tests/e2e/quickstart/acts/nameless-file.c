/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: make a file without a name in the home folder
 * expect: write|create {HOME}/.local/#*
 */
#include "act.h"

int act(void)
{
	return act_open(ACT_HOME "/.local", O_TMPFILE | O_WRONLY);
}
