/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads of kernel memory by address, as cheap as the kernel has them. In an object of its own:
 * libbpf's linker takes an external function from one object only.
 */
#include "load.bpf.h"

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

__u32 aw_rename_sequence(void)
{
	return read32(aw_rename_lock);
}
