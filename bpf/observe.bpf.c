/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sees what agents do, after the fact, where neither LSM nor fmod_ret programs may load:
 *
 *   sys_exit   system calls on files and unix sockets that succeeded; observe.bpf.h lists them
 *
 * Nothing is denied here, and nothing is said to have been: what would be is told as such. Programs
 * are observe_exec.bpf.c's, addresses cgroup_net.bpf.c's, tasks and cgroups lifecycle.bpf.c's.
 * Files that a call returns or takes open have their exact names, others the name as it was written
 * (text.bpf.h). What io_uring and 32-bit programs do is not seen, and counted as lost.
 */
#include "observe.bpf.h"

#include "observe_name.bpf.h"

#define MAP_ANONYMOUS_ 0x20

/* The header that sendmsg() takes, as far as the address. */
struct aw_message {
	__u64 name;
	__u32 name_length;
};

/* An address is read so that its path comes to stand where text is expected. */
#define AW_FAMILY_AT	    (AW_TEXT_START - 2)
#define AW_UNIX_ADDRESS_MAX 110

/* What one call of the program needs; a result is of a call that succeeded. */
struct aw_observed {
	struct aw_hook_context h;
	struct pt_regs___syscall *regs;
	const struct aw_act *act;
	__u64 result;
};

/* Names what a text of the user's means; no text is the folder itself. 1: decided above. */
static __noinline int aw_name_user(struct aw_hook_context *h, __s32 dir, const char *text)
{
	struct aw_scratch *s = h->scratch;
	long length = 1;

	s->ino = 0;
	s->dev = 0;
	s->object = AW_OBJECT_UNNAMED;
	s->buffer[AW_TEXT_START] = 0;
	if (text)
		length = bpf_probe_read_user_str(&s->buffer[AW_TEXT_START], AW_TEXT_BYTES, text);
	if (length <= 0 || !aw_text_begin(h, dir))
		s->fail_reason = AW_REASON_UNRESOLVED;
	else if (length == AW_TEXT_BYTES)
		s->fail_reason = AW_REASON_TOO_LONG;
	else
		return aw_text_name(s, h->agent, length - 1);
	return 0;
}

static __always_inline void aw_observe_open(struct aw_observed *o)
{
	struct file *file = aw_file_at(o->h.task, o->result);
	__u32 mode = BPF_CORE_READ(file, f_mode), op = AW_OP_READ, op2 = AW_NO_OP;
	__u64 flags = aw_syscall_argument(o->regs, o->act->path & ~AW_FLAGS_USER);

	if (!file || mode & FMODE_PATH)
		return;
	if (o->act->path & AW_FLAGS_USER &&
	    bpf_probe_read_user(&flags, sizeof(flags), (void *)flags))
		flags = 0;
	if (aw_name_file(&o->h, file))
		return;
	mode &= FMODE_READ | FMODE_WRITE | FMODE_CREATED;
	if (mode & FMODE_CREATED)
		aw_decide(o->h.scratch, o->h.agent, o->h.label, AW_OP_CREATE, AW_NO_OP);
	if (!(mode & FMODE_READ))
		op = AW_OP_WRITE;
	else if (mode & FMODE_WRITE || flags & O_TRUNC_FLAG)
		op2 = AW_OP_WRITE;
	aw_decide(o->h.scratch, o->h.agent, o->h.label, op, op2);
}

static __always_inline void aw_observe_name(struct aw_observed *o, __u32 role, __u32 dir,
					    __u32 path, __u32 op2)
{
	__s32 from = AT_FDCWD_;

	if (dir != AW_HERE)
		from = aw_syscall_argument(o->regs, dir);
	o->h.scratch->role = role;
	if (!aw_name_user(&o->h, from, (void *)aw_syscall_argument(o->regs, path)))
		aw_decide(o->h.scratch, o->h.agent, o->h.label, o->act->op, op2);
}

static __always_inline void aw_observe_names(struct aw_observed *o)
{
	const struct aw_act *act = o->act;

	aw_observe_name(o, AW_ROLE_SOURCE, act->dir, act->path, AW_NO_OP);
	aw_observe_name(o, AW_ROLE_TARGET, act->dir2, act->path2,
			act->op == AW_OP_LINK ? AW_OP_CREATE : AW_NO_OP);
}

static __always_inline void aw_observe_file(struct aw_observed *o, __u32 fd)
{
	struct file *file = aw_file_at(o->h.task, fd);

	if (file && !aw_name_file(&o->h, file))
		aw_decide(o->h.scratch, o->h.agent, o->h.label, o->act->op, AW_NO_OP);
}

