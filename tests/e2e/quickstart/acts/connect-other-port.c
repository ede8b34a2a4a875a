/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: connect to another port of an allowed host
 * expect: tcp 127.0.0.1:{PORT}
 */
#include "act.h"

int act(void)
{
	return act_connect(SOCK_STREAM, "127.0.0.1", ACT_PORT_TEXT);
}
