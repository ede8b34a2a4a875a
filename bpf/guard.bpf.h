/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The decision about a guard act: from the label and the act's number to a return value. Such an
 * act has no object, so there is nothing to name and nothing to match: the image has the verdict.
 */
#pragma once

#include "mediate.bpf.h"

#define AW_GUARD_QUIET 0x100 /* beside the act: a question that nobody is told the answer of */

#define AW_DEFINE_GUARD(size, n_cells)                                                   \
	static __noinline int aw_guard_in_##size(struct aw_scratch *s,                   \
						 struct aw_image_##size *image)          \
	{                                                                                \
		s->vid = image->head.guard_vid[s->guard & (AW_GUARDS_MAX - 1)];          \
		s->row = aw_verdict_row(&image->head, image->cells, (n_cells)-1, s->vid, \
					s->subject_set);                                 \
		s->policy = *(__u64 *)image->head.hash;                                  \
		return 0;                                                                \
	}

AW_DEFINE_GUARD(small, AW_IMAGE_CELLS_SMALL)
AW_DEFINE_GUARD(medium, AW_IMAGE_CELLS_MEDIUM)
AW_DEFINE_GUARD(large, AW_IMAGE_CELLS_LARGE)

#define aw_guard_small(s)  aw_guard_in_small(s, image)
#define aw_guard_medium(s) aw_guard_in_medium(s, image)
#define aw_guard_large(s)  aw_guard_in_large(s, image)

/* Finds the verdict of the act that scratch names. */
static __always_inline void aw_guard_judge(struct aw_scratch *s, struct aw_label *label)
{
	__u64 control = s->control;

	s->object = AW_OBJECT_GUARD;
	/* Of acts with one name, those of each hook are told. */
	s->hash = aw_mix(aw_hash_seed, (__u64)s->hook << 32 | s->guard) ?: 1;
	s->vid = 0;
	s->row = 0;
	s->policy = 0;
	if (label->control_generation != AW_CONTROL_GENERATION(control))
		aw_subject_refresh(s, label);
	s->subject_set = label->subject_set;
	if (AW_CONTROL_HAS_POLICY(control) && AW_WITH_IMAGE(control, aw_guard, s))
		s->fail_reason = AW_REASON_NO_POLICY;
}

/* The answer to a question that is not the act itself: neither counted nor told of. */
static __always_inline int aw_guard_answer(const struct aw_scratch *s)
{
	if (AW_CONTROL_MODE(s->control, AW_CLASS_GUARD) != AW_MODE_ENFORCE)
		return 0;
	if (s->fail_reason || !aw_verdict_permits(aw_verdict_in(s->row, AW_OP_GUARD)))
		return 1;
	return 0;
}

/*
 * Whether the act is denied: judged and told of. hook: enum aw_hook; in the higher half what a
 * denial returns, for the event. target: a pid, or 0.
 */
__weak int aw_guard_decide(struct aw_agent *agent, struct aw_label *label, __u32 hook, __u32 act,
			   __u32 target)
{
	struct aw_scratch *s;
	int err;

	if (!agent || !label)
		return 1;
	s = aw_scratch_claim();
	if (!s)
		return aw_refuse(label, agent, hook & 0xffff, AW_OP_GUARD, AW_REASON_NO_SCRATCH);
	aw_scratch_begin(s, hook & 0xffff, label->agent, *(volatile __u64 *)&agent->control,
			 -(int)(hook >> 16));
	s->guard = act & (AW_GUARDS_MAX - 1);
	s->target = target;
	aw_guard_judge(s, label);
	if (act & AW_GUARD_QUIET)
		err = aw_guard_answer(s);
	else
		err = aw_conclude(s, agent, label, AW_OP_GUARD);
	aw_scratch_release(s);
	return err ? 1 : 0;
}

/* The same for those who know the agent. error: a positive constant. Returns 0 or −error. */
#define AW_GUARD_DECIDE(h, hook, act, target, error) \
	(aw_guard_decide((h).agent, (h).label, (hook) | (error) << 16, act, target) ? -(error) : 0)

