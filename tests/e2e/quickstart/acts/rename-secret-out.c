/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: move a secret out of its folder
 * expect: rename {HOME}/.pgpass
 */
#include "act.h"

int act(void)
{
	return act_result(rename(ACT_HOME "/.pgpass", ACT_WORK "/notes2.txt"));
}
