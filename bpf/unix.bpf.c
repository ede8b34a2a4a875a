/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unix sockets by the peer's path or abstract name:
 *
 *   unix_stream_connect  connect() of a stream or seqpacket socket     unix
 *   unix_may_send        connect() or send of a datagram socket        unix
 *
 * The path is the one that the server bound, in the server's mount. A peer without any name (a
 * socketpair) was made by a common ancestor and is let through.
 */
#include "mediate.bpf.h"

/* "@name" at the end of the buffer; zero bytes in the name are kept. */
static __always_inline void aw_name_abstract(struct aw_scratch *s, struct unix_address *address)
{
	__u32 length = BPF_CORE_READ(address, len);
	__u32 offset;

	s->object = AW_OBJECT_ABSTRACT;
	/* len counts the family (2 bytes) and the leading zero byte. */
	if (length < 3 || length > 2 + 108) {
		s->fail_reason = AW_REASON_UNRESOLVED;
		return;
	}
	length -= 3;
	offset = AW_PATH_MAX - length;
	bpf_probe_read_kernel(&s->buffer[offset & (AW_PATH_MAX * 2 - 1)], length & 127,
			      (void *)address + bpf_core_field_offset(struct unix_address, name) +
				      bpf_core_field_offset(struct sockaddr_un, sun_path) + 1);
	offset--;
	s->buffer[offset & (AW_PATH_MAX - 1)] = '@';
	s->offset = offset;
	s->length = length + 1;
}

static __always_inline int aw_mediate_peer(struct sock *peer, __u32 hook)
{
	struct unix_sock *other;
	struct unix_address *address;
	struct aw_hook_context h;
	struct dentry *dentry;
	int err = 0;

	if (!peer)
		return 0;
	other = bpf_skc_to_unix_sock(peer);
	if (!other)
		return 0;
	address = other->addr;
	if (!address)
		return 0;
	if (!aw_enter(&h, hook, AW_CLASS_UNIX, &err))
		return err;
	dentry = other->path.dentry;
	if (dentry) {
		if (aw_name_object(h.scratch, h.agent, other->path.mnt, dentry))
			h.scratch->fail_reason = AW_REASON_UNRESOLVED;
	} else {
		aw_name_abstract(h.scratch, address);
	}
	err = aw_decide(h.scratch, h.agent, h.label, AW_OP_UNIX, AW_NO_OP) ? -EACCES_ : 0;
	aw_scratch_release(h.scratch);
	return err;
}

SEC("lsm/unix_stream_connect")
int BPF_PROG(aw_unix_stream_connect, struct sock *sock, struct sock *other, struct sock *newsk,
	     int ret)
{
	if (ret)
		return ret;
	return aw_mediate_peer(other, AW_HOOK_UNIX_STREAM_CONNECT);
}

SEC("lsm/unix_may_send")
int BPF_PROG(aw_unix_may_send, struct socket *sock, struct socket *other, int ret)
{
	if (ret)
		return ret;
	return aw_mediate_peer(other->sk, AW_HOOK_UNIX_MAY_SEND);
}
