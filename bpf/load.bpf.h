/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of kernel objects that are known by their address alone, without the dozens of
 * instructions of a helper where the kernel can do without.
 */
#pragma once

#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* The kernel has bpf_rdonly_cast(), since 6.2: it makes a typed pointer of an address. */
extern const volatile bool aw_has_cast;

/* 0 where the address cannot be read. */
__u64 aw_load64(__u64 address);
__u32 aw_load32(__u64 address);

/*
 * The kernel's count of renames under way, odd while one is: a name that was read across a change
 * is read again.
 */
__u32 aw_rename_sequence(void);

#define AW_COMPONENT_BYTES 48 /* of a name */

/*
 * Adds to a digest what tells a dentry from others: its address, inode and generation, its name as
 * far as its length and what is behind it in the last word, which can at worst make it another
 * digest. *parent is the address of its parent. Returns 0 where the name is longer or the dentry
 * stands for no file.
 */
__u64 aw_component_add(__u64 number, __u64 digest, __u64 dentry, __u64 *parent);

/* A field of 8 or of 4 bytes: `type` is the object's, `object` its address or a pointer to it. */
#define AW_LOAD64(type, object, field) \
	aw_load64((__u64)(object) + bpf_core_field_offset(type, field))
#define AW_LOAD32(type, object, field) \
	aw_load32((__u64)(object) + bpf_core_field_offset(type, field))
