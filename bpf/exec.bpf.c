/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs. Each hook, the act that it stops, and the operation that it is:
 *
 *   bprm_check_security   execve, once a stage: the file, then each interpreter    exec
 *   bprm_creds_from_file  the point after which exec cannot fail: the subject is set
 *   mmap_file             mapping a file executable                                map
 *   file_mprotect         making a mapping of a file executable                    map
 *   sched_process_exec    tells of the new program: name, script, folder, arguments
 */
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
}

SEC("lsm/bprm_check_security")
int BPF_PROG(aw_bprm_check_security, struct linux_binprm *bprm, int ret)
{
	struct file *file = bprm->file;
	struct aw_hook_context h;
	int err;

	if (ret)
		return ret;
	if (!aw_enter(&h, AW_HOOK_BPRM_CHECK, AW_CLASS_EXEC, &err))
		return err;
	h.scratch->subject_bits = 0;
	err = aw_mediate_object(&h, file->f_path.mnt, file->f_path.dentry, AW_ROLE_ONLY, AW_OP_EXEC,
				AW_NO_OP);
	if (!err)
		aw_exec_stage(h.scratch, h.label, bprm->interp == bprm->filename);
	aw_scratch_release(h.scratch);
	return err;
}

/*
 * The old image's classes go; those of kind `under:` stay and are joined by the ones whose parent
 * the old image was in.
 */
static __noinline void aw_subject_commit(struct aw_scratch *s, struct aw_label *label)
{
	__u32 mask = label->subject_mask | label->sticky_mask;
	__u64 control = s->control;
	__u32 bits = label->next_bits;

	label->subject = label->next_subject;
	label->script = label->next_script;
	label->subject_mask = (bits & 0xffff) | (label->next_script ? bits >> 16 : 0);
	label->subject_set = 0;
	if (AW_CONTROL_HAS_POLICY(control)) {
		label->sticky_mask |= AW_WITH_IMAGE(control, aw_under, mask) & 0xffff;
		AW_WITH_IMAGE(control, aw_subject, label);
	}
}

SEC("lsm/bprm_creds_from_file")
int BPF_PROG(aw_bprm_creds_from_file, struct linux_binprm *bprm, struct file *file, int ret)
{
	struct aw_hook_context h;
	__u32 tid;
	int err;

	if (ret)
		return ret;
	if (!aw_enter(&h, AW_HOOK_BPRM_CHECK, AW_CLASS_EXEC, &err))
		return err;
	if (h.label->control_generation != AW_CONTROL_GENERATION(h.scratch->control))
		aw_subject_refresh(h.scratch, h.label);
	aw_subject_commit(h.scratch, h.label);
	tid = h.task->pid;
	bpf_map_update_elem(&aw_labels_by_tid, &tid, h.label, BPF_ANY);
	aw_scratch_release(h.scratch);
	return 0;
}

static __always_inline int aw_map_executable(struct file *file, __u32 hook)
{
	return aw_mediate_one(hook, file->f_path.mnt, file->f_path.dentry, AW_OP_MAP, AW_NO_OP);
}

SEC("lsm/mmap_file")
int BPF_PROG(aw_mmap_file, struct file *file, unsigned long reqprot, unsigned long prot,
	     unsigned long flags, int ret)
{
	if (ret || !file || !(prot & PROT_EXEC))
		return ret;
	return aw_map_executable(file, AW_HOOK_MMAP_FILE);
}

/* The function behind the hook has only what was asked for: READ_IMPLIES_EXEC is added here. */
SEC("fmod_ret/security_mmap_file")
int BPF_PROG(aw_mmap_file_fmod, struct file *file, unsigned long prot, unsigned long flags, int ret)
{
	bool implied =
		prot & PROT_READ && bpf_get_current_task_btf()->personality & READ_IMPLIES_EXEC;

	if (ret || !file || (!(prot & PROT_EXEC) && !implied))
		return ret;
	return aw_map_executable(file, AW_HOOK_MMAP_FILE);
}

/* On 6.12 the mapping of an overlay's file is of the layer's: its user_path is the name. */
static __always_inline int aw_mprotect_file(struct file *file)
{
	struct aw_hook_context h;
	struct path *path;
	int err;

	if (!aw_enter(&h, AW_HOOK_FILE_MPROTECT, AW_CLASS_EXEC, &err))
		return err;
	if (aw_name_object(h.scratch, h.agent, file->f_path.mnt, file->f_path.dentry)) {
		if (!bpf_core_type_exists(struct backing_file))
			goto out;
		h.scratch->start_mnt = (__u64)file;
		path = (void *)(*(volatile __u64 *)&h.scratch->start_mnt +
				bpf_core_field_offset(struct backing_file, user_path));
		h.scratch->start_mnt = (__u64)BPF_CORE_READ(path, mnt);
		h.scratch->start_dentry = (__u64)BPF_CORE_READ(path, dentry);
		aw_name_slow(h.scratch, h.agent);
	}
	err = aw_decide(h.scratch, h.agent, h.label, AW_OP_MAP, AW_NO_OP) ? -EACCES_ : 0;
out:
	aw_scratch_release(h.scratch);
	return err;
}

SEC("lsm/file_mprotect")
int BPF_PROG(aw_file_mprotect, struct vm_area_struct *vma, unsigned long reqprot,
	     unsigned long prot, int ret)
{
	struct file *file = vma->vm_file;

	if (ret || !file || !(prot & PROT_EXEC) || vma->vm_flags & VM_EXEC)
		return ret;
	return aw_mprotect_file(file);
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

SEC("tp_btf/sched_process_exec")
int BPF_PROG(aw_sched_process_exec, struct task_struct *task, int old_pid,
	     struct linux_binprm *bprm)
{
	struct aw_hook_context h;
	struct aw_rec_exec *rec;
	__u32 at = 0;
	int err;

	if (!aw_enter(&h, AW_HOOK_BPRM_CHECK, AW_CLASS_EXEC, &err))
		return 0;
	rec = &h.scratch->record.exec;
	__builtin_memset(rec, 0, sizeof(*rec));
	rec->subject = h.label->subject;
	rec->script = h.label->script;
	rec->subject_mask = h.label->subject_mask | h.label->sticky_mask;
	at += rec->exe_length = aw_exec_add_name(rec, at, rec->subject, &rec->exe_anchor);
	at += rec->script_length = aw_exec_add_name(rec, at, rec->script, &rec->script_anchor);
	at += rec->cwd_length = aw_exec_add_cwd(&h, rec, at);
	at += rec->argv_length = aw_exec_add_argv(&h, rec, at);
	aw_fill_proc(&rec->proc, h.task, rec->subject);
	aw_fill_head(&rec->head, AW_REC_EXEC, sizeof(*rec) + at, h.label->agent, h.agent);
	aw_send_record(h.scratch, h.agent, sizeof(*rec) + at, AW_RING_DECISIONS);
	aw_scratch_release(h.scratch);
	return 0;
}
