/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that no rule can judge. tests/guards.sh loads what the kernel has them in modules for. */
#pragma once

#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "row.h"

#define AF_XDP_	    44
#define SOCK_DCCP_  6
#define PROTO_DCCP  33
#define PROTO_MPTCP 262

static int make_socket(int family, int type, int protocol)
{
	return opened(socket(family, type | SOCK_CLOEXEC, protocol));
}

#define ACT(name, family, type, protocol)                   \
	static int act_##name(const struct scene *s)        \
	{                                                   \
		return make_socket(family, type, protocol); \
	}

ACT(ping, AF_INET, SOCK_DGRAM, IPPROTO_ICMP)
ACT(ping6, AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6)
ACT(mptcp, AF_INET, SOCK_STREAM, PROTO_MPTCP)
ACT(sctp, AF_INET, SOCK_STREAM, IPPROTO_SCTP)
ACT(sctp_packets, AF_INET6, SOCK_SEQPACKET, 0)
ACT(dccp, AF_INET, SOCK_DCCP_, PROTO_DCCP)
ACT(udp_lite, AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE)
ACT(raw, AF_INET, SOCK_RAW, IPPROTO_UDP)
ACT(raw6, AF_INET6, SOCK_RAW, IPPROTO_RAW)
ACT(packet, AF_PACKET, SOCK_RAW, 0)
ACT(netlink, AF_NETLINK, SOCK_RAW, NETLINK_GENERIC)
ACT(vsock, AF_VSOCK, SOCK_STREAM, 0)
ACT(alg, AF_ALG, SOCK_SEQPACKET, 0)
ACT(xdp, AF_XDP_, SOCK_RAW, 0)
ACT(can, AF_CAN, SOCK_RAW, 1)
ACT(tipc, AF_TIPC, SOCK_RDM, 0)
#undef ACT

static int act_tipc_pair(const struct scene *s)
{
	int pair[2], err = done(socketpair(AF_TIPC, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));

	if (!err) {
		close(pair[0]);
		close(pair[1]);
	}
	return err;
}

/* By way of 127.0.0.1: a loose source route, padded. */
static const unsigned char route4[] = {131, 7, 4, 127, 0, 0, 1, 0};

/* By way of ::1, type 2, which needs no right. */
static const unsigned char route6[] = {0, 2, 2, 1, [23] = 1};

static int set_route(int family, int level, int name, const void *route, socklen_t size)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -STATUS_LOST;
	err = done(setsockopt(fd, level, name, route, size));
	close(fd);
	return err;
}

/* A message that asks for the route itself, behind a part that asks for nothing special. */
struct routed {
	char control[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(route6))];
	struct iovec data;
	struct msghdr message;
};

static void make_routed(struct routed *ret, const struct sockaddr *to, socklen_t length, int level,
			int type, const void *route, size_t size)
{
	int lifetime = 9;
	struct cmsghdr *part;

	*ret = (struct routed){
		.data = {(char *)"x", 1},
		.message = {.msg_name = (void *)to,
			    .msg_namelen = length,
			    .msg_iov = &ret->data,
			    .msg_iovlen = 1,
			    .msg_control = ret->control,
			    .msg_controllen = CMSG_SPACE(sizeof(lifetime)) + CMSG_SPACE(size)}};
	part = CMSG_FIRSTHDR(&ret->message);
	part->cmsg_level = level;
	part->cmsg_type = level == IPPROTO_IP ? IP_TTL : IPV6_HOPLIMIT;
	part->cmsg_len = CMSG_LEN(sizeof(lifetime));
	memcpy(CMSG_DATA(part), &lifetime, sizeof(lifetime));
	part = CMSG_NXTHDR(&ret->message, part);
	part->cmsg_level = level;
	part->cmsg_type = type;
	part->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(part), route, size);
}

static int send_routed(const struct routed *routed)
{
	int fd = socket(((struct sockaddr *)routed->message.msg_name)->sa_family,
			SOCK_DGRAM | SOCK_CLOEXEC, 0),
	    err;

	if (fd < 0)
		return -STATUS_LOST;
	err = done(sendmsg(fd, &routed->message, 0));
	close(fd);
	return err;
}

/* Second of a batch to one address: of that the kernel asks no LSM. */
static int send_routed_second(const struct routed *routed)
{
	struct mmsghdr messages[2] = {{.msg_hdr = routed->message}, {.msg_hdr = routed->message}};
	int fd = socket(((struct sockaddr *)routed->message.msg_name)->sa_family,
			SOCK_DGRAM | SOCK_CLOEXEC, 0),
	    n;

	if (fd < 0)
		return -STATUS_LOST;
	messages[0].msg_hdr.msg_control = NULL;
	messages[0].msg_hdr.msg_controllen = 0;
	n = sendmmsg(fd, messages, 2, 0);
	close(fd);
	/* The error of what was not sent is for the next call. */
	return n == 2 ? 0 : n == 1 ? -EPERM : -STATUS_LOST;
}

