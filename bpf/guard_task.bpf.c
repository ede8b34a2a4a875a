/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Acts on processes that are not the agent's own; among its own tasks all of them are free. Each
 * hook, and the act that it stops, always with EPERM:
 *
 *   ptrace_access_check   ptrace, process_vm_writev, pidfd_getfd, /proc/PID/mem; and reading
 *                         /proc/PID/{environ,maps,fd,exe,…}, process_vm_readv, kcmp
 *   ptrace_traceme        be traced by a parent outside, which then has its child's stops
 *   task_kill             signals; probing with signal 0 is free
 *   task_setrlimit        prlimit; a process's own limits are its own
 *   task_setnice, task_setioprio, task_setscheduler   priority, CPUs, policy
 *   file_fcntl            F_SETOWN: have the kernel signal somebody, who is told by number alone
 *   uring_override_creds  act in io_uring with credentials that were put aside: then credentials
 *                         other than the task's are the kernel's own work, see guard_kernel
 */
#include "guard.bpf.h"

#define PTRACE_MODE_READ    0x01
#define PTRACE_MODE_ATTACH  0x02
#define PTRACE_MODE_NOAUDIT 0x04
#define F_SETOWN	    8
#define F_SETOWN_EX	    15

SEC("lsm/ptrace_access_check")
int BPF_PROG(aw_ptrace_access_check, struct task_struct *child, unsigned int mode, int ret)
{
	__u32 act = AW_GUARD_PTRACE_READ;
	struct aw_hook_context h;
	struct aw_label *other;

	if (ret)
		return ret;
	if (mode & PTRACE_MODE_ATTACH)
		act = AW_GUARD_PTRACE;
	if (mode & PTRACE_MODE_NOAUDIT)
		act |= AW_GUARD_QUIET;
	if (!aw_enter_agent(&h, AW_CLASS_GUARD, &ret))
		return ret ? -EPERM_ : 0;
	other = aw_label_of_other(child);
	ret = aw_guard_on(&h, AW_HOOK_PTRACE_ACCESS_CHECK, act, child, other, EPERM_);
	/* It may do now what its tracer wants. */
	if (!ret && other && mode & PTRACE_MODE_ATTACH)
		aw_earned_drop(other, AW_LOST_TRACED);
	return ret;
}

SEC("lsm/ptrace_traceme")
int BPF_PROG(aw_ptrace_traceme, struct task_struct *parent, int ret)
{
	struct aw_hook_context h;
	struct aw_label *other;

	if (ret)
		return ret;
	if (!aw_enter_agent(&h, AW_CLASS_GUARD, &ret))
		return ret ? -EPERM_ : 0;
	other = aw_label_of_other(parent);
	ret = aw_guard_on(&h, AW_HOOK_PTRACE_TRACEME, AW_GUARD_PTRACE, parent, other, EPERM_);
	if (!ret && other)
		aw_earned_drop(h.label, AW_LOST_TRACED);
	return ret;
}

SEC("lsm/task_kill")
int BPF_PROG(aw_task_kill, struct task_struct *task, void *info, int sig, const struct cred *cred,
	     int ret)
{
	if (ret || !sig)
		return ret;
	return aw_guard_task(AW_HOOK_TASK_KILL, AW_GUARD_SIGNAL, task, EPERM_);
}

SEC("lsm/task_setrlimit")
int BPF_PROG(aw_task_setrlimit, struct task_struct *task, unsigned int resource, void *limit,
	     int ret)
{
	return ret ?: aw_guard_task(AW_HOOK_TASK_SETRLIMIT, AW_GUARD_PRIORITY, task, EPERM_);
}

SEC("lsm/task_setnice")
int BPF_PROG(aw_task_setnice, struct task_struct *task, int nice, int ret)
{
	return ret ?: aw_guard_task(AW_HOOK_TASK_SETNICE, AW_GUARD_PRIORITY, task, EPERM_);
}

SEC("lsm/task_setioprio")
int BPF_PROG(aw_task_setioprio, struct task_struct *task, int priority, int ret)
{
	return ret ?: aw_guard_task(AW_HOOK_TASK_SETIOPRIO, AW_GUARD_PRIORITY, task, EPERM_);
}

SEC("lsm/task_setscheduler")
int BPF_PROG(aw_task_setscheduler, struct task_struct *task, int ret)
{
	return ret ?: aw_guard_task(AW_HOOK_TASK_SETSCHEDULER, AW_GUARD_PRIORITY, task, EPERM_);
}

/*
 * A number is looked up as one of the first pid namespace: in a nested one a process names its own
 * by others, so that it can have nobody signalled there but by itself. Groups (negative, or in the
 * structure of F_SETOWN_EX) are not looked into.
 */
static __always_inline bool aw_owner_is_own(const struct aw_hook_context *h, unsigned long argument)
{
	struct aw_label *other;
	__u32 tid = argument;

	if (!tid) /* nobody */
		return true;
	other = bpf_map_lookup_elem(&aw_labels_by_tid, &tid);
	return other && aw_label_is_of(other, h->label);
}

SEC("lsm/file_fcntl")
int BPF_PROG(aw_file_fcntl, struct file *file, unsigned int command, unsigned long argument,
	     int ret)
{
	struct aw_hook_context h;

	if (ret || (command != F_SETOWN && command != F_SETOWN_EX))
		return ret;
	if (!aw_enter_agent(&h, AW_CLASS_GUARD, &ret))
		return ret ? -EPERM_ : 0;
	if (command == F_SETOWN && aw_owner_is_own(&h, argument))
		return 0;
	return AW_GUARD_DECIDE(h, AW_HOOK_FILE_FCNTL, AW_GUARD_SIGNAL_OWNER, 0, EPERM_);
}

SEC("lsm/uring_override_creds")
int BPF_PROG(aw_uring_override_creds, const struct cred *cred, int ret)
{
	return ret ?: aw_guard(AW_HOOK_URING_OVERRIDE_CREDS, AW_GUARD_PERSONALITY, 0, EPERM_);
}
