/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sees programs being started, where neither LSM nor fmod_ret programs may load:
 *
 *   sched_process_exec   exec of the script and of the program; map of the program and its loader
 *
 * The subject is set and told here too, in place of exec.bpf.c.
 */
#include "observe_name.bpf.h"
#include "subject.bpf.h"
#include "syscall.bpf.h"

/* The script that an interpreter was started for, by the name that it was given to execve as. */
static __always_inline void aw_observe_script(struct aw_hook_context *h, const char *name)
{
	struct aw_scratch *s = h->scratch;
	long length = bpf_probe_read_kernel_str(&s->buffer[AW_TEXT_START], AW_TEXT_BYTES, name);

	if (length <= 0 || !aw_text_begin(h, AT_FDCWD_))
		s->fail_reason = AW_REASON_UNRESOLVED;
	else if (aw_text_name(s, h->agent, length - 1))
		return;
	s->subject_bits = 0;
	aw_decide(s, h->agent, h->label, AW_OP_EXEC, AW_NO_OP);
	aw_exec_stage(s, h->label, true);
}

SEC("?tp_btf/sched_process_exec")
int BPF_PROG(aw_observe_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct file *file = bprm->file;
	bool script = bprm->interp != bprm->filename;
	struct pt_regs___syscall *regs;
	struct aw_hook_context h;

	if (!aw_observe_enter(&h))
		return 0;
	if (script)
		aw_observe_script(&h, bprm->filename);
	h.scratch->subject_bits = 0;
	aw_name_file(&h, file);
	aw_decide(h.scratch, h.agent, h.label, AW_OP_EXEC, AW_NO_OP);
	aw_exec_stage(h.scratch, h.label, !script);
	aw_subject_commit(h.scratch, h.label, (__u64)task->mm);
	aw_label_publish(h.task, h.label);
	/* It was mapped, and so was the loader, whose first instruction comes next. */
	aw_decide(h.scratch, h.agent, h.label, AW_OP_MAP, AW_NO_OP);
	regs = (void *)bpf_task_pt_regs(h.task);
	aw_observe_mapping(&h, aw_syscall_ip(regs));
	aw_exec_tell(&h);
	aw_scratch_release(h.scratch);
	return 0;
}
