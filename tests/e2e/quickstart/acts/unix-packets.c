/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: talk to a socket of packets
 * expect: unix {STAGE}/run/packets
 */
#include "act.h"

int act(void)
{
	return act_unix(SOCK_SEQPACKET, ACT_STAGE "/run/packets");
}
