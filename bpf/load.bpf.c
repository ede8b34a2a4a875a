/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads of kernel memory by address, as cheap as the kernel has them, and what is made of little
 * else. In an object of its own: libbpf's linker takes an external function from one object only.
 */
#include "load.bpf.h"

#include "emit.bpf.h"
#include "path.bpf.h"
#include "recall.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;

/* Where the kernel's rename_lock is; 0, which reads as 0, on hosts that are only observed. */
extern const volatile __u64 aw_rename_lock;

/* Nothing is written before the branch: what would be, costs each of the cheap loads. */
__u64 aw_load64(__u64 address)
{
	__u64 value;

	if (aw_has_cast)
		return ((struct rb_node *)bpf_rdonly_cast((void *)address,
							  bpf_core_type_id_kernel(struct rb_node)))
			->__rb_parent_color;
	bpf_probe_read_kernel(&value, sizeof(value), (void *)address); /* or zeroes */
	return value;
}

static __always_inline __u32 read32(__u64 address)
{
	__u32 value;

	if (aw_has_cast)
		return ((struct seqcount *)bpf_rdonly_cast(
				(void *)address, bpf_core_type_id_kernel(struct seqcount)))
			->sequence;
	bpf_probe_read_kernel(&value, sizeof(value), (void *)address);
	return value;
}

__u32 aw_load32(__u64 address)
{
	return read32(address);
}

static __always_inline __u64 component_add_cast(__u64 number, __u64 digest, __u64 address,
						__u64 *parent)
{
	struct dentry *dentry =
		bpf_rdonly_cast((void *)address, bpf_core_type_id_kernel(struct dentry));
	struct inode *inode = dentry->d_inode;
	__u64 name = (__u64)dentry->d_name.name;
	__u32 length = dentry->d_name.len;
	struct rb_node *word;

	*parent = (__u64)dentry->d_parent;
	if (!inode || length > AW_COMPONENT_BYTES)
		return 0;
	digest = aw_cache_add(number, digest, (__u64)inode->i_generation << 32 | length);
	digest = aw_cache_add(number, digest, inode->i_ino);
#pragma clang loop unroll(disable)
	for (__u64 i = 0; i < AW_COMPONENT_BYTES; i += 8) {
		if (i >= length)
			break;
		word = bpf_rdonly_cast((void *)(name + i), bpf_core_type_id_kernel(struct rb_node));
		digest = aw_cache_add(number, digest, word->__rb_parent_color);
	}
	return digest;
}

static __always_inline __u64 component_add_copy(__u64 number, __u64 digest, __u64 address,
						__u64 *parent)
{
	struct dentry *dentry = (void *)address;
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	__u32 length = BPF_CORE_READ(dentry, d_name.len);
	__u64 name[AW_COMPONENT_BYTES / 8];

	*parent = (__u64)BPF_CORE_READ(dentry, d_parent);
	if (!inode || length > AW_COMPONENT_BYTES ||
	    bpf_probe_read_kernel(name, sizeof(name), BPF_CORE_READ(dentry, d_name.name)))
		return 0;
	digest = aw_cache_add(number, digest,
			      (__u64)BPF_CORE_READ(inode, i_generation) << 32 | length);
	digest = aw_cache_add(number, digest, BPF_CORE_READ(inode, i_ino));
	for (__u64 i = 0; i < AW_COMPONENT_BYTES / 8; i++) {
		if (8 * i >= length)
			break;
		digest = aw_cache_add(number, digest, name[i]);
	}
	return digest;
}

__u64 aw_component_add(__u64 number, __u64 digest, __u64 dentry, __u64 *parent)
{
	if (!parent)
		return 0;
	digest = aw_cache_add(number, digest, dentry);
	return aw_has_cast ? component_add_cast(number, digest, dentry, parent)
			   : component_add_copy(number, digest, dentry, parent);
}

__u32 aw_rename_sequence(void)
{
	return read32(aw_rename_lock);
}

int aw_name_walk(struct aw_scratch *s, const struct aw_agent *agent)
{
	void *mnt, *dentry;

	if (!aw_has_cast || !s || !agent)
		return 0;
	mnt = bpf_rdonly_cast((void *)s->walk_mnt, bpf_core_type_id_kernel(struct vfsmount));
	dentry = bpf_rdonly_cast((void *)s->walk_dentry, bpf_core_type_id_kernel(struct dentry));
	aw_name_fast(s, agent, mnt, dentry);
	return 0;
}

static __always_inline void fill_proc(struct aw_rec_proc *proc, struct task_struct *task,
				      __u64 subject)
{
	struct task_struct *leader = task->group_leader;
	struct task_struct *parent = leader->real_parent;

	proc->pid = task->tgid;
	proc->tid = task->pid;
	proc->start_ns = leader->start_boottime;
	proc->ppid = parent->tgid;
	proc->parent_start_ns = parent->group_leader->start_boottime;
	proc->uid = task->cred->uid.val;
	proc->subject = subject;
	bpf_probe_read_kernel(proc->comm, sizeof(proc->comm), task->comm);
}

/*
 * By address where that can be: for each pointer that is loaded from a task that the verifier
 * trusts, 6.12 searches the kernel's types four times.
 */
int aw_fill_proc(struct aw_rec_proc *proc, __u64 subject)
{
	if (!proc)
		return 0;
	if (aw_has_cast)
		fill_proc(proc,
			  bpf_rdonly_cast((void *)bpf_get_current_task(),
					  bpf_core_type_id_kernel(struct task_struct)),
			  subject);
	else
		fill_proc(proc, bpf_get_current_task_btf(), subject);
	return 0;
}
