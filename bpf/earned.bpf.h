/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a class gives (rules with `by:` that allow, flag or lift) is earned by an exec and lost for
 * good: it holds only while the executable and all code that the process maps are files that no
 * agent wrote, and none may write by the agent's own policy. It belongs to the memory of a process,
 * so that all threads, and whoever shares that memory, lose it at once; a child has a copy of both.
 *
 * What is not known to be earned is not: a lost entry denies.
 */
#pragma once

#include "agent.bpf.h"

/* Goes up with everything that is lost: labels look again. */
extern __u32 aw_drops;

/* An exec has earned it, or a child has a copy. False: there is no room. */
static __always_inline bool aw_earned_add(__u64 mm)
{
	__u32 lost = AW_LOST_NOTHING;

	return !bpf_map_update_elem(&aw_earned, &mm, &lost, BPF_ANY);
}

/*
 * The classes stay, to take away; the next decision finds their set of verdicts, and does not look
 * in the cache. For the label's own task, or before it has one.
 */
static __always_inline void aw_earned_forget(struct aw_label *label, __u32 why)
{
	label->is_earned = 0;
	label->lost = why;
	label->control_generation--;
	label->notes.control = 0;
}

/* For good, and for all that share the memory: each finds out at its next decision. */
static __noinline int aw_earned_drop(struct aw_label *label, __u32 why)
{
	__u64 mm = label->mm;

	if (!label->is_earned)
		return 0;
	if (bpf_map_update_elem(&aw_earned, &mm, &why, BPF_ANY))
		bpf_map_delete_elem(&aw_earned, &mm);
	__sync_fetch_and_add(&aw_drops, 1);
	return 0;
}

/* Something was lost by somebody. */
static __noinline int aw_earned_look(struct aw_label *label)
{
	__u64 mm = label->mm;
	__u32 drops = *(volatile __u32 *)&aw_drops;
	__u32 *lost = bpf_map_lookup_elem(&aw_earned, &mm);

	if (!lost)
		aw_earned_forget(label, AW_LOST_UNKNOWN);
	else if (*lost)
		aw_earned_forget(label, *lost);
	label->drops = drops;
	return 0;
}

/* Before a label is decided by, or copied. */
static __always_inline void aw_earned_check(struct aw_label *label)
{
	if (label->is_earned && label->drops != *(volatile __u32 *)&aw_drops)
		aw_earned_look(label);
}