static int act_route(const struct scene *s)
{
	return set_route(AF_INET, IPPROTO_IP, IP_OPTIONS, route4, sizeof(route4));
}

static int act_route6(const struct scene *s)
{
	return set_route(AF_INET6, IPPROTO_IPV6, IPV6_RTHDR, route6, sizeof(route6));
}

static void routed4(struct routed *ret)
{
	static const struct sockaddr_in to = {.sin_family = AF_INET,
					      .sin_port = __builtin_bswap16(9),
					      .sin_addr.s_addr =
						      __builtin_bswap32(INADDR_LOOPBACK)};

	make_routed(ret, (const void *)&to, sizeof(to), IPPROTO_IP, IP_RETOPTS, route4,
		    sizeof(route4));
}

static void routed6(struct routed *ret)
{
	static const struct sockaddr_in6 to = {.sin6_family = AF_INET6,
					       .sin6_port = __builtin_bswap16(9),
					       .sin6_addr = IN6ADDR_LOOPBACK_INIT};

	make_routed(ret, (const void *)&to, sizeof(to), IPPROTO_IPV6, IPV6_RTHDR, route6,
		    sizeof(route6));
}

static int act_send_route(const struct scene *s)
{
	struct routed routed;

	routed4(&routed);
	return send_routed(&routed);
}

static int act_send_route6(const struct scene *s)
{
	struct routed routed;

	routed6(&routed);
	return send_routed(&routed);
}

static int act_send_route_second(const struct scene *s)
{
	struct routed routed;

	routed4(&routed);
	return send_routed_second(&routed);
}

static int act_send_route6_second(const struct scene *s)
{
	struct routed routed;

	routed6(&routed);
	return send_routed_second(&routed);
}

#define ROUTE(hook)  "aw_" hook, hook, "guard:socket/route", EACCES
#define ROUTED	     "aw_cgroup_egress", "cgroup_egress", "guard:socket/route", EPERM
#define SOCKET(name) "aw_socket_create", "socket_create", "guard:socket/" name, EACCES

static const struct row socket_rows[] = {
	{"16-ping", "a socket of ping", SOCKET("icmp"), act_ping},
	{"16-ping6", "a socket of ping, over IPv6", SOCKET("icmp"), act_ping6},
	{"16-mptcp", "multipath TCP", SOCKET("mptcp"), act_mptcp},
	{"16-sctp", "SCTP", SOCKET("sctp"), act_sctp},
	{"16-sctp-packets", "SCTP, by its type", SOCKET("sctp"), act_sctp_packets},
	{"16-dccp", "DCCP", SOCKET("dccp"), act_dccp},
	{"16-udp-lite", "UDP-Lite", SOCKET("udp-lite"), act_udp_lite},
	{"17-raw", "a raw socket", SOCKET("raw"), act_raw, ROOT_ONLY},
	{"17-raw6", "a raw socket over IPv6", SOCKET("raw"), act_raw6, ROOT_ONLY},
	{"17-packet", "a packet socket", SOCKET("packet"), act_packet, ROOT_ONLY},
	{"17-netlink", "netlink of a protocol of its own", SOCKET("netlink"), act_netlink},
	{"17-vsock", "a socket to the host of a virtual machine", SOCKET("vsock"), act_vsock},
	{"17-alg", "the kernel's ciphers", SOCKET("alg"), act_alg},
	{"17-xdp", "packets past the network stack", SOCKET("xdp"), act_xdp, ROOT_ONLY},
	{"17-can", "CAN", SOCKET("can"), act_can},
	{"17-tipc", "TIPC", SOCKET("tipc"), act_tipc},
	{"17-tipc-pair", "a pair of TIPC sockets", SOCKET("tipc"), act_tipc_pair},
	{"38-route", "source routing", ROUTE("socket_setsockopt"), act_route},
	{"38-route6", "a routing header", ROUTE("socket_setsockopt"), act_route6},
	{"38-send-route", "source routing with a datagram", ROUTE("socket_sendmsg"),
	 act_send_route},
	{"38-send-route6", "a routing header with a datagram", ROUTE("socket_sendmsg"),
	 act_send_route6},
	{"38-send-route-second", "source routing with the second of a batch", ROUTED,
	 act_send_route_second, ROOT_ONLY},
	{"38-send-route6-second", "a routing header with the second of a batch", ROUTED,
	 act_send_route6_second},
};
