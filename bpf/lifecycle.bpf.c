/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who belongs to which agent, over the life of tasks and cgroups:
 *
 *   cgroup_mkdir         a cgroup below an agent's is the agent's too
 *   cgroup_rmdir         and no longer when it is gone
 *   cgroup_attach_task   a process moved into an agent's cgroup gets the label; leaving keeps it
 *   task_newtask         a new task takes its parent's label, or its cgroup's; before its first
 *                        instruction, and after CLONE_INTO_CGROUP took effect
 *   sched_process_exit   the label's count goes down
 *   iter/task            tasks that were inside before the agent was registered
 *   inode_free_security  a file that an agent wrote is gone
 *   iter/task_file       tells userspace the (device, inode) of a folder as the programs see it
 */
#include "cache.bpf.h"
#include "earned.bpf.h"
#include "emit.bpf.h"
#include "provenance.bpf.h"

__u32 aw_labels_astray;
__u32 aw_unrecorded;
__u32 aw_drops;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* kernfs_node has lost its `parent` in 6.15; a cgroup's own state still has one. */
struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup___self {
	struct cgroup_subsys_state self;
};

#pragma clang attribute pop

static __always_inline bool aw_is_labelled(struct task_struct *task)
{
	__u32 tid = task->pid;

	if (bpf_task_storage_get(&aw_labels, task, 0, 0))
		return true;
	return bpf_map_lookup_elem(&aw_labels_by_tid, &tid) != NULL;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(aw_cgroup_mkdir, struct cgroup *cgrp, const char *path)
{
	__u64 parent, id = cgrp->kn->id;
	__u32 *slot;

	if (cgrp->root->hierarchy_id)
		return 0;
	parent = ((struct cgroup___self *)cgrp)->self.parent->cgroup->kn->id;
	slot = bpf_map_lookup_elem(&aw_cgroups, &parent);
	if (slot)
		bpf_map_update_elem(&aw_cgroups, &id, slot, BPF_ANY);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(aw_cgroup_rmdir, struct cgroup *cgrp, const char *path)
{
	__u64 id = cgrp->kn->id;

	if (!cgrp->root->hierarchy_id)
		bpf_map_delete_elem(&aw_cgroups, &id);
	return 0;
}

/* First label wins: an agent's task that moves to another agent's cgroup stays who it was. */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(aw_cgroup_attach_task, struct cgroup *cgrp, const char *path, struct task_struct *task,
	     bool threadgroup)
{
	struct aw_label label;

	if (cgrp->root->hierarchy_id || !aw_label_for(cgrp->kn->id, &label))
		return 0;
	if (!aw_is_labelled(task))
		aw_label_set(task, &label);
	return 0;
}

static __noinline int aw_tell_fork(struct task_struct *child, const struct aw_label *label)
{
	struct aw_agent *agent = aw_agent_of(label);
	struct aw_rec_fork rec = {};

	if (!agent)
		return 0;
	aw_fill_proc(&rec.parent, label->subject);
	rec.pid = child->pid;
	rec.start_ns = child->start_boottime;
	aw_fill_head(&rec.head, AW_REC_FORK, sizeof(rec), label->agent, agent);
	aw_send(agent, &rec.head, sizeof(rec), AW_RING_DECISIONS);
	return 0;
}

/* A copy of the memory is as good as what it was copied from. */
static __always_inline void aw_inherit_earned(struct aw_label *label, struct task_struct *task,
					      unsigned long clone_flags)
{
	if (!label->is_earned || clone_flags & CLONE_VM)
		return;
	label->mm = (__u64)BPF_CORE_READ(task, mm);
	if (aw_earned_add(label->mm))
		return;
	aw_earned_forget(label, AW_LOST_UNKNOWN);
}

static __always_inline __u64 aw_cgroup_of(struct task_struct *task)
{
	return task->cgroups->dfl_cgrp->kn->id;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(aw_task_newtask, struct task_struct *task, unsigned long clone_flags)
{
	struct task_struct *parent = bpf_get_current_task_btf();
	struct aw_label *inherited = aw_label_current(parent);
	struct aw_label label;

	if (inherited) {
		aw_earned_check(inherited);
		label = *inherited;
		aw_inherit_earned(&label, task, clone_flags);
	} else if (!aw_label_for(aw_cgroup_of(task), &label))
		return 0;
	aw_label_set(task, &label);
	if (!(clone_flags & CLONE_THREAD))
		aw_tell_fork(task, &label);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(aw_sched_process_exit, struct task_struct *task)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct aw_rec_exit rec = {};
	struct aw_label label, *known;
	struct aw_agent *agent;
	__u32 tid = current->pid, slot;
	__s64 *alive;

	if (aw_task_unlabelled(current))
		return 0;
	known = bpf_map_lookup_elem(&aw_labels_by_tid, &tid);
	if (!known)
		return 0;
	label = *known;
	slot = label.agent;
	if (label.astray)
		__sync_fetch_and_sub(&aw_labels_astray, 1);
	bpf_map_delete_elem(&aw_labels_by_tid, &tid);
	alive = bpf_map_lookup_elem(&aw_tasks_alive, &slot);
	if (alive)
		__sync_fetch_and_sub(alive, 1);
	agent = aw_agent_of(&label);
	if (agent)
		aw_settle(agent, 0, 0);
	if (!agent || current->pid != current->tgid)
		return 0;
	aw_fill_proc(&rec.proc, label.subject);
	rec.status = current->exit_code;
	aw_fill_head(&rec.head, AW_REC_EXIT, sizeof(rec), slot, agent);
	aw_send(agent, &rec.head, sizeof(rec), AW_RING_DECISIONS);
	return 0;
}

SEC("iter/task")
int aw_label_inside(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct aw_label label;

	if (!task || !aw_label_for(aw_cgroup_of(task), &label))
		return 0;
	if (!aw_is_labelled(task))
		aw_label_set(task, &label);
	return 0;
}

/* What the programs see of an open file; userspace asks for one file descriptor of its own. */
SEC("iter/task_file")
int aw_identify(struct bpf_iter__task_file *ctx)
{
	struct file *file = ctx->file;
	struct aw_identity identity;

	if (!file)
		return 0;
	identity.ino = file->f_inode->i_ino;
	identity.dev = file->f_inode->i_sb->s_dev;
	identity.fd = ctx->fd;
	bpf_seq_write(ctx->meta->seq, &identity, sizeof(identity));
	return 0;
}

/* File systems whose link counts are their own to keep: 0 means that the file is gone. */
static __always_inline bool aw_counts_links(unsigned long magic)
{
	return aw_folders_are_told_by_number(magic) || magic == BTRFS_SUPER_MAGIC ||
	       magic == OVERLAYFS_MAGIC;
}

/* An inode leaves memory. Before its number, or its generation, can be another file's. */
SEC("fentry/security_inode_free")
int BPF_PROG(aw_inode_free, struct inode *inode)
{
	struct aw_written_key key;

	if (inode->i_nlink || !aw_counts_links(inode->i_sb->s_magic))
		return 0;
	aw_written_key_of(inode, &key);
	bpf_map_delete_elem(&aw_written, &key);
	return 0;
}
