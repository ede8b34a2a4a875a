/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses, where neither LSM nor fmod_ret programs may load. Each program, the act that it stops,
 * and the operation that it is:
 *
 *   cgroup/connect4, connect6   connect(), TCP fast open   tcp, udp   EACCES, EAGAIN
 *   cgroup/sendmsg4, sendmsg6   an unconnected UDP send    udp        EACCES, EAGAIN
 *   cgroup/bind4, bind6         taking a port              bind       EACCES
 *
 * They run for sockets that were made in the cgroup that they are attached to. The label is that of
 * the task that calls, else that of the cgroup which the task is in now: task storage is refused
 * here, and a socket handed to a task outside every agent is nobody's.
 */
#include "address.bpf.h"

/* Address and port, where the automaton reads them and where the record has them. */
static __always_inline void aw_address_name(struct aw_scratch *s, struct bpf_sock_addr *ctx,
					    bool is_v6)
{
	__u32 words[4] = {0, 0, __builtin_bswap32(0xffff), ctx->user_ip4};
	__u16 port = ctx->user_port;

	if (is_v6) {
		words[0] = ctx->user_ip6[0];
		words[1] = ctx->user_ip6[1];
		words[2] = ctx->user_ip6[2];
		words[3] = ctx->user_ip6[3];
	}
	__builtin_memcpy(s->address, words, sizeof(words));
	__builtin_memcpy(&s->address[16], &port, sizeof(port));
	s->port = __builtin_bswap16(port);
	s->protocol = ctx->protocol;
}

/* What the kernel programs return here: 1 lets it pass, 0 refuses. */
static __always_inline int aw_mediate_sock_addr(struct bpf_sock_addr *ctx, __u32 hook, __u32 op,
						bool is_v6)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct aw_hook_context h = {.label = bpf_map_lookup_elem(&aw_labels_by_tid, &tid)};
	struct aw_label fresh = {};
	int err = 0;

	if (!h.label) {
		if (!aw_label_for(bpf_get_current_cgroup_id(), &fresh))
			return 1;
		h.label = &fresh;
	}
	h.label->notes.op = op;
	if (aw_enter_label(&h, AW_CLASS_NET, &err) &&
	    aw_prepare(&h, hook, AW_CLASS_NET, 0, false, &err)) {
		aw_address_name(h.scratch, ctx, is_v6);
		/* These sockets were made inside. */
		if (op == AW_OP_BIND)
			err = aw_decide_local(&h, op);
		else if (ctx->protocol == IPPROTO_UDP)
			err = aw_decide_datagram(&h);
		else
			err = aw_decide_address(&h, op);
		aw_scratch_release(h.scratch);
	}
	if (!err)
		return 1;
	bpf_set_retval(aw_refusal(err));
	return 0;
}

static __always_inline int aw_mediate_peer_addr(struct bpf_sock_addr *ctx, __u32 hook, bool is_v6)
{
	__u32 op = ctx->type == SOCK_STREAM ? AW_OP_TCP : AW_OP_UDP;

	return aw_mediate_sock_addr(ctx, hook, op, is_v6);
}

/* Port 0 is any free one, as a send takes it by itself: see net_local.bpf.c. */
static __always_inline int aw_mediate_bind(struct bpf_sock_addr *ctx, __u32 hook, bool is_v6)
{
	return ctx->user_port ? aw_mediate_sock_addr(ctx, hook, AW_OP_BIND, is_v6) : 1;
}

SEC("?cgroup/connect4")
int aw_cgroup_connect4(struct bpf_sock_addr *ctx)
{
	return aw_mediate_peer_addr(ctx, AW_HOOK_CGROUP_CONNECT4, false);
}

SEC("?cgroup/connect6")
int aw_cgroup_connect6(struct bpf_sock_addr *ctx)
{
	return aw_mediate_peer_addr(ctx, AW_HOOK_CGROUP_CONNECT6, true);
}

SEC("?cgroup/sendmsg4")
int aw_cgroup_sendmsg4(struct bpf_sock_addr *ctx)
{
	return aw_mediate_peer_addr(ctx, AW_HOOK_CGROUP_SENDMSG4, false);
}

SEC("?cgroup/sendmsg6")
int aw_cgroup_sendmsg6(struct bpf_sock_addr *ctx)
{
	return aw_mediate_peer_addr(ctx, AW_HOOK_CGROUP_SENDMSG6, true);
}

SEC("?cgroup/bind4")
int aw_cgroup_bind4(struct bpf_sock_addr *ctx)
{
	return aw_mediate_bind(ctx, AW_HOOK_CGROUP_BIND4, false);
}

SEC("?cgroup/bind6")
int aw_cgroup_bind6(struct bpf_sock_addr *ctx)
{
	return aw_mediate_bind(ctx, AW_HOOK_CGROUP_BIND6, true);
}
