/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A new program, for the hooks that decide about it (exec.bpf.c) and for the tracepoint that only
 * sees it (observe.bpf.c): its name is remembered, it becomes the task's subject, and it is told
 * of.
 */
#pragma once

#include "mediate.bpf.h"

/* Remembers the name in scratch under its hash, so that a policy swap can class it again. */
static __noinline int aw_subject_remember(struct aw_scratch *s)
{
	struct aw_subject_name *name = (void *)s->record.bytes;
	__u64 hash = s->hash;

	if (s->length > AW_SUBJECT_NAME_MAX || bpf_map_lookup_elem(&aw_subject_names, &hash))
		return 0;
	__builtin_memset(name, 0, sizeof(*name));
	name->length = s->length;
	name->anchor = s->anchor;
	if (s->length)
		bpf_probe_read_kernel(name->name, s->length & 511,
				      &s->buffer[s->offset & (AW_BUFFER_BYTES - 1)]);
	return bpf_map_update_elem(&aw_subject_names, &hash, name, BPF_ANY);
}

/*
 * The first stage's file is a script if more stages follow. Classes come from the automaton's walk
 * that judged the exec: it must be known which classes the name gives, whatever the verdict.
 */
static __always_inline void aw_exec_stage(struct aw_scratch *s, struct aw_label *label, bool first)
{
	if (!s->hash)
		aw_name_hash(s);
	aw_subject_remember(s);
	if (first) {
		label->next_script = 0;
		label->next_bits = s->subject_bits;
	} else {
		if (!label->next_script)
			label->next_script = label->next_subject;
		label->next_bits = (label->next_bits & 0xffff0000) | (s->subject_bits & 0xffff);
	}
	label->next_subject = s->hash;
	label->next_policy = s->policy;
	label->next_lost = AW_LOST_NOTHING;
}

/*
 * The old image's classes go; those of kind `under:` stay and are joined by the ones whose parent
 * the old image was in.
 */
static __noinline void aw_subject_commit(struct aw_scratch *s, struct aw_label *label, __u64 mm)
{
	__u32 mask = label->subject_mask | label->sticky_mask;
	__u64 control = s->control;
	__u32 bits = label->next_bits;

	label->subject = label->next_subject;
	label->script = label->next_script;
	label->subject_mask = (bits & 0xffff) | (label->next_script ? bits >> 16 : 0);
	label->subject_set = 0;
	label->mm = mm;
	label->earned_policy = label->next_policy;
	label->drops = *(volatile __u32 *)&aw_drops;
	label->lost = label->next_lost;
	if (label->next_script && !label->lost)
		label->lost = AW_LOST_SCRIPT;
	label->is_earned = label->subject_mask && !label->lost;
	if (label->is_earned && !aw_earned_add(mm)) {
		label->is_earned = 0;
		label->lost = AW_LOST_UNKNOWN;
	}
	if (AW_CONTROL_HAS_POLICY(control)) {
		label->sticky_mask |= AW_WITH_IMAGE(control, aw_under, mask) & 0xffff;
		AW_WITH_IMAGE(control, aw_subject, label);
	}
}

/* Appends a remembered name; returns its length. */
static __always_inline __u32 aw_exec_add_name(struct aw_rec_exec *rec, __u32 at, __u64 hash,
					      __u8 *ret_anchor)
{
	struct aw_subject_name *name = bpf_map_lookup_elem(&aw_subject_names, &hash);
	__u32 length;

	*ret_anchor = AW_ANCHOR_NONE;
	if (!name)
		return 0;
	*ret_anchor = name->anchor;
	length = name->length;
	if (length > AW_SUBJECT_NAME_MAX)
		return 0;
	bpf_probe_read_kernel(&rec->name[at & 1023], AW_SUBJECT_NAME_MAX, name->name);
	return length;
}

static __always_inline __u32 aw_exec_add_cwd(struct aw_hook_context *h, struct aw_rec_exec *rec,
					     __u32 at)
{
	struct fs_struct *fs = h->task->fs;
	struct aw_scratch *s = h->scratch;
	__u32 length;

	aw_name_object(s, h->agent, fs->pwd.mnt, fs->pwd.dentry);
	rec->cwd_anchor = s->anchor;
	if (s->fail_reason || !s->length)
		return 0;
	length = s->length;
	if (length > AW_PATH_MAX)
		return 0;
	bpf_probe_read_kernel(&rec->name[at & 1023], ((length - 1) & (AW_PATH_MAX - 1)) + 1,
			      &s->buffer[s->offset & (AW_BUFFER_BYTES - 1)]);
	return length;
}

static __always_inline __u32 aw_exec_add_argv(struct aw_hook_context *h, struct aw_rec_exec *rec,
					      __u32 at)
{
	struct mm_struct *mm = h->task->mm;
	__u64 start = mm->arg_start, end = mm->arg_end;
	__u32 length;

	if (end < start)
		return 0;
	rec->argv_total = end - start;
	length = end - start > AW_ARGV_MAX ? AW_ARGV_MAX : end - start;
	if (!length || at > AW_PATH_MAX + 1024)
		return 0;
	if (bpf_probe_read_user(&rec->name[at & (2 * AW_PATH_MAX - 1)],
				((length - 1) & (AW_ARGV_MAX - 1)) + 1, (void *)start))
		return 0;
	return length;
}

/* The program that the label names now, with its script, folder and arguments. */
static __always_inline void aw_exec_tell(struct aw_hook_context *h)
{
	struct aw_rec_exec *rec = &h->scratch->record.exec;
	__u32 at = 0;

	__builtin_memset(rec, 0, sizeof(*rec));
	rec->subject = h->label->subject;
	rec->script = h->label->script;
	rec->subject_mask = h->label->subject_mask | h->label->sticky_mask;
	at += rec->exe_length = aw_exec_add_name(rec, at, rec->subject, &rec->exe_anchor);
	rec->script_length = aw_exec_add_name(rec, at, rec->script, &rec->script_anchor);
	/* From memory: the verifier then reads the walk below once, and not for each pair of them.
	 */
	at = (*(volatile __u32 *)&rec->exe_length + *(volatile __u32 *)&rec->script_length) & 1023;
	at += rec->cwd_length = aw_exec_add_cwd(h, rec, at);
	at += rec->argv_length = aw_exec_add_argv(h, rec, at);
	aw_fill_proc(&rec->proc, rec->subject);
	aw_fill_head(&rec->head, AW_REC_EXEC, sizeof(*rec) + at, h->label->agent, h->agent);
	aw_send_record(h->scratch, h->agent, sizeof(*rec) + at, AW_RING_DECISIONS);
}
