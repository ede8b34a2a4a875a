/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: send a datagram to a socket with a path
 * expect: unix {STAGE}/run/log
 */
#include "act.h"

int act(void)
{
	return act_unix(SOCK_DGRAM, ACT_STAGE "/run/log");
}
