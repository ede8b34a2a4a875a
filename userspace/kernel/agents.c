/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of agents that the programs read: adding, changing, removing, reaping. What is read out
 * of the kernel about an agent is in counters.c, how a folder is identified in identify.c.
 */
#include "kernel/agents.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/cgroup.h"
#include "kernel/cgroup_programs.h"
#include "kernel/counters.h"
#include "kernel/host_private.h"
#include "kernel/identify.h"
#include "kernel/images.h"
#include "kernel/lock.h"
#include "kernel/observe.h"
#include "kernel/owner.h"
#include "kernel/quiesce.h"
#include "kernel/recheck.h"

static uint64_t control_word(uint32_t generation, const enum aw_mode modes[AW_OP_CLASSES],
			     const struct aw_image *image, uint32_t slot)
{
	uint64_t word = (uint64_t)generation << 32;

	for (int i = 0; i < AW_OP_CLASSES; i++)
		word |= (uint64_t)modes[i] << (20 + 2 * i);
	if (image)
		word |= slot | (uint64_t)image->head->size_class << 16 | 1u << 18 |
			(uint64_t)aw_image_has_conditions(image) << 19 |
			(uint64_t)(image->head->host_state != 0) << 30;
	return word;
}

/* For events: enough of the hash to find the policy by. */
static uint64_t policy_id(const struct aw_image *image)
{
	uint64_t id = 0;

	for (int i = 0; image && i < 8; i++)
		id = id << 8 | image->head->hash[i];
	return id;
}

static uint32_t find_free(const struct aw_host *host)
{
	for (uint32_t slot = 1; slot < AW_AGENTS_MAX; slot++)
		if (host->agents[slot].state == AW_AGENT_FREE)
			return slot;
	return 0;
}

bool aw_agents_any(const struct aw_host *host)
{
	for (uint32_t slot = 1; slot < AW_AGENTS_MAX; slot++)
		if (host->agents[slot].state != AW_AGENT_FREE)
			return true;
	return false;
}

struct cgroup_visit {
	int map;
	uint32_t slot;
	uint32_t busy; /* slot of the agent that already has it */
};

static int refuse_taken(const char *path, uint64_t id, void *userdata)
{
	struct cgroup_visit *visit = userdata;

	if (bpf_map_lookup_elem(visit->map, &id, &visit->busy) == 0)
		return -EBUSY;
	return 0;
}

static int take_cgroup(const char *path, uint64_t id, void *userdata)
{
	struct cgroup_visit *visit = userdata;

	return bpf_map_update_elem(visit->map, &id, &visit->slot, BPF_ANY) < 0 ? -errno : 0;
}

static void drop_cgroups(struct aw_host *host, uint32_t slot)
{
	int map = aw_host_map(host, "aw_cgroups");
	uint64_t key, next;
	uint32_t owner;
	int more = bpf_map_get_next_key(map, NULL, &next);

	while (!more) {
		key = next;
		more = bpf_map_get_next_key(map, &key, &next);
		if (bpf_map_lookup_elem(map, &key, &owner) == 0 && owner == slot)
			bpf_map_delete_elem(map, &key);
	}
}

static int first_mount_namespace(uint32_t *ret)
{
	struct stat st;

	if (stat("/proc/self/ns/mnt", &st) < 0)
		return -errno;
	*ret = (uint32_t)st.st_ino;
	return 0;
}

static int bind_anchors(struct aw_host *host, const struct aw_agent_config *config,
			struct aw_agent *agent, struct aw_diag *reterr)
{
	for (size_t i = 0; i < config->n_anchors; i++) {
		struct aw_anchor *anchor = &agent->anchors[i];
		uint32_t dev;
		uint64_t ino;
		int err = aw_identify_folder(host, config->anchors[i].path, &dev, &ino);

		if (err < 0)
			return aw_diag_set(reterr, err, NULL, 0, 0, NULL,
					   "cannot bind the anchor %s to %s: %s",
					   config->anchors[i].name, config->anchors[i].path,
					   strerror(-err));
		*anchor = (struct aw_anchor){
			.ino = ino, .dev = dev, .index = config->anchors[i].index};
		agent->anchor_bloom |= AW_AGENT_BLOOM_BIT(anchor->ino);
	}
	agent->n_anchors = (uint32_t)config->n_anchors;
	return 0;
}

