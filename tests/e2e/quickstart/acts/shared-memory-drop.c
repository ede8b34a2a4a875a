/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: leave a file in shared memory
 * expect: create /dev/shm/agentwatch-quickstart
 */
#include "act.h"

int act(void)
{
	return act_open("/dev/shm/agentwatch-quickstart", O_WRONLY | O_CREAT);
}
