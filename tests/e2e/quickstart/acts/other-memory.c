/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: open the memory of a process outside
 * expect: guard guard:proc
 */
#include "act.h"

int act(void)
{
	return act_open("/proc/" ACT_SERVER "/mem", O_WRONLY);
}