/* Whether the policy has budgets of what goes through connections. */
static bool counts_connections(const struct aw_image *image)
{
	return image && image->head->limits.through;
}

static int check_image(const struct aw_host *host, const struct aw_image *image,
		       struct aw_diag *reterr)
{
	if (host->attach != AW_ATTACH_OBSERVE || !counts_connections(image))
		return 0;
	return aw_diag_set(
		reterr, -EOPNOTSUPP, NULL, 0, 0,
		"take bytes: and exchanges: out of the policy's limits, or run: agentwatch doctor",
		"this kernel refuses the programs that count what is sent");
}

static uint32_t agent_flags(const struct aw_agent_config *config)
{
	return (counts_connections(config->image) ? aw_recheck_counts() : 0) |
	       (config->record_allowed ? AW_AGENT_RECORD : 0) |
	       (config->verify_cache ? AW_AGENT_VERIFY : 0) |
	       (config->recheck ? AW_AGENT_RECHECK : 0);
}

/* What is no file (closed, a pipe) needs no grant. */
static void grant_stdio(struct aw_host *host, struct aw_agent *agent)
{
	static const __u32 modes[] = {[O_RDONLY] = 1, [O_WRONLY] = 2, [O_RDWR] = 3};

	for (int fd = 0; fd < AW_STDIO; fd++) {
		struct aw_stdio *stdio = &agent->stdio[fd];
		int flags = fcntl(fd, F_GETFL);
		uint32_t dev;
		uint64_t ino;

		if (flags < 0 || (flags & O_ACCMODE) > O_RDWR ||
		    aw_identify_descriptor(host, fd, &dev, &ino) < 0)
			continue;
		*stdio =
			(struct aw_stdio){.ino = ino, .dev = dev, .mode = modes[flags & O_ACCMODE]};
	}
}

static void set_names(struct aw_agent *agent, const struct aw_agent_names *names)
{
	/* None, rather than half of one. */
	__atomic_store_n(&agent->n_resolvers, 0, __ATOMIC_RELEASE);
	memcpy(agent->resolvers, names->resolvers, sizeof(agent->resolvers));
	agent->lease_min_s = names->lease_min_s;
	agent->lease_max_s = names->lease_max_s;
	__atomic_store_n(&agent->n_resolvers, (uint32_t)names->n_resolvers, __ATOMIC_RELEASE);
}

/* A port that was one once stays one: it costs a look. */
static void set_resolver_ports(struct aw_host *host, const struct aw_agent_names *names)
{
	for (size_t i = 0; i < names->n_resolvers; i++)
		__atomic_fetch_or(&host->agents[0].resolver_ports,
				  AW_RESOLVER_PORT_BIT(names->resolvers[i].port), __ATOMIC_RELEASE);
}

/* Everything of an agent but its state. */
static int prepare(struct aw_host *host, const struct aw_agent_config *config, uint32_t slot,
		   struct aw_agent *ret, struct aw_diag *reterr)
{
	struct aw_agent agent = {.ring_slot = config->ring_slot,
				 .generation = host->agents[slot].generation + 1,
				 .policy_id = policy_id(config->image),
				 .flags = agent_flags(config)};
	uint32_t image_slot = 0;
	uint64_t id;
	int err;

	err = check_image(host, config->image, reterr);
	if (err < 0)
		return err;
	err = aw_cgroup_id(config->cgroup_path, &id);
	if (!err)
		err = first_mount_namespace(&agent.mnt_ns);
	if (!err)
		err = aw_owner_of(getpid(), &agent.owner);
	if (err < 0)
		return aw_diag_set(reterr, err, NULL, 0, 0, NULL, "cannot use the cgroup %s: %s",
				   config->cgroup_path, strerror(-err));
	agent.cgroup_id = id;
	err = bind_anchors(host, config, &agent, reterr);
	if (err < 0)
		return err;
	if (config->grants_stdio)
		grant_stdio(host, &agent);
	set_names(&agent, &config->names);
	if (config->image) {
		err = aw_image_put(host, config->image, &image_slot, reterr);
		if (err < 0)
			return err;
	}
	agent.control = control_word(AW_CONTROL_GENERATION(host->agents[slot].control) + 1,
				     config->modes, config->image, image_slot);
	*ret = agent;
	return 0;
}

