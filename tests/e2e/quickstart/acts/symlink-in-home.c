/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: make a start-up file a symbolic link
 * expect: create {HOME}/.bash_profile
 */
#include "act.h"

int act(void)
{
	return act_result(symlink("/tmp/x", ACT_HOME "/.bash_profile"));
}
