/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cgroup/sock_release: a socket that was made in an agent's cgroup is closed, and its budgets are
 * forgotten. Those of sockets from elsewhere are with their agent.
 */
#include "connection.bpf.h"

__u32 aw_counts_connections;

SEC("?cgroup/sock_release")
int aw_cgroup_sock_release(struct bpf_sock *sk)
{
	__u64 cookie;

	if (!*(volatile __u32 *)&aw_counts_connections)
		return 1;
	cookie = bpf_get_socket_cookie(sk);
	bpf_map_delete_elem(&aw_connections, &cookie);
	return 1;
}
