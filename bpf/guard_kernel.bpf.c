/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What reaches into the kernel, or beyond what rules are about. Each hook, and the act that it
 * stops:
 *
 *   capable                 use of a capability in the first user namespace     EPERM
 *   bpf                     bpf(2)                                              EPERM
 *   perf_event_open         perf_event_open(2)                                  EACCES
 *   kernel_read_file        finit_module, kexec_file_load, firmware             EPERM
 *   kernel_load_data        init_module, kexec_load                             EPERM
 *   kernel_module_request   the kernel would load a module for what is asked    EPERM
 *   key_permission          keys and keyrings                                   EACCES
 *   syslog                  the kernel's log                                    EPERM
 */
#include "guard.bpf.h"

#define CAP_OPT_NOAUDIT 0x2

/* enum kernel_read_file_id and kernel_load_data_id, of which the names differ but not the values.
 */
#define READING_MODULE		2
#define READING_KEXEC_IMAGE	3
#define READING_KEXEC_INITRAMFS 4

/*
 * With credentials that are not its own a task does the kernel's work (overlayfs copies a file up
 * as who mounted it), but for threads of io_uring, whose credentials are those of who asked.
 */
static __always_inline bool aw_cred_is_borrowed(struct task_struct *task)
{
	return task->cred != task->real_cred && !(task->flags & PF_IO_WORKER);
}

/* As fmod_ret this runs before the kernel has looked: what it refuses itself is no act. */
static __always_inline bool aw_cred_has(const struct cred *cred, struct user_namespace *ns, int cap)
{
	__u64 bits = 0;

	if (ns->level || cred->user_ns->level)
		return false;
	bpf_probe_read_kernel(&bits, sizeof(bits), &cred->cap_effective);
	return bits >> (cap & (AW_CAPABILITIES_MAX - 1)) & 1;
}

SEC("lsm/capable")
int BPF_PROG(aw_capable, const struct cred *cred, struct user_namespace *ns, int cap,
	     unsigned int options, int ret)
{
	__u32 act = AW_GUARD_CAPABILITY + (cap & (AW_CAPABILITIES_MAX - 1));
	struct aw_hook_context h;

	if (ret || !(AW_GUARDED_CAPABILITIES >> (cap & (AW_CAPABILITIES_MAX - 1)) & 1))
		return ret;
	if (!aw_enter_agent(&h, AW_CLASS_GUARD, &ret))
		return ret ? -EPERM_ : 0;
	if (aw_cred_is_borrowed(h.task) || !aw_cred_has(cred, ns, cap))
		return 0;
	if (options & CAP_OPT_NOAUDIT)
		act |= AW_GUARD_QUIET;
	return AW_GUARD_DECIDE(h, AW_HOOK_CAPABLE, act, 0, EPERM_);
}

SEC("lsm/bpf")
int BPF_PROG(aw_bpf, int command, void *attributes, unsigned int size, int ret)
{
	return ret ?: aw_guard(AW_HOOK_BPF, AW_GUARD_BPF, 0, EPERM_);
}

/* The hook has one argument or two, by kernel: none is read. */
SEC("lsm/perf_event_open")
int aw_perf_event_open(void *context)
{
	return aw_guard(AW_HOOK_PERF_EVENT_OPEN, AW_GUARD_PERF, 0, EACCES_);
}

static __always_inline __u32 aw_guard_of_loaded(int id)
{
	if (id == READING_MODULE)
		return AW_GUARD_MODULE;
	if (id == READING_KEXEC_IMAGE || id == READING_KEXEC_INITRAMFS)
		return AW_GUARD_KEXEC;
	return AW_GUARD_FIRMWARE;
}

SEC("lsm/kernel_read_file")
int BPF_PROG(aw_kernel_read_file, struct file *file, int id, bool contents, int ret)
{
	return ret ?: aw_guard(AW_HOOK_KERNEL_READ_FILE, aw_guard_of_loaded(id), 0, EPERM_);
}

SEC("lsm/kernel_load_data")
int BPF_PROG(aw_kernel_load_data, int id, bool contents, int ret)
{
	return ret ?: aw_guard(AW_HOOK_KERNEL_LOAD_DATA, aw_guard_of_loaded(id), 0, EPERM_);
}

SEC("lsm/kernel_module_request")
int BPF_PROG(aw_kernel_module_request, char *name, int ret)
{
	return ret ?: aw_guard(AW_HOOK_KERNEL_MODULE_REQUEST, AW_GUARD_MODULE_REQUEST, 0, EPERM_);
}

SEC("lsm/key_permission")
int BPF_PROG(aw_key_permission, void *key, const struct cred *cred, unsigned int permission,
	     int ret)
{
	return ret ?: aw_guard(AW_HOOK_KEY_PERMISSION, AW_GUARD_KEYS, 0, EACCES_);
}

SEC("lsm/syslog")
int BPF_PROG(aw_syslog, int type, int ret)
{
	return ret ?: aw_guard(AW_HOOK_SYSLOG, AW_GUARD_KERNEL_LOG, 0, EPERM_);
}
