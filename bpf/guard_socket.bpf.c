/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets that no rule can judge, each an act (policy/guard.c has the rules):
 *
 *   socket_create       socket(), socketpair() and io_uring's            EACCES
 *   socket_setsockopt   source routing; with a message, see net.bpf.c   EACCES
 *
 * Let through are TCP and UDP over IPv4 and IPv6, which rules are about, unix sockets, and netlink
 * where it tells of the host: what programs ask for all day, and what needs a capability besides.
 */
#include "guard.bpf.h"
#include "route.bpf.h"

#define NETLINK_ROUTE	       0
#define NETLINK_SOCK_DIAG      4
#define NETLINK_AUDIT	       9
#define NETLINK_KOBJECT_UEVENT 15
#define NETLINK_ASKED                                                          \
	(1u << NETLINK_ROUTE | 1u << NETLINK_SOCK_DIAG | 1u << NETLINK_AUDIT | \
	 1u << NETLINK_KOBJECT_UEVENT)

#define SOCK_SEQPACKET 5
#define SOCK_DCCP      6

/* AW_GUARD_ACTS: rules are about it. */
static __always_inline __u32 aw_guard_of_inet(int type, int protocol)
{
	if (type == SOCK_STREAM && (!protocol || protocol == IPPROTO_TCP))
		return AW_GUARD_ACTS;
	if (type == SOCK_DGRAM && (!protocol || protocol == IPPROTO_UDP))
		return AW_GUARD_ACTS;
	if (type == SOCK_RAW)
		return AW_GUARD_SOCKET_RAW;
	if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6)
		return AW_GUARD_SOCKET_ICMP;
	if (protocol == IPPROTO_MPTCP)
		return AW_GUARD_SOCKET_MPTCP;
	if (protocol == IPPROTO_SCTP || type == SOCK_SEQPACKET)
		return AW_GUARD_SOCKET_SCTP;
	if (protocol == IPPROTO_DCCP || type == SOCK_DCCP)
		return AW_GUARD_SOCKET_DCCP;
	if (protocol == IPPROTO_UDPLITE)
		return AW_GUARD_SOCKET_UDP_LITE;
	return AW_GUARD_SOCKET_OTHER;
}

static __always_inline __u32 aw_guard_of_family(int family)
{
	switch (family) {
	case AF_PACKET:
		return AW_GUARD_SOCKET_PACKET;
	case AF_VSOCK:
		return AW_GUARD_SOCKET_VSOCK;
	case AF_ALG:
		return AW_GUARD_SOCKET_ALG;
	case AF_XDP:
		return AW_GUARD_SOCKET_XDP;
	case AF_RXRPC:
		return AW_GUARD_SOCKET_RXRPC;
	case AF_BLUETOOTH:
		return AW_GUARD_SOCKET_BLUETOOTH;
	case AF_CAN:
		return AW_GUARD_SOCKET_CAN;
	case AF_TIPC:
		return AW_GUARD_SOCKET_TIPC;
	case AF_SMC:
		return AW_GUARD_SOCKET_SMC;
	default:
		return AW_GUARD_SOCKET_OTHER;
	}
}

static __always_inline __u32 aw_guard_of_socket(int family, int type, int protocol)
{
	if (family == AF_UNIX)
		return AW_GUARD_ACTS;
	if (family == AF_INET || family == AF_INET6)
		return aw_guard_of_inet(type, protocol);
	if (family != AF_NETLINK)
		return aw_guard_of_family(family);
	if (protocol >= 0 && protocol < 32 && NETLINK_ASKED >> protocol & 1)
		return AW_GUARD_ACTS;
	return AW_GUARD_SOCKET_NETLINK;
}

SEC("lsm/socket_create")
int BPF_PROG(aw_socket_create, int family, int type, int protocol, int is_kernels, int ret)
{
	__u32 act = aw_guard_of_socket(family, type, protocol);

	if (ret || is_kernels || act == AW_GUARD_ACTS)
		return ret;
	return aw_guard(AW_HOOK_SOCKET_CREATE, act, 0, EACCES_);
}

SEC("lsm/socket_setsockopt")
int BPF_PROG(aw_socket_setsockopt, struct socket *sock, int level, int name, int ret)
{
	if (ret || !aw_option_routes(level, name))
		return ret;
	return aw_guard(AW_HOOK_SOCKET_SETSOCKOPT, AW_GUARD_SOCKET_ROUTE, 0, EACCES_);
}
