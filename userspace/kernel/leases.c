/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads, changes and writes whole entries: what a program writes into one at the same time may be
 * lost, which costs a question.
 */
#include "kernel/leases.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "abi/lease.h"

/* FNV-1a, 64 bits; the highest is set, so that it is not 0. Known only to those who put the name.
 */
static uint64_t hash_name(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3ull;
	return hash | 1ull << 63;
}

static struct aw_lease_key key_of(struct aw_agent_handle agent, const struct aw_hosts_line *line)
{
	struct aw_lease_key key = {.agent = agent.slot, .agent_generation = agent.generation};

	memcpy(key.address, line->address, sizeof(key.address));
	return key;
}

/* The place of the name, else that of the one which ends first. */
static struct aw_lease_name *place_of(struct aw_lease *lease, uint64_t name)
{
	struct aw_lease_name *place = &lease->names[0];

	for (size_t i = 0; i < AW_LEASE_NAMES; i++) {
		if (lease->names[i].name == name)
			return &lease->names[i];
		if (lease->names[i].expires_ns < place->expires_ns)
			place = &lease->names[i];
	}
	return place;
}

static int put(int leases, int names, struct aw_agent_handle agent,
	       const struct aw_hosts_line *line)
{
	struct aw_host_name text = {.length = (uint32_t)strlen(line->name)};
	struct aw_lease_key key = key_of(agent, line);
	uint64_t hash = hash_name(line->name);
	struct aw_lease lease = {};

	memcpy(text.name, line->name, text.length);
	if (bpf_map_update_elem(names, &hash, &text, BPF_ANY) < 0)
		return -errno;
	(void)bpf_map_lookup_elem(leases, &key, &lease); /* or there is none yet */
	/* No generation has this number: the name is read at each decision. */
	*place_of(&lease, hash) =
		(struct aw_lease_name){.expires_ns = AW_LEASE_FOREVER, .name = hash};
	return bpf_map_update_elem(leases, &key, &lease, BPF_ANY) < 0 ? -errno : 0;
}

int aw_leases_put(struct aw_host *host, struct aw_agent_handle agent, const struct aw_hosts *hosts)
{
	int leases = aw_host_map(host, "aw_leases"), names = aw_host_map(host, "aw_host_names");
	int err = leases < 0 ? leases : names < 0 ? names : 0;

	for (size_t i = 0; !err && i < hosts->n; i++)
		err = put(leases, names, agent, &hosts->lines[i]);
	return err;
}

void aw_leases_take_back(struct aw_host *host, struct aw_agent_handle agent,
			 const struct aw_hosts *hosts)
{
	int leases = aw_host_map(host, "aw_leases");

	for (size_t i = 0; leases >= 0 && i < hosts->n; i++) {
		struct aw_lease_key key = key_of(agent, &hosts->lines[i]);
		uint64_t hash = hash_name(hosts->lines[i].name);
		struct aw_lease lease;

		if (bpf_map_lookup_elem(leases, &key, &lease) < 0)
			continue;
		for (size_t k = 0; k < AW_LEASE_NAMES; k++)
			if (lease.names[k].name == hash)
				lease.names[k] = (struct aw_lease_name){};
		(void)bpf_map_update_elem(leases, &key, &lease, BPF_EXIST);
	}
}
