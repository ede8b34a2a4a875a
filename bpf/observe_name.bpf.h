/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the observer's programs share: who acts, and naming open files, mappings and text after the
 * fact, from plain addresses.
 */
#pragma once

#include "text.bpf.h"

#define AT_FDCWD_     (-100)
#define FMODE_PATH    0x4000
#define FMODE_CREATED 0x100000

struct pt_regs;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct task_struct___files {
	struct files_struct *files;
};

#pragma clang attribute pop

/* What could not be seen makes the run incomplete. */
static __noinline void aw_observe_lost(struct task_struct *task)
{
	struct aw_label *label = aw_label_current(task);
	struct aw_counters *counters;

	if (!label)
		return;
	counters = aw_counters_of(label->agent);
	if (counters)
		AW_COUNT_ADD(counters, lost, AW_RING_OBSERVATIONS);
}

/*
 * As aw_enter(), and: nobody is told that an operation was denied that has already been done, and
 * the buffer is not used for the subject's sake once a name is in it.
 */
static __always_inline bool aw_observe_enter(struct aw_hook_context *h)
{
	const __u64 enforce = 1ull << (21 + 2 * AW_CLASS_FILE) | 1ull << (21 + 2 * AW_CLASS_EXEC) |
			      1ull << (21 + 2 * AW_CLASS_UNIX);
	__u64 control;
	int err;

	if (!aw_enter(h, AW_HOOK_TRACEPOINT, AW_CLASS_FILE, &err))
		return false;
	control = h->scratch->control;
	/* enforce (2) becomes audit (1) */
	h->scratch->control = (control & ~enforce) | (control & enforce) >> 1;
	if (AW_CONTROL_HAS_CONDITIONS(control))
		h->label->notes.conditions = AW_CONDITIONS_UNKNOWN;
	if (h->label->control_generation != AW_CONTROL_GENERATION(control))
		aw_subject_refresh(h->scratch, h->label);
	return true;
}

/* An open file of the current task, or NULL. An address, no typed pointer. */
static __noinline struct file *aw_file_at(struct task_struct *task, __u32 fd)
{
	struct files_struct *files = ((struct task_struct___files *)task)->files;
	struct fdtable *table = BPF_CORE_READ(files, fdt);
	struct file *file = NULL;

	if (fd < BPF_CORE_READ(table, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(table, fd) + fd);
	return file;
}

/* Names an open file. Returns 1 where it was decided above, in an overlay. */
static __noinline int aw_name_file(struct aw_hook_context *h, struct file *file)
{
	struct aw_scratch *s = h->scratch;
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	s->start_mnt = (__u64)BPF_CORE_READ(file, f_path.mnt);
	s->start_dentry = (__u64)BPF_CORE_READ(file, f_path.dentry);
	s->ino = BPF_CORE_READ(inode, i_ino);
	s->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	return aw_name_slow(s, h->agent);
}

/* start_* becomes the folder that text starts from. False where there is none. */
static __noinline bool aw_text_begin(struct aw_hook_context *h, __s32 dir)
{
	struct fs_struct *fs = h->task->fs;
	struct aw_scratch *s = h->scratch;
	struct file *file;

	if (s->buffer[AW_TEXT_START] == '/') {
		s->start_mnt = (__u64)fs->root.mnt;
		s->start_dentry = (__u64)fs->root.dentry;
		return true;
	}
	if (dir == AT_FDCWD_) {
		s->start_mnt = (__u64)fs->pwd.mnt;
		s->start_dentry = (__u64)fs->pwd.dentry;
		return true;
	}
	file = aw_file_at(h->task, dir);
	s->start_mnt = (__u64)BPF_CORE_READ(file, f_path.mnt);
	s->start_dentry = (__u64)BPF_CORE_READ(file, f_path.dentry);
	return file;
}

/* Called with the mapping that an address lies in. */
static long aw_note_mapping(struct task_struct *task, struct vm_area_struct *vma,
			    struct aw_scratch **scratch)
{
	(*scratch)->start_mnt = (__u64)vma->vm_file;
	return 0;
}

/*
 * Names a mapped file. Since 6.6 the mapping of an overlay's file is of the layer's file, which
 * knows the path that was asked for.
 */
static __always_inline int aw_name_mapped(struct aw_hook_context *h, struct file *file)
{
	struct path *asked;

	if (!aw_name_file(h, file))
		return 0;
	if (!bpf_core_type_exists(struct backing_file))
		return 1;
	asked = (void *)file + bpf_core_field_offset(struct backing_file, user_path);
	h->scratch->start_mnt = (__u64)BPF_CORE_READ(asked, mnt);
	h->scratch->start_dentry = (__u64)BPF_CORE_READ(asked, dentry);
	return aw_name_slow(h->scratch, h->agent);
}

/* The file that is mapped at an address was mapped to be executed. */
static __always_inline void aw_observe_mapping(struct aw_hook_context *h, __u64 address)
{
	struct aw_scratch *s = h->scratch;
	struct file *file;

	s->start_mnt = 0;
	if (bpf_find_vma(h->task, address, aw_note_mapping, &s, 0)) {
		aw_observe_lost(h->task);
		return;
	}
	file = (void *)h->scratch->start_mnt;
	if (file && !aw_name_mapped(h, file))
		aw_decide(h->scratch, h->agent, h->label, AW_OP_MAP, AW_NO_OP);
}