/* Publishes all but the state, then the state. */
static void publish(struct aw_agent *to, const struct aw_agent *agent)
{
	struct aw_agent copy = *agent;

	copy.state = AW_AGENT_FREE;
	*to = copy;
	atomic_thread_fence(memory_order_release);
	__atomic_store_n(&to->state, AW_AGENT_LIVE, __ATOMIC_RELEASE);
}

static void withdraw(struct aw_host *host, uint32_t slot)
{
	drop_cgroups(host, slot);
	aw_observe_end(host, slot);
	aw_cgroup_programs_end(host, slot);
	__atomic_store_n(&host->agents[slot].state, AW_AGENT_FREE, __ATOMIC_RELEASE);
	aw_recheck_end(host);
	aw_counters_drop(host, slot);
	aw_images_collect(host);
}

/* As the programs ask it: aw_questions_count(). */
static bool reads_answers(uint64_t control)
{
	return AW_CONTROL_HAS_HOSTS(control) ||
	       AW_CONTROL_MODE(control, AW_CLASS_NET) == AW_MODE_OBSERVE;
}

static int add_locked(struct aw_host *host, const struct aw_agent_config *config,
		      struct aw_agent_handle *ret, struct aw_diag *reterr)
{
	struct cgroup_visit visit = {.map = aw_host_map(host, "aw_cgroups"),
				     .slot = find_free(host)};
	struct aw_agent agent;
	int err;

	if (!visit.slot)
		return aw_diag_set(reterr, -ENOSPC, NULL, 0, 0, NULL,
				   "this host has %d agents already (AW_AGENTS_MAX)",
				   AW_AGENTS_MAX - 1);
	err = aw_cgroup_walk(config->cgroup_path, refuse_taken, &visit);
	if (err < 0)
		return aw_diag_set(reterr, err, NULL, 0, 0,
				   err == -EBUSY ? "see: agentwatch status" : NULL,
				   err == -EBUSY ? "the cgroup %s, or one below it, is an agent's"
						 : "cannot use the cgroup %s",
				   config->cgroup_path);
	err = prepare(host, config, visit.slot, &agent, reterr);
	if (err < 0)
		return err;
	host->tasks_alive[visit.slot] = 0;
	aw_counters_drop(host, visit.slot);
	err = aw_observe_begin(host, visit.slot, config, reterr);
	if (!err && agent.flags & (AW_AGENT_RECHECK | AW_AGENT_COUNTS))
		err = aw_recheck_begin(host, reterr);
	if (!err)
		err = aw_cgroup_programs_begin(host, visit.slot, agent.cgroup_id,
					       reads_answers(agent.control), reterr);
	if (err < 0)
		return err;
	set_resolver_ports(host, &config->names);
	publish(&host->agents[visit.slot], &agent);
	err = aw_cgroup_walk(config->cgroup_path, take_cgroup, &visit);
	if (!err)
		err = aw_label_tasks_inside(host);
	if (err < 0) {
		withdraw(host, visit.slot);
		return aw_diag_set(reterr, err, NULL, 0, 0, NULL, "cannot register %s: %s",
				   config->cgroup_path, strerror(-err));
	}
	*ret = (struct aw_agent_handle){.slot = visit.slot, .generation = agent.generation};
	return 0;
}

int aw_agent_add(struct aw_host *host, const struct aw_agent_config *config,
		 struct aw_agent_handle *ret, struct aw_diag *reterr)
{
	_cleanup_close_ int lock = -1;
	int err = aw_lock_take(&lock, reterr);

	return err < 0 ? err : add_locked(host, config, ret, reterr);
}

static bool is_current(const struct aw_host *host, struct aw_agent_handle agent)
{
	return agent.slot && agent.slot < AW_AGENTS_MAX &&
	       host->agents[agent.slot].state == AW_AGENT_LIVE &&
	       host->agents[agent.slot].generation == agent.generation;
}

