/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: connect a UDP socket
 * expect: udp 203.0.113.5:514
 */
#include "act.h"

int act(void)
{
	return act_connect(SOCK_DGRAM, "203.0.113.5", "514");
}
