/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses. Each hook, the act that it stops, and the operation that it is:
 *
 *   socket_connect   connect() to an IPv4 or IPv6 address           tcp, udp
 *   socket_sendmsg   a send that names an address: unconnected UDP,  tcp, udp
 *                    TCP fast open; any, where budgets count them
 *
 * Decided by the label of the task that calls, whoever made the socket. Unix sockets are decided
 * where the peer is known (unix.bpf.c); netlink is let through; every other family has no rules and
 * is denied with a reason of its own.
 */
#include "connection.bpf.h"
#include "guard.bpf.h"
#include "route.bpf.h"

/* What the socket of one of the agent's cgroups sends passes through packet.bpf.c as well. */
static __always_inline bool aw_is_own(const struct aw_hook_context *h, const struct sock *sk)
{
	__u64 cgroup = sk->sk_cgrp_data.cgroup->kn->id;
	__u32 *slot = bpf_map_lookup_elem(&aw_cgroups, &cgroup);

	return slot && *slot == h->label->agent;
}

/* A connection that was allowed, where it has budgets of its own to spend from. */
static __always_inline int aw_note_connection(struct aw_hook_context *h, struct sock *sk, __u32 op)
{
	struct aw_scratch *s = h->scratch;

	if (!s->connection.n)
		return 0;
	aw_connection_note(s, h->label, sk ? bpf_get_socket_cookie(sk) : 0);
	return s->fail_reason ? aw_conclude(s, h->agent, h->label, op) : 0;
}

/* sent: as many bytes by a send; else it is a connection. */
static __always_inline int aw_mediate_address(struct aw_hook_context *h,
					      const struct aw_sockaddr *to, struct socket *sock,
					      __u32 sent)
{
	bool is_send = h->scratch->hook == AW_HOOK_SOCKET_SENDMSG;
	struct aw_scratch *s = h->scratch;
	struct sock *sk = sock->sk;
	__u32 op = AW_OP_UDP;
	int err;

	if (sk)
		s->protocol = sk->sk_protocol;
	if (sock->type == SOCK_STREAM)
		op = AW_OP_TCP;
	s->sent = sent;
	if (!aw_address_take(s, to))
		s->fail_reason = AW_REASON_ADDRESS_FAMILY;
	else if (sk && s->protocol == IPPROTO_UDP && aw_is_own(h, sk))
		return aw_refusal(aw_decide_datagram(h));
	s->connects = !is_send || op == AW_OP_TCP;
	err = aw_decide_address(h, op);
	if (!err)
		err = aw_note_connection(h, sk, op);
	return aw_refusal(err);
}

SEC("lsm/socket_connect")
int BPF_PROG(aw_socket_connect, struct socket *sock, struct sockaddr *address, int length, int ret)
{
	struct aw_sockaddr to = {};
	struct aw_hook_context h;
	int err;

	if (ret)
		return ret;
	if (aw_task_unlabelled(bpf_get_current_task_btf()))
		return 0;
	bpf_probe_read_kernel(&to, sizeof(to), address);
	if (to.family == AF_UNIX || to.family == AF_NETLINK || to.family == AF_UNSPEC)
		return 0;
	if (!aw_enter(&h, AW_HOOK_SOCKET_CONNECT, AW_CLASS_NET, &err))
		return err;
	err = aw_mediate_address(&h, &to, sock, 0);
	aw_scratch_release(h.scratch);
	return err;
}

/* Source routing that a message asks for: an act of guard.socket. */
static __always_inline int aw_guard_control(struct sock *sk, struct msghdr *msg)
{
	unsigned short family = sk->__sk_common.skc_family;

	if ((family != AF_INET && family != AF_INET6) ||
	    !aw_control_routes((__u64)msg->msg_control, msg->msg_controllen))
		return 0;
	return aw_guard(AW_HOOK_SOCKET_SENDMSG, AW_GUARD_SOCKET_ROUTE, 0, EACCES_);
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(aw_socket_sendmsg, struct socket *sock, struct msghdr *msg, int size, int ret)
{
	struct aw_sockaddr to = {};
	struct aw_hook_context h;
	struct sock *sk;
	__u32 counts;
	int err;

	if (ret)
		return ret;
	sk = sock->sk;
	counts = *(volatile __u32 *)&aw_counts_connections;
	if (!sk || (!msg->msg_name && !msg->msg_controllen && !counts) ||
	    aw_task_unlabelled(bpf_get_current_task_btf()))
		return 0;
	if (msg->msg_controllen) {
		err = aw_guard_control(sk, msg);
		if (err)
			return err;
	}
	/* A datagram that names its address is none through the connection. */
	if (counts && (!msg->msg_name || sock->type == SOCK_STREAM)) {
		err = aw_connection_spend(sk, size, msg->msg_name);
		if (err)
			return err;
	}
	if (!msg->msg_name)
		return 0;
	/* A connected TCP socket ignores the name; only fast open uses it. */
	if (sk->sk_protocol == IPPROTO_TCP && !(msg->msg_flags & MSG_FASTOPEN))
		return 0;
	bpf_probe_read_kernel(&to, sizeof(to), msg->msg_name);
	if (to.family == AF_UNIX || to.family == AF_NETLINK)
		return 0;
	/* AF_UNSPEC in a UDP send over IPv4 means AF_INET. */
	if (to.family == AF_UNSPEC && sk->__sk_common.skc_family == AF_INET)
		to.family = AF_INET;
	if (!aw_enter(&h, AW_HOOK_SOCKET_SENDMSG, AW_CLASS_NET, &err))
		return err;
	err = aw_mediate_address(&h, &to, sock, size);
	aw_scratch_release(h.scratch);
	return err;
}
