/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: make a folder in the home folder
 * expect: create {HOME}/.local/share/new
 */
#include "act.h"

int act(void)
{
	return act_result(mkdir(ACT_HOME "/.local/share/new", 0700));
}