int aw_agent_change(struct aw_host *host, struct aw_agent_handle agent,
		    const enum aw_mode modes[AW_OP_CLASSES], const struct aw_image *image,
		    const struct aw_agent_names *names, struct aw_diag *reterr)
{
	_cleanup_close_ int lock = -1;
	struct aw_agent *entry;
	uint32_t slot = 0;
	uint64_t word;
	int err = aw_lock_take(&lock, reterr);

	if (err < 0)
		return err;
	if (!is_current(host, agent))
		return aw_diag_set(reterr, -ESRCH, NULL, 0, 0, NULL, "there is no such agent");
	entry = &host->agents[agent.slot];
	err = check_image(host, image, reterr);
	if (err < 0)
		return err;
	if (image) {
		err = aw_image_put(host, image, &slot, reterr);
		if (err < 0)
			return err;
	}
	if (counts_connections(image) && aw_recheck_counts()) {
		err = aw_recheck_begin(host, reterr);
		if (err < 0)
			return err;
		__atomic_fetch_or(&entry->flags, AW_AGENT_COUNTS, __ATOMIC_RELEASE);
	}
	/* Before the word that may deny what is open: nothing is used in between. */
	if (modes[AW_CLASS_FILE] != AW_MODE_OBSERVE) {
		err = aw_recheck_begin(host, reterr);
		if (err < 0)
			return err;
		__atomic_fetch_or(&entry->flags, AW_AGENT_RECHECK, __ATOMIC_RELEASE);
	}
	word = control_word(AW_CONTROL_GENERATION(entry->control) + 1, modes, image, slot);
	if (!image) /* keep the policy that is there */
		word |= AW_CONTROL_POLICY(entry->control);
	if (reads_answers(word)) {
		err = aw_cgroup_programs_begin(host, agent.slot, entry->cgroup_id, true, reterr);
		if (err < 0)
			return err;
	}
	if (names) {
		set_resolver_ports(host, names);
		set_names(entry, names);
	}
	if (image)
		__atomic_store_n(&entry->policy_id, policy_id(image), __ATOMIC_RELEASE);
	__atomic_store_n(&entry->control, word, __ATOMIC_RELEASE);
	/* Who returns from here knows that no decision is made by the old word any more. */
	return aw_images_collect(host) == 1 ? 0 : aw_programs_quiesce();
}

/* The id is stored before the word, so that who sees a new word sees its policy's id. */
int aw_agent_read(struct aw_host *host, struct aw_agent_handle agent,
		  struct aw_agent_state_now *ret)
{
	const struct aw_agent *entry;
	uint64_t word;

	if (!is_current(host, agent))
		return -ESRCH;
	entry = &host->agents[agent.slot];
	word = __atomic_load_n(&entry->control, __ATOMIC_ACQUIRE);
	ret->control_generation = AW_CONTROL_GENERATION(word);
	ret->has_policy = AW_CONTROL_HAS_POLICY(word);
	for (int i = 0; i < AW_OP_CLASSES; i++)
		ret->modes[i] = (enum aw_mode)AW_CONTROL_MODE(word, i);
	ret->policy_id = __atomic_load_n(&entry->policy_id, __ATOMIC_ACQUIRE);
	return 0;
}

int64_t aw_agent_tasks(struct aw_host *host, struct aw_agent_handle agent)
{
	return is_current(host, agent)
		       ? __atomic_load_n(&host->tasks_alive[agent.slot], __ATOMIC_ACQUIRE)
		       : 0;
}

int aw_agent_remove(struct aw_host *host, struct aw_agent_handle agent)
{
	_cleanup_close_ int lock = -1;
	int err = aw_lock_take(&lock, NULL);

	if (err < 0)
		return err;
	if (!is_current(host, agent))
		return -ESRCH;
	if (aw_agent_tasks(host, agent) > 0) {
		host->agents[agent.slot].owner = (struct aw_owner){0};
		return -EBUSY;
	}
	withdraw(host, agent.slot);
	return 0;
}

int aw_agents_reap(struct aw_host *host)
{
	_cleanup_close_ int lock = -1;
	int reaped = 0, err = aw_lock_take(&lock, NULL);

	if (err < 0)
		return err;
	for (uint32_t slot = 1; slot < AW_AGENTS_MAX; slot++) {
		struct aw_agent *agent = &host->agents[slot];

		if (agent->state == AW_AGENT_FREE || aw_owner_alive(&agent->owner) ||
		    __atomic_load_n(&host->tasks_alive[slot], __ATOMIC_ACQUIRE) > 0)
			continue;
		withdraw(host, slot);
		reaped++;
	}
	return reaped;
}