/* The name of a unix socket's address; 1: there is none that matters. */
static __noinline int aw_name_socket(struct aw_observed *o, __u64 address, __u32 length)
{
	struct aw_scratch *s = o->h.scratch;
	__u16 family;
	long text;

	if (!address || length < 3)
		return 1;
	if (length > AW_UNIX_ADDRESS_MAX)
		length = AW_UNIX_ADDRESS_MAX;
	if (bpf_probe_read_user(&s->buffer[AW_FAMILY_AT], length, (void *)address))
		return 1;
	__builtin_memcpy(&family, &s->buffer[AW_FAMILY_AT], sizeof(family));
	if (family != AF_UNIX)
		return 1;
	if (!s->buffer[AW_TEXT_START]) {
		if (o->act->op != AW_OP_UNIX)
			return 1;
		s->buffer[AW_TEXT_START] = '@';
		s->object = AW_OBJECT_ABSTRACT;
		s->offset = AW_TEXT_START;
		s->length = length - sizeof(family);
		return 0;
	}
	s->buffer[AW_FAMILY_AT + length] = 0;
	/* Only for its length. */
	text = bpf_probe_read_kernel_str(&s->buffer[AW_TEXT_START + 256], AW_UNIX_ADDRESS_MAX,
					 &s->buffer[AW_TEXT_START]);
	if (text <= 0 || !aw_text_begin(&o->h, AT_FDCWD_))
		return 1;
	return aw_text_name(s, o->h.agent, text - 1);
}

static __always_inline void aw_observe_socket(struct aw_observed *o)
{
	__u64 address = aw_syscall_argument(o->regs, o->act->path);
	__u32 length = aw_syscall_argument(o->regs, o->act->path2);
	struct aw_message message = {};

	if (o->act->kind == AW_ACT_MESSAGE) {
		bpf_probe_read_user(&message, sizeof(message), (void *)address);
		address = message.name;
		length = message.name_length;
	}
	if (!aw_name_socket(o, address, length))
		aw_decide(o->h.scratch, o->h.agent, o->h.label, o->act->op, AW_NO_OP);
}

/* Before anything is claimed: most mappings are not to be executed, most sends have no address. */
static __always_inline bool aw_act_matters(const struct aw_act *act, struct pt_regs___syscall *regs)
{
	if (act->kind == AW_ACT_MAP || act->kind == AW_ACT_PROTECT) {
		if (!(aw_syscall_argument(regs, 2) & PROT_EXEC))
			return false;
		return act->kind != AW_ACT_MAP || !(aw_syscall_argument(regs, 3) & MAP_ANONYMOUS_);
	}
	if (act->kind == AW_ACT_SOCKET)
		return aw_syscall_argument(regs, act->path);
	return true;
}

static __always_inline void aw_observe(struct aw_observed *o)
{
	const struct aw_act *act = o->act;

	switch (act->kind) {
	case AW_ACT_OPEN:
		aw_observe_open(o);
		break;
	case AW_ACT_NAME:
		aw_observe_name(o, AW_ROLE_ONLY, act->dir, act->path, AW_NO_OP);
		break;
	case AW_ACT_NAMES:
		aw_observe_names(o);
		break;
	case AW_ACT_FILE:
	case AW_ACT_MAP:
		aw_observe_file(o, aw_syscall_argument(o->regs, act->path));
		break;
	case AW_ACT_PROTECT:
		aw_observe_mapping(&o->h, aw_syscall_argument(o->regs, 0));
		break;
	default:
		aw_observe_socket(o);
	}
}

SEC("?tp_btf/sys_exit")
int BPF_PROG(aw_observe_syscall, struct pt_regs *regs_of_kernel, long result)
{
	struct aw_observed o = {.regs = (void *)regs_of_kernel, .result = result};
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 number;

	if (result < 0 || aw_task_unlabelled(task))
		return 0;
	number = aw_syscall_number(o.regs);
	if (aw_syscall_is_foreign(task, o.regs)) {
		aw_observe_lost(task);
		return 0;
	}
	if (number >= AW_SYSCALLS_MAX)
		return 0;
	o.act = &aw_acts[number];
	if (!o.act->kind || !aw_act_matters(o.act, o.regs))
		return 0;
	if (o.act->kind == AW_ACT_UNSEEN) {
		if (result)
			aw_observe_lost(task);
		return 0;
	}
	if (!aw_observe_enter(&o.h))
		return 0;
	aw_observe(&o);
	aw_scratch_release(o.h.scratch);
	return 0;
}
