/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: connect without connect(): TCP fast open
 * expect: tcp 192.0.2.9:443
 */
#include "act.h"

int act(void)
{
	struct sockaddr_in to = act_address("192.0.2.9", "443");
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	return act_reached(
		(int)sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof(to)));
}
