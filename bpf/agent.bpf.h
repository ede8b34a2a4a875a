/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who acts: from the current task to its label and its agent. The first test leaves for tasks
 * outside every agent; everything else in the programs comes after it.
 */
#pragma once

#include "maps.bpf.h"

#define PF_EXITING 0x4

/*
 * Labels that are under the thread id alone, or nowhere: task storage is refused where its user on
 * this CPU was preempted. Each is mended by the task's next hook; as long as there are any, storage
 * does not tell who is outside every agent.
 */
extern __u32 aw_labels_astray;

/* A task that no agent ever had has no local storage, and neither has its leader. */
static __always_inline bool aw_task_unlabelled(struct task_struct *task)
{
	return !task->bpf_storage && !task->group_leader->bpf_storage &&
	       !*(volatile __u32 *)&aw_labels_astray;
}

/* The label for tasks of a cgroup, if it is an agent's. Returns false where it is not. */
static __always_inline bool aw_label_for(__u64 cgroup, struct aw_label *label)
{
	__u32 *slot = bpf_map_lookup_elem(&aw_cgroups, &cgroup);
	struct aw_agent *agent;
	__u32 key;

	if (!slot)
		return false;
	key = *slot;
	agent = bpf_map_lookup_elem(&aw_agents, &key);
	if (!agent || agent->state != AW_AGENT_LIVE)
		return false;
	__builtin_memset(label, 0, sizeof(*label));
	label->agent = key;
	label->agent_generation = agent->generation;
	/* Differs from every generation in use: the first decision classes the subject. */
	label->control_generation = AW_CONTROL_GENERATION(agent->control) - 1;
	return true;
}

/*
 * Can be called for one task from several CPUs at once: the first label stays. Who inserts it under
 * the thread id counts the task, and it is there until the task exits, so that exactly those that
 * are there are counted.
 */
static __noinline int aw_label_set(struct task_struct *task, struct aw_label *from)
{
	__u32 tid = task->pid, slot = from->agent;
	__s64 *alive;

	from->astray = 0;
	from->astray =
		!bpf_task_storage_get(&aw_labels, task, from, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!bpf_map_update_elem(&aw_labels_by_tid, &tid, from, BPF_NOEXIST)) {
		alive = bpf_map_lookup_elem(&aw_tasks_alive, &slot);
		if (alive)
			__sync_fetch_and_add(alive, 1);
	} else if (bpf_map_lookup_elem(&aw_labels_by_tid, &tid)) {
		return 0;
	}
	if (from->astray)
		__sync_fetch_and_add(&aw_labels_astray, 1);
	return 0;
}

/* What an exec changed, for those who have to look under the thread id. */
static __always_inline void aw_label_publish(struct task_struct *task, const struct aw_label *label)
{
	__u32 tid = task->pid, astray;
	struct aw_label *known = bpf_map_lookup_elem(&aw_labels_by_tid, &tid);

	if (!known)
		return;
	astray = known->astray;
	*known = *label;
	known->astray = astray;
}

/* An attach to a cgroup is told of the leader alone: its threads have the label from it. */
static __always_inline bool aw_label_inherit(struct task_struct *task, struct aw_label *ret)
{
	struct aw_label *label = bpf_task_storage_get(&aw_labels, task->group_leader, 0, 0);
	__u32 tid = task->tgid;

	if (!label)
		label = bpf_map_lookup_elem(&aw_labels_by_tid, &tid);
	if (label)
		*ret = *label;
	return label != NULL;
}

/* For the current task, not known to be outside every agent, and whose storage told nothing. */
static __noinline struct aw_label *aw_label_find(struct task_struct *task)
{
	struct aw_label *known, *label, fresh;
	__u32 tid = task->pid;

	known = bpf_map_lookup_elem(&aw_labels_by_tid, &tid);
	if (!known) {
		/* Whoever exits has been counted out. */
		if (task->flags & PF_EXITING)
			return NULL;
		if (!aw_label_inherit(task, &fresh) &&
		    !aw_label_for(bpf_get_current_cgroup_id(), &fresh))
			return NULL;
		aw_label_set(task, &fresh);
		return bpf_map_lookup_elem(&aw_labels_by_tid, &tid);
	}
	if (!known->astray)
		return known;
	fresh = *known;
	fresh.astray = 0;
	label = bpf_task_storage_get(&aw_labels, task, &fresh, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!label)
		return known;
	known->astray = 0;
	__sync_fetch_and_sub(&aw_labels_astray, 1);
	return label;
}

/* The label of the current task, which is not aw_task_unlabelled(); or NULL outside every agent. */
static __always_inline struct aw_label *aw_label_of(struct task_struct *task)
{
	struct aw_label *label = bpf_task_storage_get(&aw_labels, task, 0, 0);

	return label ?: aw_label_find(task);
}

/* The current task's label, or NULL outside every agent. */
static __always_inline struct aw_label *aw_label_current(struct task_struct *task)
{
	return aw_task_unlabelled(task) ? NULL : aw_label_of(task);
}

static __always_inline struct aw_agent *aw_agent_of(const struct aw_label *label)
{
	__u32 slot = label->agent;
	struct aw_agent *agent = bpf_map_lookup_elem(&aw_agents, &slot);

	if (!agent || agent->state != AW_AGENT_LIVE || agent->generation != label->agent_generation)
		return NULL;
	return agent;
}

static __always_inline struct aw_counters *aw_counters_of(__u32 slot)
{
	return bpf_map_lookup_elem(&aw_counters, &slot);
}
