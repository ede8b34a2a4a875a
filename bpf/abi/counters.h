/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What is counted rather than told: per agent and CPU, and per distinct operation. Nothing that is
 * lost is lost uncounted: performed = emitted + aggregated + lost, per ring kind.
 */
#pragma once

#include "agent.h"
#include "event.h"

/* Array sizes are powers of two, so that the programs bound an index by one mask. */
#define AW_EFFECT_SLOTS 4
#define AW_REASON_SLOTS 16
#define AW_KNOWN_SLOTS	2

enum aw_known {
	AW_KNOWN_FILE,	 /* the object itself */
	AW_KNOWN_FOLDER, /* the folder that it is in */
};

struct aw_counters {
	__u64 operations[AW_EFFECTS];	/* mediated operations by what came of them */
	__u64 emitted[AW_RINGS];	/* records put into a ring */
	__u64 lost[AW_RINGS];		/* records for which a ring had no room */
	__u64 aggregated[AW_RINGS];	/* repeats that only raised a count */
	__u64 reasons[AW_REASON_SLOTS]; /* verdicts that were not the policy's own */
	__u64 known[AW_KNOWN_SLOTS];	/* objects that needed no name; see bpf/cache.bpf.h */
	__u64 differences;		/* AW_AGENT_VERIFY: answers of the cache that were wrong */
	__u64 unrecorded; /* files written without a trace; see bpf/provenance.bpf.h */
};

/* A file by what the kernel knows it by, as long as it exists. */
struct aw_written_key {
	__u64 ino;
	__u32 dev; /* s_dev */
	__u32 generation;
};

#define AW_WRITTEN_MAX 1048576 /* files that agents wrote, host-wide */

#define AW_COUNTS_MAX  262144 /* distinct operations that counts are kept for, host-wide */

/* Key and value of the map of counts. */
struct aw_count_key {
	__u32 agent;
	__u32 agent_generation;
	__u64 key; /* aw_rec_op.key */
};

struct aw_count {
	__u64 count; /* all of them, the one that was sent included */
	__u64 first_ns;
	__u64 last_ns;
};

/*
 * A create whose outcome is not known yet. open(O_CREAT) asks before it has looked whether the file
 * exists, and ignores a refusal if it does: so the record waits for the task's next hook, which
 * tells. A reader takes records that waited longer than AW_DEFERRED_NS.
 */
#define AW_DEFERRED_MAX 4096
#define AW_DEFERRED_NS	100000000ull

struct aw_deferred_head {
	__u64 dentry;
	__u64 time_ns;
	__u32 agent;
	__u32 kind; /* enum aw_ring */
	__u32 size; /* of the record */
	__u32 effect;
};

struct aw_deferred {
	struct aw_deferred_head head;
	char record[sizeof(struct aw_rec_op) + AW_PATH_MAX]; /* a struct aw_rec_op */
};

/* An executable or script by the hash of its name, so that a policy swap can class it again. */
#define AW_SUBJECT_NAME_MAX  496
#define AW_SUBJECT_NAMES_MAX 16384

struct aw_subject_name {
	__u32 length;
	__u8 anchor; /* AW_ANCHOR_NONE: absolute */
	__u8 pad[3];
	char name[AW_SUBJECT_NAME_MAX];
};

#ifndef __BPF__
static_assert(AW_EFFECTS <= AW_EFFECT_SLOTS && AW_REASONS <= AW_REASON_SLOTS, "slots for all");
#endif
