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
};
