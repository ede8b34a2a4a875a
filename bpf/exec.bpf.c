/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs. Each hook, the act that it stops, and the operation that it is:
 *
 *   bprm_check_security   execve, once a stage: the file, then each interpreter    exec
 *   bprm_creds_from_file  the point after which exec cannot fail: the subject is set
 *   mmap_file             mapping a file executable                                map
 *                         mapping one that is open (descriptor.bpf.h)        read, write
 *   file_mprotect         making a mapping of a file executable                    map
 *   sched_process_exec    tells of the new program: name, script, folder, arguments
 */
#include "descriptor.bpf.h"
#include "provenance.bpf.h"
#include "subject.bpf.h"

/* What the policy has to know of the file, if it depends on that. */
static __always_inline void aw_find_conditions(struct aw_hook_context *h, struct file *file)
{
	if (AW_CONTROL_HAS_CONDITIONS(h->control))
		h->label->notes.conditions = aw_conditions_of(file);
}

/* Whether code of that file takes away what classes give. The name in scratch was judged. */
static __noinline bool aw_is_untrusted(struct aw_scratch *s, __u32 conditions)
{
	if (s->fail_reason || (s->object != AW_OBJECT_PATH && s->object != AW_OBJECT_ANCHORED))
		return true;
	return conditions & (AW_CONDITION_MASKS - 1) || s->row & AW_ROW_CHANGEABLE;
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
	aw_find_conditions(&h, file);
	err = aw_mediate_object(&h, file->f_path.mnt, file->f_path.dentry, AW_ROLE_ONLY, AW_OP_EXEC,
				AW_NO_OP);
	if (!err) {
		aw_exec_stage(h.scratch, h.label, bprm->interp == bprm->filename);
		if (h.label->next_bits & 0xffff &&
		    aw_is_untrusted(h.scratch, aw_conditions_of(file)))
			h.label->next_lost = AW_LOST_PROGRAM;
		h.label->next_exec = (__u64)bprm;
	}
	aw_scratch_release(h.scratch);
	return err;
}

/* Being traced outlives an exec. Who traces it cannot change until the exec is over. */
static __always_inline bool aw_is_traced(struct task_struct *task)
{
	__u32 tracer;

	if (!task->ptrace)
		return false;
	tracer = BPF_CORE_READ(task, parent, pid);
	return bpf_map_lookup_elem(&aw_labels_by_tid, &tracer);
}

SEC("lsm/bprm_creds_from_file")
int BPF_PROG(aw_bprm_creds_from_file, struct linux_binprm *bprm, struct file *file, int ret)
{
	struct aw_hook_context h;
	int err;

	if (ret)
		return ret;
	if (!aw_enter(&h, AW_HOOK_BPRM_CHECK, AW_CLASS_EXEC, &err))
		return err;
	/* What its file was called is in a label that could not be had this time (busy, on 6.1). */
	if (h.label->next_exec != (__u64)bprm) {
		aw_scratch_release(h.scratch);
		return aw_refuse(h.label, h.agent, AW_HOOK_BPRM_CHECK, AW_OP_EXEC,
				 AW_REASON_UNKNOWN_SUBJECT);
	}
	if (h.label->control_generation != AW_CONTROL_GENERATION(h.scratch->control))
		aw_subject_refresh(h.scratch, h.label);
	if (aw_is_traced(h.task))
		h.label->next_lost = AW_LOST_TRACED;
	aw_subject_commit(h.scratch, h.label, (__u64)BPF_CORE_READ(bprm, mm));
	aw_label_publish(h.task, h.label);
	aw_scratch_release(h.scratch);
	return 0;
}

/* By a process that has something to lose: not by the cache, for the file's name is wanted. */
static __always_inline int aw_map_earned(struct aw_hook_context *h, struct file *file)
{
	int err;

	if (!aw_prepare(h, AW_HOOK_MMAP_FILE, AW_CLASS_EXEC, 0, false, &err))
		return err;
	err = aw_mediate_object(h, file->f_path.mnt, file->f_path.dentry, AW_ROLE_ONLY, AW_OP_MAP,
				AW_NO_OP);
	if (!err && aw_is_untrusted(h->scratch, aw_conditions_of(file)))
		aw_earned_drop(h->label, AW_LOST_MAPPED);
	aw_scratch_release(h->scratch);
	return err;
}

/*
 * What is mapped can be made readable, and where the mapping is shared writable, without a hook
 * that knows of the file: so it is for all that the descriptor is for.
 */
