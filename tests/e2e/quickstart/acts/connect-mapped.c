/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: connect to an IPv4 address written as IPv6
 * expect: tcp 192.0.2.8:8080
 */
#include "act.h"

int act(void)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(8080)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	inet_pton(AF_INET6, "::ffff:192.0.2.8", &to.sin6_addr);
	return act_reached(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}
