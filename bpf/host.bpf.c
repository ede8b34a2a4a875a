/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the loader sets before the programs are loaded, and the maps that only userspace reads.
 */
#include "maps.bpf.h"

#include "abi/host.h"

const volatile __u32 aw_scratch_mask = 63;	 /* entries of aw_scratches − 1 */
const volatile __u64 aw_rename_lock = 0;	 /* the address of the kernel's variable */
const volatile __u64 aw_mount_lock = 0;		 /* another one */
const volatile bool aw_has_cast = false;	 /* the kernel has bpf_rdonly_cast() */
const volatile bool aw_overlay_is_known = false; /* and this: see overlay.bpf.h */
const volatile __u32 aw_overlay_layers = 0;
const volatile __u32 aw_overlay_mounter = 0;
const volatile __u32 aw_overlay_mount = 0;
const volatile __u64 aw_hash_seed = 1; /* random, so that nobody can make names collide */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct aw_host_info);
} aw_host_info SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, AW_IMAGE_SIZES *AW_POLICIES_MAX);
	__type(key, __u32);
	__type(value, struct aw_image_entry);
} aw_image_table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, AW_RINGS_MAX);
	__type(key, __u32);
	__type(value, struct aw_owner);
} aw_ring_owners SEC(".maps");