static __always_inline int aw_map(struct file *file, bool executable, unsigned long flags)
{
	__u32 op = AW_OP_MAP, op2 = AW_NO_OP, op_class = AW_CLASS_EXEC;
	struct aw_hook_context h;
	int err;

	if (!executable) {
		op = AW_OP_READ;
		op_class = AW_CLASS_FILE;
		if (flags & MAP_SHARED && file->f_mode & FMODE_WRITE)
			op2 = AW_OP_WRITE;
	}
	if (!aw_enter_agent(&h, op_class, &err))
		return err;
	if (!executable && (!(h.agent->flags & AW_AGENT_RECHECK) ||
			    file->f_flags & FMODE_EXEC_FLAG || aw_descriptor_is_free(&h, file)))
		return 0;
	if (executable)
		aw_find_conditions(&h, file);
	if (executable && h.label->is_earned)
		return aw_map_earned(&h, file);
	return aw_mediate_use(&h, AW_HOOK_MMAP_FILE, file, op_class, op, op2);
}

SEC("lsm/mmap_file")
int BPF_PROG(aw_mmap_file, struct file *file, unsigned long reqprot, unsigned long prot,
	     unsigned long flags, int ret)
{
	if (ret || !file)
		return ret;
	return aw_map(file, prot & PROT_EXEC, flags);
}

/* The function behind the hook has only what was asked for: READ_IMPLIES_EXEC is added here. */
SEC("fmod_ret/security_mmap_file")
int BPF_PROG(aw_mmap_file_fmod, struct file *file, unsigned long prot, unsigned long flags, int ret)
{
	bool implied =
		prot & PROT_READ && bpf_get_current_task_btf()->personality & READ_IMPLIES_EXEC;

	if (ret || !file)
		return ret;
	return aw_map(file, prot & PROT_EXEC || implied, flags);
}

/* On 6.12 the mapping of an overlay's file is of the layer's: its user_path is the name. */
static __always_inline int aw_mprotect_file(struct file *file)
{
	struct aw_hook_context h;
	struct path *path;
	__u32 conditions;
	int err;

	if (!aw_enter(&h, AW_HOOK_FILE_MPROTECT, AW_CLASS_EXEC, &err))
		return err;
	/* Where the verifier does not know them it reads what follows once, not once for each. */
	*(volatile __u32 *)&h.scratch->conditions = aw_conditions_of(file);
	conditions = *(volatile __u32 *)&h.scratch->conditions;
	if (aw_name_object(h.scratch, h.agent, file->f_path.mnt, file->f_path.dentry)) {
		if (!bpf_core_type_exists(struct backing_file))
			goto out;
		h.scratch->start_mnt = (__u64)file;
		path = (void *)(*(volatile __u64 *)&h.scratch->start_mnt +
				bpf_core_field_offset(struct backing_file, user_path));
		h.scratch->start_mnt = (__u64)BPF_CORE_READ(path, mnt);
		h.scratch->start_dentry = (__u64)BPF_CORE_READ(path, dentry);
		conditions = aw_conditions_above(h.scratch->start_dentry, conditions);
		aw_name_start(h.scratch, h.agent);
	}
	if (AW_CONTROL_HAS_CONDITIONS(h.control))
		h.label->notes.conditions = conditions;
	err = aw_decide(h.scratch, h.agent, h.label, AW_OP_MAP, AW_NO_OP) ? -EACCES_ : 0;
	if (!err && h.label->is_earned && aw_is_untrusted(h.scratch, conditions))
		aw_earned_drop(h.label, AW_LOST_MAPPED);
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

/*
 * A thread that is not the leader takes the leader's number when it execs, and the leader is gone:
 * the label by thread id follows, or the exit would not find it and the agent would never be
 * without tasks.
 */
static __always_inline void aw_label_renumber(struct task_struct *task, __u32 old_tid)
{
	__u32 tid = task->pid;
	struct aw_label *label;

	if (tid == old_tid)
		return;
	label = bpf_map_lookup_elem(&aw_labels_by_tid, &old_tid);
	if (!label)
		return;
	bpf_map_update_elem(&aw_labels_by_tid, &tid, label, BPF_ANY);
	bpf_map_delete_elem(&aw_labels_by_tid, &old_tid);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(aw_sched_process_exec, struct task_struct *task, int old_pid,
	     struct linux_binprm *bprm)
{
	struct aw_hook_context h;
	int err;

	if (aw_task_unlabelled(bpf_get_current_task_btf()))
		return 0;
	aw_label_renumber(bpf_get_current_task_btf(), old_pid);
	if (!aw_enter(&h, AW_HOOK_TRACEPOINT, AW_CLASS_EXEC, &err))
		return 0;
	aw_exec_tell(&h);
	aw_scratch_release(h.scratch);
	return 0;
}
