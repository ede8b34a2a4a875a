/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors. Each hook, the act that it stops, and the operation that it is:
 *
 *   file_permission   read, write, list, copy or splice a file that is open   read, write
 *   file_receive      take a descriptor out of a message or another process   read, write
 *
 * file_permission is run at every read and write of the host, so it is attached only while an agent
 * asks for it (kernel/recheck.h). Mapping such a file is decided in exec.bpf.c. What is written
 * through a descriptor that an agent has not opened is agent-written all the same.
 */
#include "descriptor.bpf.h"
#include "provenance.bpf.h"

SEC("lsm/file_permission")
int BPF_PROG(aw_file_permission, struct file *file, int mask, int ret)
{
	struct aw_hook_context h;
	__u32 op, op2;
	int err;

	/* The kernel itself reads what is executed: decided at bprm_check_security. */
	if (ret || file->f_flags & FMODE_EXEC_FLAG ||
	    !aw_ops_of(mask & MAY_READ, mask & MAY_WRITE, &op, &op2))
		return ret;
	if (!aw_enter_agent(&h, AW_CLASS_FILE, &err))
		return err;
	if (!(h.agent->flags & AW_AGENT_RECHECK) || aw_descriptor_is_free(&h, file))
		return 0;
	err = aw_mediate_use(&h, AW_HOOK_FILE_PERMISSION, file, AW_CLASS_FILE, op, op2);
	if (!err && mask & MAY_WRITE)
		aw_note_opened(file, h.label, true, false);
	return err;
}

/* The hook has no path descriptors to refuse: these are neither for reading nor for writing. */
SEC("lsm/file_receive")
int BPF_PROG(aw_file_receive, struct file *file, int ret)
{
	struct aw_hook_context h;
	__u32 op, op2;
	int err;

	if (ret || !aw_ops_of(file->f_mode & FMODE_READ, file->f_mode & FMODE_WRITE, &op, &op2))
		return ret;
	if (!aw_enter_agent(&h, AW_CLASS_FILE, &err))
		return err;
	if (aw_descriptor_is_free(&h, file))
		return 0;
	err = aw_mediate_use(&h, AW_HOOK_FILE_RECEIVE, file, AW_CLASS_FILE, op, op2);
	if (!err && file->f_mode & FMODE_WRITE)
		aw_note_opened(file, h.label, true, false);
	return err;
}
