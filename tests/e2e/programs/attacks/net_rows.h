/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows 14 to 18: other ways to say an address, other calls that reach it, and a socket that
 * somebody else made. attacks serve listens on PORT_DENIED of every address.
 */
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "outside.h"

#define PORT_FREE  7500 /* nobody is there; for datagrams that is good enough */
#define LINK_LOCAL "fe80::7"
#define METADATA   "169.254.169.254"
#define SEVERAL	   2

union endpoint {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t endpoint(const char *host, uint16_t port, union endpoint *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons(port);
		return sizeof(ret->v4);
	}
	inet_pton(AF_INET6, host, &ret->v6.sin6_addr);
	ret->v6.sin6_family = AF_INET6;
	ret->v6.sin6_port = htons(port);
	return sizeof(ret->v6);
}

static int reach_port(const char *host, uint16_t port)
{
	union endpoint to;
	socklen_t length = endpoint(host, port, &to);
	int fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!strcmp(host, LINK_LOCAL))
		to.v6.sin6_scope_id = if_nametoindex("lo");
	return fd < 0 ? -errno : done(connect(fd, &to.any, length));
}

static int reach(const char *host)
{
	return reach_port(host, PORT_DENIED);
}

static int act_mapped(const struct scene *s)
{
	return reach("::ffff:127.0.0.1");
}

static int act_zero(const struct scene *s)
{
	return reach("0.0.0.0");
}

static int act_zero_v6(const struct scene *s)
{
	return reach("::");
}

static int act_scoped(const struct scene *s)
{
	return reach(LINK_LOCAL);
}

/* The policy lets it have that port of every address, and does not name this one. */
static int act_metadata(const struct scene *s)
{
	return reach_port(METADATA, PORT_WIDE);
}

static int act_metadata_mapped(const struct scene *s)
{
	return reach_port("::ffff:" METADATA, PORT_WIDE);
}

/* 127.0.0.1 as one number, which the C library takes for an address. */
static int act_decimal(const struct scene *s)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT_DENIED)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!inet_aton("2130706433", &to.sin_addr))
		return -STATUS_LOST;
	return fd < 0 ? -errno : done(connect(fd, (void *)&to, sizeof(to)));
}

static int act_datagram(const struct scene *s)
{
	union endpoint to;
	socklen_t length = endpoint("127.0.0.1", PORT_DENIED, &to);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : done(sendto(fd, "x", 1, 0, &to.any, length));
}

/* The second of two at once. */
static int act_datagrams(const struct scene *s)
{
	struct iovec data = {(char *)"x", 1};
	struct mmsghdr messages[SEVERAL];
	union endpoint to[SEVERAL];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), n;

	memset(messages, 0, sizeof(messages));
	for (int i = 0; i < SEVERAL; i++) {
		messages[i].msg_hdr.msg_namelen =
			endpoint("127.0.0.1", i ? PORT_DENIED : PORT_FREE, &to[i]);
		messages[i].msg_hdr.msg_name = &to[i];
		messages[i].msg_hdr.msg_iov = &data;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	n = sendmmsg(fd, messages, SEVERAL, 0);
	/* The error of what was not sent is for the next call. */
	return n == SEVERAL ? 0 : n == 1 ? -EACCES : -STATUS_LOST;
}

/* A datagram socket that is connected to where it may. */
static int connected(void)
{
	union endpoint to;
	socklen_t length = endpoint("127.0.0.1", PORT_FREE, &to);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 || connect(fd, &to.any, length) < 0 ? -errno : fd;
}

static int act_reconnect(const struct scene *s)
{
	union endpoint to;
	socklen_t length = endpoint("127.0.0.1", PORT_DENIED, &to);
	int fd = connected();

	return fd < 0 ? fd : done(connect(fd, &to.any, length));
}

static int act_disconnect(const struct scene *s)
{
	union endpoint to;
	socklen_t length = endpoint("127.0.0.1", PORT_DENIED, &to);
	const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	int fd = connected();

	if (fd < 0 || connect(fd, &nobody, sizeof(nobody)) < 0)
		return -errno;
	return done(sendto(fd, "x", 1, 0, &to.any, length));
}

/* Of IPv4, a family that is none. */
static int act_unspecified(const struct scene *s)
{
	union endpoint to;
	socklen_t length = endpoint("127.0.0.1", PORT_DENIED, &to);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	to.any.sa_family = AF_UNSPEC;
	return fd < 0 ? -errno : done(sendto(fd, "x", 1, 0, &to.any, length));
}

static int act_fast(const struct scene *s)
{
	union endpoint to;
	socklen_t length = endpoint("127.0.0.1", PORT_DENIED, &to);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : done(sendto(fd, "x", 1, MSG_FASTOPEN, &to.any, length));
}

/* Fast open that a connect() puts off until the first write. */
static int act_fast_later(const struct scene *s)
{
	union endpoint to;
	socklen_t length = endpoint("127.0.0.1", PORT_DENIED, &to);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on)) < 0)
		return -errno;
	return connect(fd, &to.any, length) < 0 ? -errno : done(write(fd, "x", 1));
}

/* The process outside made it. */
static int act_handed(const struct scene *s)
{
	union endpoint to;
	socklen_t length = endpoint("127.0.0.1", PORT_DENIED, &to);
	int fd = ask_for_socket();

	return fd < 0 ? fd : done(connect(fd, &to.any, length));
}

#define DENIED(op, host) EACCES, op, host ":7400", "net.denied"

static const struct attack net_attacks[] = {
	{"14-mapped", "IPv4 as IPv6", act_mapped, NULL, BOTH, DENIED("tcp", "127.0.0.1")},
	{"14-zero", "0.0.0.0 for this host", act_zero, NULL, BOTH, DENIED("tcp", "0.0.0.0")},
	{"14-zero6", ":: for this host", act_zero_v6, NULL, BOTH, DENIED("tcp", "::")},
	{"14-scoped", "an address of the link", act_scoped, NULL, BOTH, DENIED("tcp", LINK_LOCAL)},
	{"14-decimal", "an address as one number", act_decimal, NULL, BOTH,
	 DENIED("tcp", "127.0.0.1")},
	{"14-metadata", "the metadata of a cloud, in a range that a rule allows", act_metadata,
	 NULL, BOTH, EACCES, "tcp", METADATA ":7401", "none"},
	{"14-metadata-mapped", "the same as IPv6", act_metadata_mapped, NULL, BOTH, EACCES, "tcp",
	 METADATA ":7401", "none"},
	{"15-datagram", "a datagram without a connection", act_datagram, NULL, BOTH,
	 DENIED("udp", "127.0.0.1")},
	{"15-datagrams", "the second of several in one call", act_datagrams, NULL, BOTH,
	 DENIED("udp", "127.0.0.1")},
	{"15-reconnect", "connecting anew", act_reconnect, NULL, BOTH, DENIED("udp", "127.0.0.1")},
	{"15-disconnect", "disconnecting, and a datagram", act_disconnect, NULL, BOTH,
	 DENIED("udp", "127.0.0.1")},
	{"15-unspecified", "a datagram to a family that is none", act_unspecified, NULL, BOTH,
	 DENIED("udp", "127.0.0.1")},
	{"16-fast-open", "TCP fast open", act_fast, NULL, BOTH, DENIED("tcp", "127.0.0.1")},
	{"16-fast-open-later", "fast open, put off by connect()", act_fast_later, NULL, BOTH,
	 DENIED("tcp", "127.0.0.1")},
	{"18-handed", "a socket that was made outside", act_handed, NULL, BOTH,
	 DENIED("tcp", "127.0.0.1")},
};
