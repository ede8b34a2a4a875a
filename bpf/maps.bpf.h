/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every map that the programs share, and what each is for. All are pinned by the first command of a
 * host and reused by the later ones; sizes that depend on the machine are set by the loader.
 */
#pragma once

#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "abi/agent.h"
#include "abi/counters.h"
#include "abi/decide.h"
#include "abi/event.h"
#include "abi/lease.h"
#include "abi/limit.h"
#include "abi/policy.h"

#ifndef __hidden
#define __hidden __attribute__((visibility("hidden")))
#endif

#define BPF_F_NO_PREALLOC_ (1u << 0)
#define BPF_F_MMAPABLE_	   (1u << 10)

/* Agents by slot. Memory-mapped by userspace, which changes control words by single stores. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE_);
	__uint(max_entries, AW_AGENTS_MAX);
	__type(key, __u32);
	__type(value, struct aw_agent);
} aw_agents __weak SEC(".maps");

/* Labelled tasks alive, by agent slot. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE_);
	__uint(max_entries, AW_AGENTS_MAX);
	__type(key, __u32);
	__type(value, __s64);
} aw_tasks_alive __weak SEC(".maps");

/* Cgroup id → agent slot: an agent's cgroup and all below it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC_);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u32);
} aw_cgroups __weak SEC(".maps");

/* The label of a task. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC_);
	__type(key, int);
	__type(value, struct aw_label);
} aw_labels __weak SEC(".maps");

/* The same by thread id, for when task storage is busy, and to tell whose pid a /proc name has. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC_);
	__uint(max_entries, 262144);
	__type(key, __u32);
	__type(value, struct aw_label);
} aw_labels_by_tid __weak SEC(".maps");

struct aw_image_small_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct aw_image_small));
};
struct aw_image_medium_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct aw_image_medium));
};
struct aw_image_large_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct aw_image_large));
};

/* Policy images by slot, one outer map per size. A swap replaces one slot. */
#define AW_IMAGES(size)                                        \
	struct {                                               \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);      \
		__uint(max_entries, AW_POLICIES_MAX);          \
		__type(key, __u32);                            \
		__array(values, struct aw_image_##size##_map); \
	} aw_images_##size __weak SEC(".maps")
AW_IMAGES(small);
AW_IMAGES(medium);
AW_IMAGES(large);

struct aw_ring_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

/* Rings by consumer: userspace puts its own two rings into its slot. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, AW_RINGS_MAX);
	__type(key, __u32);
	__array(values, struct aw_ring_map);
} aw_rings_decisions __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, AW_RINGS_MAX);
	__type(key, __u32);
	__array(values, struct aw_ring_map);
} aw_rings_observations __weak SEC(".maps");

/* Next sequence number per CPU, by ring kind. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, AW_RINGS);
	__type(key, __u32);
	__type(value, __u64);
} aw_sequence __weak SEC(".maps");

/* Counters by agent slot. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, AW_AGENTS_MAX);
	__type(key, __u32);
	__type(value, struct aw_counters);
} aw_counters __weak SEC(".maps");

/* Distinct operations and how often each was seen. When it is full every repeat is sent. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC_);
	__uint(max_entries, AW_COUNTS_MAX);
	__type(key, struct aw_count_key);
	__type(value, struct aw_count);
} aw_counts __weak SEC(".maps");

/*
 * Memory (struct mm_struct, by address) of processes whose classes give what they give. Value: enum
 * aw_lost. What is pushed out, or has no room, is lost.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u32);
} aw_earned __weak SEC(".maps");

/* Files that some agent wrote; value: the slot of the first one's agent. See provenance.bpf.h. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC_);
	__uint(max_entries, AW_WRITTEN_MAX);
	__type(key, struct aw_written_key);
	__type(value, __u32);
} aw_written __weak SEC(".maps");

/* By thread id: a create whose outcome the task's next hook tells. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC_);
	__uint(max_entries, AW_DEFERRED_MAX);
	__type(key, __u32);
	__type(value, struct aw_deferred);
} aw_deferred __weak SEC(".maps");

/* Names of executables and scripts by their hash. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC_);
	__uint(max_entries, AW_SUBJECT_NAMES_MAX);
	__type(key, __u64);
	__type(value, struct aw_subject_name);
} aw_subject_names __weak SEC(".maps");

#define AW_CACHE_ENTRIES 65536 /* a power of two */

/*
 * check = digest ^ data, so that an entry of which two CPUs have each written a half is nobody's.
 * data: of a file the row of its verdicts, of a folder a state. 0: nothing.
 */
struct aw_cached {
	__u64 check;
	__u64 data;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, AW_CACHE_ENTRIES);
	__type(key, __u32);
	__type(value, struct aw_cached);
} aw_cache __weak SEC(".maps");

/* What a name is built from the end of: names, then room for one component too many. */
#define AW_BUFFER_BYTES	 (2 * AW_PATH_MAX)

#define AW_MOUNTS_JUDGED 16 /* in one namespace, of one file system: a power of two */

/*
 * All that one decision needs beyond the stack. Claimed by atomic exchange, because a program can
 * be preempted by another one on the same CPU.
 */
struct aw_scratch {
	__u32 busy;
	__u32 index; /* of this buffer */

	/* The request. */
	__u32 ops; /* bit per enum aw_op */
	__u32 hook;
	__u32 role;
	__u32 fail_reason; /* enum aw_reason other than POLICY: the object has no name */
	__s32 error;	   /* what a denial returns */
	__u32 guard;	   /* enum aw_guard, of AW_OP_GUARD */
	__u32 target;	   /* and whom it acts on: a pid, or 0 */

