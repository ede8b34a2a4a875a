/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: read the environment of a process outside
 * expect: read /proc/{SERVER}/environ
 */
#include "act.h"

int act(void)
{
	return act_open("/proc/" ACT_SERVER "/environ", O_RDONLY);
}
