/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: make a hard link to a secret
 * expect: link {HOME}/.netrc
 */
#include "act.h"

int act(void)
{
	return act_result(link(ACT_HOME "/.netrc", ACT_WORK "/notes.txt"));
}