	/* The agent and the subject. */
	__u32 agent;
	__u32 subject_set;
	__u64 control;
	__u32 conditions; /* of the file, as in struct aw_notes */
	__u32 pad0;

	/* The object: buffer[offset .. offset + length). */
	__u32 offset;
	__u32 length;
	__u32 object; /* enum aw_object */
	__u32 anchor;
	__u64 ino;
	__u32 dev;
	__u16 port;
	__u8 protocol;
	__u8 pad;
	__u8 address[18]; /* address and port as the automaton reads them */
	__u8 pad2[6];

	/* Where the walk upward stands: see path.bpf.h. Addresses, which are numbers here. */
	__u64 inode; /* see aw_ino_of() */
	__u64 start_mnt;
	__u64 start_dentry;
	__u64 walk_mnt; /* of a struct vfsmount */
	__u64 walk_dentry;
	__u64 walk_mnt_ns;
	__u32 walk_offset;
	__u32 walk_status;

	/* While a name is made in a namespace that is not the agent's first: see shown.bpf.h. */
	__u64 nested_ns;    /* a struct mnt_namespace; else 0 */
	__u64 nested_root;  /* of a file system whose names do not depend on mounts; else 0 */
	__u64 nested_magic; /* of the file system */

	/* While an overlay's object is named in the upper layer: see overlay.bpf.h. Dentries. */
	__u64 overlay_root;
	__u64 upper_root; /* else 0 */
	__u64 alias;	  /* of a layer's inode */

	/* Mounts in the agent's first namespace that show the object: see shown.bpf.h. */
	__u64 mounts[AW_MOUNTS_JUDGED];
	__u64 mounts_at;
	__u64 mounts_head;
	__u32 n_mounts;
	__u32 n_layers;
	__u32 mounts_done;
	__u32 mounts_ns; /* number of the namespace that they are in */
	__u32 n_shown;
	__u32 strongest; /* verdict of any of the names, and whose it is */
	__u32 strongest_at;
	__u32 mounts_turn;

	/* What to run through an automaton (five arguments are all that a call takes). */
	__u32 match_dfa;
	__u32 match_offset;
	__u32 match_length;
	__u32 match_anchor;
	__u32 match_state; /* where to start; 0: at the anchor's state, or the automaton's */
	__u32 match_split; /* at this byte the state is the folder's; 0: it is not wanted */
	/*
	 * Where loops over the buffer stand. Kept here, not on the stack: what is read from a map
	 * is unknown to the verifier, so a second turn of a loop looks like the first and ends it.
	 */
	__u32 loop_at;
	__u32 loop_end;
	__u32 loop_state;
	__u32 folder_state; /* at match_split */

	/* For the cache, where the label's notes have a folder; see cache.bpf.h. */
	__u64 leaf_name; /* the object's name in its folder: an address */
	__u32 leaf_length;
	__u32 start_is_root; /* of its mount */

	/* While an object gets another name: of the one that it has. See file.bpf.c. */
	__u64 moved_row;
	__u32 moved_block;
	__u32 move; /* enum aw_move; else 0 */
	__u32 move_begun;

	/* Of an address with names: see address.bpf.h. */
	__u64 host;	/* hash of the one to tell; else 0 */
	__u64 best_row; /* of the strictest so far */
	__u32 best_vid;
	__u32 names_turn;
	__u64 lease_first;     /* see lease.bpf.h */
	struct aw_lease lease; /* a new one: the stack has no room for it */
	__u32 lease_place;
	__u32 host_ends;   /* nothing leads out of the state behind a host name */
	__u32 n_special;   /* addresses of an answer that are not leased */
	__u32 is_untasked; /* the current task has nothing to do with it */

	/* Of budgets: see limit.bpf.h. */
	struct aw_limit limit;		 /* the one that was asked last */
	__u64 limits;			 /* those that hold: bit n − 1 is number n's */
	__u64 limit_at_ns;		 /* when it has one again */
	__u64 limit_cells;		 /* address of what they are */
	struct aw_connection connection; /* with those that it will have to spend from */
	__u32 sent;			 /* bytes by this operation */
	__u32 payer;			 /* the agent whose budgets they are; 0: the label's */
	__u32 payer_generation;
	__u8 connects;	 /* a connection is made, of which what goes through it is seen */
	__u8 is_through; /* it was made before: no operation is counted */
	__u8 is_exchange;
	__u8 is_metered; /* a budget counts bytes */
	__u64 image;	 /* address of the policy that matched last */

	/* The verdict. */
	__u32 vid;
	__u32 subject_bits; /* classes that the name makes a process a member of */
	__u32 block;	    /* what is denied below the name: see abi/policy.h */
	__u64 row;	    /* verdicts of all operations */
	__u64 policy;	    /* that these are of: its hash's first bytes; 0: none was asked */
	__u64 row_known;    /* with AW_CONDITION_ASSUMED: the same, were it not agent-written */
	__u64 hash;	    /* of the object's name */

	char buffer[AW_BUFFER_BYTES + AW_NAME_PAD];

	/* Of a create that the kernel may not mean: see aw_deferred. 0: not such a one. */
	__u64 defer_dentry;
	struct aw_deferred_head deferred; /* with record behind it: a struct aw_deferred */
	union {
		struct aw_rec_op op;
		struct aw_rec_exec exec;
		char bytes[sizeof(struct aw_rec_op) + 2 * AW_PATH_MAX + AW_ARGV_MAX + AW_NAME_PAD];
	} record;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64); /* the loader: at least four per CPU, a power of two */
	__type(key, __u32);
	__type(value, struct aw_scratch);
} aw_scratches __weak SEC(".maps");

/* Set by the loader before the programs are loaded. */
extern const volatile __u32 aw_scratch_mask;
extern const volatile __u64 aw_hash_seed;
