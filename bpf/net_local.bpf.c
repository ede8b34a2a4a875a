/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses of this host. Each hook, the act that it stops, and the operation that it is:
 *
 *   socket_bind     taking an address and a port              bind
 *   socket_listen   taking connections there, for TCP         listen
 *
 * Port 0 is any that is free. A send or a connection takes one by itself, without a hook, so that
 * binding to it is no operation; listening there is, by the port that it became. Unix sockets make
 * a file (file.bpf.c) or have an abstract name; netlink has no ports to take.
 */
#include "address.bpf.h"

static __always_inline int aw_mediate_local(__u32 hook, __u32 op, const struct aw_sockaddr *at,
					    struct sock *sk)
{
	struct aw_hook_context h;
	int err;

	if (!aw_enter(&h, hook, AW_CLASS_NET, &err))
		return err;
	h.scratch->protocol = sk->sk_protocol;
	if (!aw_address_take(h.scratch, at))
		h.scratch->fail_reason = AW_REASON_ADDRESS_FAMILY;
	err = aw_decide_local(&h, op) ? -EACCES_ : 0;
	aw_scratch_release(h.scratch);
	return err;
}

SEC("lsm/socket_bind")
int BPF_PROG(aw_socket_bind, struct socket *sock, struct sockaddr *address, int length, int ret)
{
	struct aw_sockaddr at = {};
	struct sock *sk = sock->sk;

	if (ret || !sk || aw_task_unlabelled(bpf_get_current_task_btf()))
		return ret;
	bpf_probe_read_kernel(&at, sizeof(at), address);
	if (at.family == AF_UNIX || at.family == AF_NETLINK)
		return 0;
	/* The kernel takes it for AF_INET. */
	if (at.family == AF_UNSPEC && sk->__sk_common.skc_family == AF_INET)
		at.family = AF_INET;
	if (!at.port && (at.family == AF_INET || at.family == AF_INET6))
		return 0;
	return aw_mediate_local(AW_HOOK_SOCKET_BIND, AW_OP_BIND, &at, sk);
}

SEC("lsm/socket_listen")
int BPF_PROG(aw_socket_listen, struct socket *sock, int backlog, int ret)
{
	struct aw_sockaddr at = {};
	struct sock *sk = sock->sk;

	if (ret || !sk || aw_task_unlabelled(bpf_get_current_task_btf()))
		return ret;
	at.family = sk->__sk_common.skc_family;
	if (at.family == AF_UNIX)
		return 0;
	at.port = __builtin_bswap16(sk->__sk_common.skc_num);
	at.address4 = sk->__sk_common.skc_rcv_saddr;
	if (at.family == AF_INET6)
		bpf_probe_read_kernel(at.address6, sizeof(at.address6),
				      &sk->__sk_common.skc_v6_rcv_saddr);
	return aw_mediate_local(AW_HOOK_SOCKET_LISTEN, AW_OP_LISTEN, &at, sk);
}
