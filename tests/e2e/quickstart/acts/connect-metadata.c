/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: connect to the metadata service of a cloud
 * expect: tcp 169.254.169.254:80
 */
#include "act.h"

int act(void)
{
	return act_connect(SOCK_STREAM, "169.254.169.254", "80");
}
