/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: exchange a secret with a file of the workspace
 * expect: rename {HOME}/.my.cnf
 */
#include "act.h"

int act(void)
{
	return act_result(renameat2(AT_FDCWD, ACT_HOME "/.my.cnf", AT_FDCWD, ACT_WORK "/todo.txt",
				    RENAME_EXCHANGE));
}
