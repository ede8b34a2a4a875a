/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who acts: from the current task to its label and its agent. The first test leaves for tasks
 * outside every agent; everything else in the programs comes after it.
 */
#pragma once

#include "maps.bpf.h"

/* A task that no agent ever had has no local storage, and neither has its leader. */
static __always_inline bool aw_task_unlabelled(struct task_struct *task)
{
	return !task->bpf_storage && !task->group_leader->bpf_storage;
}

static __always_inline void aw_label_set(struct task_struct *task, const struct aw_label *from)
{
	__u32 tid = task->pid;
	__u32 slot = from->agent;
	struct aw_label *label;
	__s64 *alive;

	label = bpf_task_storage_get(&aw_labels, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (label)
		*label = *from;
	/* Storage can be busy (preempted on this CPU); the label must not be lost by that. */
	bpf_map_update_elem(&aw_labels_by_tid, &tid, from, BPF_ANY);
	alive = bpf_map_lookup_elem(&aw_tasks_alive, &slot);
	if (alive)
		__sync_fetch_and_add(alive, 1);
}

/* Copied from the leader: an attach fires for the leader only. */
static __noinline struct aw_label *aw_label_inherit(struct task_struct *task)
{
	struct aw_label *label = bpf_task_storage_get(&aw_labels, task->group_leader, 0, 0);
	__u32 tid;

	if (!label) {
		tid = task->tgid;
		label = bpf_map_lookup_elem(&aw_labels_by_tid, &tid);
	}
	if (!label)
		return NULL;
	aw_label_set(task, label);
	tid = task->pid;
	return bpf_map_lookup_elem(&aw_labels_by_tid, &tid);
}

/* The current task's label, or NULL outside every agent. */
static __always_inline struct aw_label *aw_label_current(struct task_struct *task)
{
	struct aw_label *label;
	__u32 tid;

	if (aw_task_unlabelled(task))
		return NULL;
	label = bpf_task_storage_get(&aw_labels, task, 0, 0);
	if (label)
		return label;
	tid = task->pid;
	label = bpf_map_lookup_elem(&aw_labels_by_tid, &tid);
	if (label)
		return label;
	return aw_label_inherit(task);
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
