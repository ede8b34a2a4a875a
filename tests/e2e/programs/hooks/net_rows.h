/* SPDX-License-Identifier: Apache-2.0 */
/* Acts on addresses. An object is "ADDRESS:PORT"; the port tells the sides apart. */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "row.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* "127.0.0.1:80", "::1:80" (the port is what follows the last colon). Returns its length. */
static socklen_t parse_address(const char *text, bool mapped, union address *ret)
{
	const char *port = strrchr(text, ':') + 1;
	char host[64];

	memset(ret, 0, sizeof(*ret));
	snprintf(host, sizeof(host), "%s%.*s", mapped ? "::ffff:" : "", (int)(port - text - 1),
		 text);
	if (inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons((uint16_t)atoi(port));
		return sizeof(ret->v4);
	}
	memset(ret, 0, sizeof(*ret));
	inet_pton(AF_INET6, host, &ret->v6.sin6_addr);
	ret->v6.sin6_family = AF_INET6;
	ret->v6.sin6_port = htons((uint16_t)atoi(port));
	return sizeof(ret->v6);
}

static int connect_to(const char *object, int type, bool mapped)
{
	union address address;
	socklen_t length = parse_address(object, mapped, &address);
	int fd = socket(address.any.sa_family, type | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = done(connect(fd, &address.any, length));
	close(fd);
	return err;
}

static int act_connect_tcp(const struct scene *scene, const char *object)
{
	return connect_to(object, SOCK_STREAM, false);
}

static int act_connect_mapped(const struct scene *scene, const char *object)
{
	return connect_to(object, SOCK_STREAM, true);
}

static int act_connect_udp(const struct scene *scene, const char *object)
{
	return connect_to(object, SOCK_DGRAM, false);
}

static int act_sendto_udp(const struct scene *scene, const char *object)
{
	union address address;
	socklen_t length = parse_address(object, false, &address);
	int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = sendto(fd, "x", 1, 0, &address.any, length) == 1 ? 0 : -errno;
	close(fd);
	return err;
}

static int act_sendmmsg_udp(const struct scene *scene, const char *object)
{
	union address address;
	socklen_t length = parse_address(object, false, &address);
	int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;
	struct iovec data = {.iov_base = (char *)"x", .iov_len = 1};
	struct mmsghdr message = {.msg_hdr = {.msg_name = &address,
					      .msg_namelen = length,
					      .msg_iov = &data,
					      .msg_iovlen = 1}};

	if (fd < 0)
		return -errno;
	err = sendmmsg(fd, &message, 1, 0) == 1 ? 0 : -errno;
	close(fd);
	return err;
}

/* A send to somebody else on a socket that is connected to one that it may have. */
static int act_sendto_connected(const struct scene *scene, const char *object)
{
	union address address, first;
	socklen_t length = parse_address(object, false, &address);
	int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	parse_address("127.0.0.1:7000", false, &first);
	err = done(connect(fd, &first.any, length));
	if (!err)
		err = sendto(fd, "x", 1, 0, &address.any, length) == 1 ? 0 : -errno;
	close(fd);
	return err;
}

static int act_fast_open(const struct scene *scene, const char *object)
{
	union address address;
	socklen_t length = parse_address(object, false, &address);
	int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = sendto(fd, "x", 1, MSG_FASTOPEN, &address.any, length) == 1 ? 0 : -errno;
	close(fd);
	return err;
}

static int act_bind(const char *object, int type, bool listens)
{
	union address address;
	socklen_t length = parse_address(object, false, &address);
	int fd = socket(address.any.sa_family, type | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = done(bind(fd, &address.any, length));
	if (!err && listens)
		err = done(listen(fd, 1));
	close(fd);
	return err;
}

static int act_bind_tcp(const struct scene *scene, const char *object)
{
	return act_bind(object, SOCK_STREAM, false);
}

static int act_bind_udp(const struct scene *scene, const char *object)
{
	return act_bind(object, SOCK_DGRAM, false);
}

static int act_listen(const struct scene *scene, const char *object)
{
	return act_bind(object, SOCK_STREAM, true);
}

#define CONNECT	   "aw_socket_connect", "socket_connect"
#define SENDMSG	   "aw_socket_sendmsg", "socket_sendmsg"
#define BIND	   "aw_socket_bind", "socket_bind"
#define LISTEN	   "aw_socket_listen", "socket_listen"
#define LOOPBACK_4 "127.0.0.1:"
#define LOOPBACK_6 "::1:"
/* Where the policy lets all ports be taken, for those that are then listened on. */
#define TAKEN_4 "127.0.0.2:"
#define TAKEN_6 "::1:"

static const struct row net_rows[] = {
	{"connecting over TCP and IPv4", CONNECT, "tcp", "", LOOPBACK_4, NEEDS_TCP,
	 act_connect_tcp},
	{"connecting over TCP and IPv6", CONNECT, "tcp", "", LOOPBACK_6, NEEDS_TCP,
	 act_connect_tcp},
	{"connecting to IPv4 by way of IPv6", CONNECT, "tcp", "", LOOPBACK_4, NEEDS_TCP,
	 act_connect_mapped},
	{"connecting over UDP and IPv4", CONNECT, "udp", "", LOOPBACK_4, NEEDS_NOTHING,
	 act_connect_udp},
	{"connecting over UDP and IPv6", CONNECT, "udp", "", LOOPBACK_6, NEEDS_NOTHING,
	 act_connect_udp},
	{"sending over UDP and IPv4", SENDMSG, "udp", "", LOOPBACK_4, NEEDS_NOTHING,
	 act_sendto_udp},
	{"sending over UDP and IPv6", SENDMSG, "udp", "", LOOPBACK_6, NEEDS_NOTHING,
	 act_sendto_udp},
	{"sending several at once over UDP", SENDMSG, "udp", "", LOOPBACK_4, NEEDS_NOTHING,
	 act_sendmmsg_udp},
	{"sending to another one on a connected UDP socket", SENDMSG, "udp", "", LOOPBACK_4,
	 NEEDS_NOTHING, act_sendto_connected},
	{"opening TCP fast", SENDMSG, "tcp", "", LOOPBACK_4, NEEDS_TCP, act_fast_open},
	{"taking a port of TCP", BIND, "bind", "", LOOPBACK_4, NEEDS_NOTHING, act_bind_tcp},
	{"taking a port of UDP", BIND, "bind", "", LOOPBACK_4, NEEDS_NOTHING, act_bind_udp},
	{"listening over IPv4", LISTEN, "listen", "", TAKEN_4, NEEDS_NOTHING, act_listen},
	{"listening over IPv6", LISTEN, "listen", "", TAKEN_6, NEEDS_NOTHING, act_listen},
};
