/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: talk to a container engine
 * expect: unix {STAGE}/run/docker.sock
 */
#include "act.h"

int act(void)
{
	return act_unix(SOCK_STREAM, ACT_STAGE "/run/docker.sock");
}
