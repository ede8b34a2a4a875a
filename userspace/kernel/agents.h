/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Agents as the kernel knows them: adds a cgroup with its modes, policy and anchors, changes these
 * while it runs, and removes it. Every change is one 64-bit store to the programs.
 */
#pragma once

#include <stdint.h>

#include "abi/agent.h"
#include "abi/counters.h"
#include "kernel/host.h"
#include "policy/compile.h"

/* Whose answers lease addresses to host names, and for how long. */
struct aw_agent_names {
	struct aw_resolver resolvers[AW_RESOLVERS_MAX];
	size_t n_resolvers;
	uint32_t lease_min_s; /* an address is leased for its TTL, but not for less, nor more */
	uint32_t lease_max_s;
};

struct aw_agent_config {
	const char *name;	 /* for people; unique among the host's agents */
	const char *cgroup_path; /* absolute, in the cgroup v2 hierarchy */
	enum aw_mode modes[AW_OP_CLASSES];
	const struct aw_image *image; /* NULL: no policy (observe only) */
	const char *policy_hash;      /* 64 hex digits; NULL without an image */
	bool record_allowed;	      /* AW_AGENT_RECORD */
	bool verify_cache;	      /* AW_AGENT_VERIFY */
	bool recheck;		      /* AW_AGENT_RECHECK */
	bool grants_stdio;	      /* descriptors 0 to 2 of this process stay usable */
	uint32_t ring_slot;	      /* of the consumer */
	struct aw_agent_names names;
	struct {
		const char *name; /* of the anchor, for messages */
		const char *path; /* folder; must exist */
		uint32_t index;	  /* in the policy's anchors */
	} anchors[AW_ANCHORS_MAX];
	size_t n_anchors;
};

struct aw_agent_handle {
	uint32_t slot;
	uint32_t generation;
};

/*
 * Registers the cgroup and all below it, and labels the tasks that are already inside. The owner is
 * the calling process. −EBUSY: the cgroup, or one above or below it, is an agent's; −ENOSPC: the
 * limit AW_AGENTS_MAX or AW_POLICIES_MAX; −ENOENT, −EINVAL: reterr says what of the cgroup or
 * anchor.
 */
int aw_agent_add(struct aw_host *host, const struct aw_agent_config *config,
		 struct aw_agent_handle *ret, struct aw_diag *reterr);

/*
 * Modes, and the image if not NULL, change together at once; names, if not NULL, just before.
 * Nothing is decided by what was before any more when it returns. Where files are not just observed
 * from then on, descriptors that are open already are decided again at each use.
 */
int aw_agent_change(struct aw_host *host, struct aw_agent_handle agent,
		    const enum aw_mode modes[AW_OP_CLASSES], const struct aw_image *image,
		    const struct aw_agent_names *names, struct aw_diag *reterr);

/* What decides for the agent now. */
struct aw_agent_state_now {
	uint32_t control_generation; /* new at every change */
	enum aw_mode modes[AW_OP_CLASSES];
	bool has_policy;
	uint64_t policy_id; /* first 8 bytes of its hash */
};

/* −ESRCH: there is no such agent. */
int aw_agent_read(struct aw_host *host, struct aw_agent_handle agent,
		  struct aw_agent_state_now *ret);

/* Labelled tasks alive. */
int64_t aw_agent_tasks(struct aw_host *host, struct aw_agent_handle agent);

/*
 * Removes an agent that has no labelled task left; with tasks left it stays enforced, without an
 * owner, and −EBUSY is returned. Its counts are dropped: read them before.
 */
int aw_agent_remove(struct aw_host *host, struct aw_agent_handle agent);

/* Removes agents whose owner is dead and which have no labelled task. Returns how many, or −errno.
 */
int aw_agents_reap(struct aw_host *host);

/* Sum over the CPUs. */
int aw_agent_counters(struct aw_host *host, struct aw_agent_handle agent, struct aw_counters *ret);

/* Every distinct operation's count, in no order. */
typedef void (*aw_agent_count_fn)(uint64_t key, const struct aw_count *count, void *userdata);
int aw_agent_counts(struct aw_host *host, struct aw_agent_handle agent, aw_agent_count_fn fn,
		    void *userdata);
