/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: connect to an address that nobody listed
 * expect: tcp 192.0.2.7:443
 */
#include "act.h"

int act(void)
{
	return act_connect(SOCK_STREAM, "192.0.2.7", "443");
}
