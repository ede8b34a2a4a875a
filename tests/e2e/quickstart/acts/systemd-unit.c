/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: plant a unit that starts at login
 * expect: create {HOME}/.config/systemd/user/sync.service
 */
#include "act.h"

int act(void)
{
	return act_open(ACT_HOME "/.config/systemd/user/sync.service", O_WRONLY | O_CREAT);
}
