/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads of kernel memory by address, as cheap as the kernel has them. In an object of its own:
 * libbpf's linker takes an external function from one object only.
 */
#include "load.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;

/* The kernel has bpf_rdonly_cast(), since 6.2: it makes a typed pointer of an address. */
extern const volatile bool aw_has_cast;

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

static __always_inline int load_component_cast(struct aw_component *ret, __u64 address)
{
	struct dentry *dentry =
		bpf_rdonly_cast((void *)address, bpf_core_type_id_kernel(struct dentry));
	struct inode *inode = dentry->d_inode;
	__u64 name = (__u64)dentry->d_name.name;
	struct rb_node *word;

	ret->parent = (__u64)dentry->d_parent;
	ret->length = dentry->d_name.len;
	if (!inode || ret->length > sizeof(ret->name))
		return -1;
	ret->ino = inode->i_ino;
	ret->generation = inode->i_generation;
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < AW_COMPONENT_WORDS; i++) {
		if (8 * i >= ret->length)
			break;
		word = bpf_rdonly_cast((void *)(name + 8 * i),
				       bpf_core_type_id_kernel(struct rb_node));
		ret->name[i] = word->__rb_parent_color;
	}
	return 0;
}

static __always_inline int load_component_copy(struct aw_component *ret, __u64 address)
{
	struct dentry *dentry = (void *)address;
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	__u32 length = BPF_CORE_READ(dentry, d_name.len);

	ret->parent = (__u64)BPF_CORE_READ(dentry, d_parent);
	ret->length = length;
	if (!inode || length > sizeof(ret->name))
		return -1;
	ret->ino = BPF_CORE_READ(inode, i_ino);
	ret->generation = BPF_CORE_READ(inode, i_generation);
	return bpf_probe_read_kernel(ret->name, sizeof(ret->name),
				     BPF_CORE_READ(dentry, d_name.name));
}

int aw_load_component(struct aw_component *ret, __u64 dentry)
{
	if (!ret)
		return -1;
	return aw_has_cast ? load_component_cast(ret, dentry) : load_component_copy(ret, dentry);
}

__u32 aw_rename_sequence(void)
{
	return read32(aw_rename_lock);
}
