/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: open the folder of keys to everybody
 * expect: attr {HOME}/.ssh
 */
#include "act.h"

int act(void)
{
	return act_result(chmod(ACT_HOME "/.ssh", 0777));
}
