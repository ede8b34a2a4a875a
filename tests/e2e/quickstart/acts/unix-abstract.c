/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: talk to an abstract socket
 * expect: unix @agentwatch-quickstart
 */
#include "act.h"

int act(void)
{
	return act_unix(SOCK_STREAM, "@agentwatch-quickstart");
}
