/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: send a packet to an address that nobody listed
 * expect: udp 198.51.100.9:53
 */
#include "act.h"

int act(void)
{
	struct sockaddr_in to = act_address("198.51.100.9", "53");
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	return act_reached((int)sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)));
}
