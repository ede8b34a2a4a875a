/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs counted: sums over the CPUs, and the count of each distinct operation.
 */
#include "kernel/counters.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "abi/limit.h"
#include "kernel/agents.h"
#include "kernel/host_private.h"

#define KEY_BYTES_MAX 16

static_assert(sizeof(struct aw_count_key) <= KEY_BYTES_MAX &&
		      sizeof(struct aw_budget_key) <= KEY_BYTES_MAX,
	      "keys fit");

static void add_counters(struct aw_counters *to, const struct aw_counters *from)
{
	const __u64 *words = (const __u64 *)from;
	__u64 *sums = (__u64 *)to;

	for (size_t i = 0; i < sizeof(*to) / sizeof(*sums); i++)
		sums[i] += words[i];
}

int aw_agent_counters(struct aw_host *host, struct aw_agent_handle agent, struct aw_counters *ret)
{
	_cleanup_free_ struct aw_counters *per_cpu = NULL;
	int cpus = libbpf_num_possible_cpus();
	struct aw_counters sum = {0};

	if (cpus < 0)
		return cpus;
	per_cpu = calloc((size_t)cpus, sizeof(*per_cpu));
	if (!per_cpu)
		return -ENOMEM;
	if (bpf_map_lookup_elem(aw_host_map(host, "aw_counters"), &agent.slot, per_cpu) < 0)
		return -errno;
	for (int i = 0; i < cpus; i++)
		add_counters(&sum, &per_cpu[i]);
	*ret = sum;
	return 0;
}

int aw_agent_counts(struct aw_host *host, struct aw_agent_handle agent, aw_agent_count_fn fn,
		    void *userdata)
{
	int map = aw_host_map(host, "aw_counts");
	struct aw_count_key key, next;
	struct aw_count count;
	int more = bpf_map_get_next_key(map, NULL, &next);

	while (!more) {
		key = next;
		more = bpf_map_get_next_key(map, &key, &next);
		if (key.agent == agent.slot && key.agent_generation == agent.generation &&
		    bpf_map_lookup_elem(map, &key, &count) == 0)
			fn(key.key, &count, userdata);
	}
	return 0;
}

/* Takes out what a map has under keys of this size that have the agent's slot at this place. */
static void drop_keys(struct aw_host *host, const char *name, size_t key_bytes, size_t slot_at,
		      uint32_t slot)
{
	int map = aw_host_map(host, name), more;
	char key[KEY_BYTES_MAX], next[KEY_BYTES_MAX];

	for (more = bpf_map_get_next_key(map, NULL, next); !more;) {
		memcpy(key, next, key_bytes);
		more = bpf_map_get_next_key(map, key, next);
		if (memcmp(key + slot_at, &slot, sizeof(slot)) == 0)
			bpf_map_delete_elem(map, key);
	}
}

#define DROP(host, name, key, slot) \
	drop_keys(host, name, sizeof(struct key), offsetof(struct key, agent), slot)

/* Those that have to spend from the agent's budgets, and whose sockets are not closed. */
static void drop_connections(struct aw_host *host, uint32_t slot)
{
	int map = aw_host_map(host, "aw_connections"), more;
	struct aw_connection connection;
	uint64_t key, next;

	for (more = bpf_map_get_next_key(map, NULL, &next); !more;) {
		key = next;
		more = bpf_map_get_next_key(map, &key, &next);
		if (bpf_map_lookup_elem(map, &key, &connection) == 0 && connection.agent == slot)
			bpf_map_delete_elem(map, &key);
	}
}

void aw_counters_drop(struct aw_host *host, uint32_t slot)
{
	_cleanup_free_ struct aw_counters *zero = NULL;
	int cpus = libbpf_num_possible_cpus();

	if (cpus > 0)
		zero = calloc((size_t)cpus, sizeof(*zero));
	if (zero)
		bpf_map_update_elem(aw_host_map(host, "aw_counters"), &slot, zero, BPF_ANY);
	DROP(host, "aw_counts", aw_count_key, slot);
	DROP(host, "aw_budgets", aw_budget_key, slot);
	drop_connections(host, slot);
}
