/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: go round by /proc/self/root
 * expect: read {HOME}/.docker/config.json
 */
#include "act.h"

int act(void)
{
	return act_open("/proc/self/root" ACT_HOME "/.docker/config.json", O_RDONLY);
}
