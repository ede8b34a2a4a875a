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
 *
 * Before Linux 6.5 file_permission is also the last hook before what is spliced to a socket, and
 * does not know how much that is. A connection that has to spend from a budget (connection.bpf.h)
 * is refused that. The program is attached while an agent has AW_AGENT_COUNTS.
 */
#include "descriptor.bpf.h"
#include "connection.bpf.h"
#include "provenance.bpf.h"
#include "syscall.bpf.h"

struct proto_ops {
	void *sendpage; /* until 6.5 */
} __attribute__((preserve_access_index));

/* What passes socket_sendmsg afterwards, which counts it. */
static __always_inline bool aw_is_counted_later(struct task_struct *task)
{
	struct pt_regs___syscall *regs = (void *)bpf_task_pt_regs(task);
	__u32 number = aw_syscall_number(regs);

	return !(task->flags & PF_IO_WORKER) && !aw_syscall_is_foreign(task, regs) &&
	       (number == __NR_write || number == __NR_writev);
}

/* The socket of the file, if it has to spend from budgets and what is written now is not counted.
 */
static __always_inline struct aw_connection *aw_connection_unseen(struct file *file, int mask,
								  __u64 *ret_sock)
{
	struct socket *sock = file->private_data;
	__u64 cookie;

	if (!(mask & MAY_WRITE) || (file->f_inode->i_mode & S_IFMT) != S_IFSOCK ||
	    aw_is_counted_later(bpf_get_current_task_btf()))
		return NULL;
	*ret_sock = (__u64)BPF_CORE_READ(sock, sk);
	cookie = BPF_CORE_READ((struct sock *)*ret_sock, __sk_common.skc_cookie.counter);
	return cookie ? bpf_map_lookup_elem(&aw_connections, &cookie) : NULL;
}

static __always_inline int aw_refuse_unseen(struct aw_hook_context *h, struct file *file, int mask)
{
	struct aw_connection *c;
	struct aw_scratch *s;
	__u64 sk = 0;
	int err;

	c = aw_connection_unseen(file, mask, &sk);
	if (!c)
		return 0;
	if (!aw_prepare(h, AW_HOOK_FILE_PERMISSION, AW_CLASS_NET, 0, false, &err))
		return err;
	s = h->scratch;
	aw_connection_take(s, c, (const struct sock *)sk);
	aw_connection_refuse(s, c);
	aw_address_tell_host(s, h->agent, AW_OP_TCP);
	err = aw_conclude(s, h->agent, h->label, AW_OP_TCP) ? -EACCES_ : 0;
	aw_scratch_release(s);
	return err;
}

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
	if (bpf_core_field_exists(struct proto_ops, sendpage) &&
	    *(volatile __u32 *)&aw_counts_connections) {
		err = aw_refuse_unseen(&h, file, mask);
		if (err)
			return err;
	}
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