/* From label to return value. */
static __always_inline int aw_guard(__u32 hook, __u32 act, __u32 target, int error)
{
	struct aw_hook_context h;
	int ret;

	if (!aw_enter_agent(&h, AW_CLASS_GUARD, &ret))
		return ret ? -error : 0;
	return AW_GUARD_DECIDE(h, hook, act, target, error);
}

static __always_inline bool aw_label_is_of(const struct aw_label *label,
					   const struct aw_label *other)
{
	return label->agent == other->agent && label->agent_generation == other->agent_generation;
}

/* The label of any task. A thread can have its own from its leader only later. */
static __noinline struct aw_label *aw_label_of_other(struct task_struct *task)
{
	__u32 tid = task->pid, tgid = task->tgid;
	struct aw_label *label = bpf_task_storage_get(&aw_labels, task, 0, 0);

	if (!label)
		label = bpf_map_lookup_elem(&aw_labels_by_tid, &tid);
	return label ?: bpf_map_lookup_elem(&aw_labels_by_tid, &tgid);
}

/* For acts on a task, which are free among the tasks of one agent. */
static __always_inline int aw_guard_on(const struct aw_hook_context *h, __u32 hook, __u32 act,
				       struct task_struct *task, const struct aw_label *other,
				       int error)
{
	if (other && aw_label_is_of(other, h->label))
		return 0;
	return AW_GUARD_DECIDE(*h, hook, act, task->tgid, error);
}

static __always_inline int aw_guard_task(__u32 hook, __u32 act, struct task_struct *task, int error)
{
	struct aw_hook_context h;
	int ret;

	if (!aw_enter_agent(&h, AW_CLASS_GUARD, &ret))
		return ret ? -error : 0;
	return aw_guard_on(&h, hook, act, task, aw_label_of_other(task), error);
}

/* What writing to a file system of the kernel's own is; AW_GUARD_ACTS on all others. */
static __always_inline __u32 aw_guard_of_magic(unsigned long magic)
{
	switch (magic) {
	case PROC_SUPER_MAGIC:
		return AW_GUARD_PROC;
	case SYSFS_MAGIC:
		return AW_GUARD_SYSFS;
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
		return AW_GUARD_CGROUP;
	case BPF_FS_MAGIC:
		return AW_GUARD_BPFFS;
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case SECURITYFS_MAGIC:
	case CONFIGFS_MAGIC:
	case EFIVARFS_MAGIC:
	case BINFMTFS_MAGIC:
		return AW_GUARD_KERNEL_FILES;
	default:
		return AW_GUARD_ACTS;
	}
}

/*
 * What a process may write below its own number in /proc, or below that of another one of its
 * agent, is about these alone. inode: an address, or 0.
 */
static __always_inline int aw_guard_kernel_file(struct aw_hook_context *h, __u32 hook, __u32 act,
						__u64 inode)
{
	if (act == AW_GUARD_PROC && inode && aw_proc_is_own(inode, h->label->agent))
		return 0;
	return AW_GUARD_DECIDE(*h, hook, act, 0, EACCES_);
}

/* For writing to, making, removing and renaming a file; on other file systems nothing but a look.
 */
static __always_inline int aw_guard_write(struct aw_hook_context *h, __u32 hook,
					  struct dentry *dentry)
{
	__u32 act = aw_guard_of_magic(dentry->d_sb->s_magic);

	if (act == AW_GUARD_ACTS)
		return 0;
	return aw_guard_kernel_file(h, hook, act, aw_number_of(h->label, dentry->d_inode));
}

/* The same from the label on. */
static __always_inline int aw_guard_change(__u32 hook, struct dentry *dentry)
{
	struct aw_hook_context h;
	int ret;

	if (aw_task_unlabelled(bpf_get_current_task_btf()) ||
	    aw_guard_of_magic(dentry->d_sb->s_magic) == AW_GUARD_ACTS)
		return 0;
	if (!aw_enter_agent(&h, AW_CLASS_GUARD, &ret))
		return ret;
	return aw_guard_write(&h, hook, dentry);
}
