/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the loader sets before the programs are loaded.
 */
#include "maps.bpf.h"

const volatile __u32 aw_scratch_mask = 63; /* entries of aw_scratches − 1 */
const volatile __u64 aw_hash_seed = 1;	   /* random, so that nobody can make names collide */
