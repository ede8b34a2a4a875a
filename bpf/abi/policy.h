/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The compiled policy image: what the compiler in userspace writes and the kernel programs read.
 * Owns the numbers of operations and verdicts, the limits of a policy, and the layout of the image.
 * How a decision is made from it is in decide.h.
 *
 * An image is one header of AW_IMAGE_HEADER_BYTES and a table of 64-bit cells. Everything variable
 * (both automata, the verdict rows, the subject masks) lives in the cells and is addressed by cell
 * index. There are three sizes; the compiler takes the smallest that fits.
 */
#pragma once

#ifndef __BPF__
#include <assert.h>
#include <linux/types.h>
#endif

#include "guard.h"

#define AW_IMAGE_MAGIC	      0x31495741u /* "AWI1" */
#define AW_IMAGE_VERSION      7
#define AW_IMAGE_HEADER_BYTES 4096

/* Cells per size class; always a power of two, so that an index is bounded by one mask. */
#define AW_IMAGE_CELLS_SMALL  (1u << 13) /* 64 KiB */
#define AW_IMAGE_CELLS_MEDIUM (1u << 17) /* 1 MiB */
#define AW_IMAGE_CELLS_LARGE  (1u << 21) /* 16 MiB */

enum aw_image_size {
	AW_IMAGE_SMALL,
	AW_IMAGE_MEDIUM,
	AW_IMAGE_LARGE,
	AW_IMAGE_SIZES,
};

/*
 * Operations, each in one class. The number is the operation's place in a verdict row
 * (4 bits each in a 64-bit cell), so there are at most 16.
 */
enum aw_op {
	AW_OP_READ,
	AW_OP_WRITE,
	AW_OP_CREATE,
	AW_OP_DELETE,
	AW_OP_RENAME,
	AW_OP_LINK,
	AW_OP_ATTR,
	AW_OP_EXEC,
	AW_OP_MAP,
	AW_OP_UNIX,
	AW_OP_TCP,
	AW_OP_UDP,
	AW_OP_BIND,
	AW_OP_LISTEN,
	AW_OP_GUARD,   /* an act that would undo confinement: see guard.h */
	AW_OP_RESOLVE, /* a question for the addresses of a host name */
	AW_OPS,
};

/* Classes of operations: what a mode is set for. */
enum aw_op_class {
	AW_CLASS_FILE,
	AW_CLASS_EXEC,
	AW_CLASS_NET,
	AW_CLASS_UNIX,
	AW_CLASS_GUARD,
	AW_OP_CLASSES,
};

/*
 * What a policy says about one operation. Ordered by strength: where several rules match, the
 * highest number wins (a lift removes one denial before this is decided, at compile time).
 * AW_VERDICT_NONE means that no rule says anything, which denies.
 */
enum aw_verdict {
	AW_VERDICT_NONE,
	AW_VERDICT_ALLOW,
	AW_VERDICT_FLAG,
	AW_VERDICT_ASK,
	AW_VERDICT_DENY,
	AW_VERDICT_FORBID,
	AW_VERDICTS,
};

enum aw_mode {
	AW_MODE_OBSERVE, /* allow, record */
	AW_MODE_AUDIT,	 /* evaluate, allow, record what would be denied */
	AW_MODE_ENFORCE,
	AW_MODES,
};

/*
 * What can be true of a file that is executed or mapped executable: bits of a mask. A policy that
 * depends on them says so in the control word (agent.h); for the others they are not found out.
 */
enum aw_condition {
	AW_CONDITION_ANONYMOUS,	    /* it has no mount of its own: memfd and the like */
	AW_CONDITION_DELETED,	    /* it has no name any more, or never had one */
	AW_CONDITION_AGENT_WRITTEN, /* an agent wrote it, or it is not known that none did */
	AW_CONDITIONS,
};

#define AW_CONDITION_MASKS  (1u << AW_CONDITIONS)

#define AW_ANCHORS_MAX	    8	 /* anchors of one policy, and of one agent */
#define AW_SUBJECTS_MAX	    16	 /* classes under subjects: */
#define AW_SUBJECT_SETS_MAX 64	 /* distinct sets of classes that one process can be in */
#define AW_PATH_MAX	    4096 /* bytes of a resolved name, without a terminating zero */
#define AW_NAME_PAD	    256	 /* one component can be copied past the end of a name buffer */
#define AW_ANCHOR_NONE	    0xff
#define AW_VID_MAX	    0xffff /* distinct rows of verdicts */
#define AW_BLOCKS_MAX	    4096   /* that are told apart */
#define AW_BLOCK_OWN	    ~0u	   /* beyond them: equal to none, not even to itself */

enum aw_dfa_kind {
	AW_DFA_PATH, /* file names, executables, unix sockets ("@name": abstract) */
	/*
	 * From its start: 16 address bytes (IPv4 as ::ffff:a.b.c.d), then 2 port bytes, network
	 * order. From host_state: a host name in lower case, without a dot at its end; then
	 * AW_HOST_PEER and 2 port bytes, or AW_HOST_ASKED alone.
	 */
	AW_DFA_NET,
	AW_DFAS,
};

#define AW_HOST_MAX   253  /* bytes of a host name (RFC 1035) */
#define AW_HOST_PEER  0x00 /* behind a host name: its addresses, at a port */
#define AW_HOST_ASKED 0x01 /* behind a host name: the question for it */

/*
 * One automaton. Its transition table is a comb: a state is the cell index of its default cell
 * { high 32 bits: AW_CELL_DEFAULT | verdict id, low: default next state }; the transition for byte
 * class c (1 .. n_classes) is the cell at state + c if that cell's high half equals the state
 * { high: state, low: next state }, else the default. State 0 does not exist; the dead state is an
 * ordinary state whose default is itself.
 */
struct aw_dfa {
	__u32 start; /* cell index of the start state */
	/*
	 * Byte classes, numbered 1 .. n_classes; only where there are 256 of them 0 .. 255, and
	 * class 0 (whose cell is the state's own) always takes the default.
	 */
	__u32 n_classes;
	__u32 n_states; /* for reports */
	__u32 n_cells;	/* for reports */
	__u8 byte_class[256];
};

#define AW_CELL_DEFAULT	  0x80000000u
#define AW_CELL_ABSORBING 0x40000000u /* beside it: no byte leads out of the state */

struct aw_image_header {
	__u32 magic;
	__u32 version;
	__u32 size_class; /* enum aw_image_size */
	__u32 n_cells;	  /* AW_IMAGE_CELLS_* of the size class */
	__u8 hash[32];	  /* SHA-256 of the image with this field zero: the policy's identity */

	/*
	 * Verdict rows: the row of verdict id v seen by row set r is the cell
	 * verdict_base + v * n_row_sets + r; operation o has its 4 bits at bit 4 * o, and
	 * AW_ROW_CHANGEABLE is what it says. Row 0 is all AW_VERDICT_NONE.
	 *
	 * r = subject set + unearned_set, where the process has lost what its classes give, +
	 * condition_set[conditions of the file]. Both are 0 where they make no difference.
	 */
	__u32 verdict_base;
	__u32 n_verdicts;
	__u32 n_row_sets;
	__u32 n_subject_sets;
	__u32 unearned_set;
	__u32 condition_set[AW_CONDITION_MASKS];
	__u16 widening; /* classes that some rule allows, flags or lifts something for */
	__u16 pad1;

	/*
	 * Subject masks: cell subject_base + v says of a name that ends with verdict id v which
	 * classes it makes a process a member of: low 16 bits as executable (exe:), next 16 as
	 * script (script:); and in the high half which block it is in: names in one block have the
	 * same denials below them. Used by the path automaton only.
	 */
	__u32 subject_base;

	/* subject_set[s] is the mask of classes that set s stands for; set 0 is the empty mask. */
	__u16 subject_set[AW_SUBJECT_SETS_MAX];
	/* For class i of kind `under:`, the parent's number; else 0xff. */
	__u8 under_parent[AW_SUBJECTS_MAX];

	/* State of the path automaton in which the rest of a name below anchor i is read. */
	__u32 anchor_state[AW_ANCHORS_MAX];
	__u32 n_anchors;
	__u32 host_state; /* of the network automaton; 0: no rule names a host */

	__u16 guard_vid[AW_GUARDS_MAX]; /* verdict id of each act's name, by enum aw_guard */

	/*
	 * Budgets (limit.h): cell base + v has the numbers, from 1, of those that hold for a name
	 * that ends with verdict id v, a byte each; number n is in the AW_LIMIT_CELLS cells from
	 * cells + (n - 1) * AW_LIMIT_CELLS on. All 0 where there are none.
	 */
	struct aw_image_limits {
		__u32 base;
		__u32 cells;
		__u32 n;
		__u32 through; /* not 0: some count what goes through connections */
	} limits;

	struct aw_dfa dfa[AW_DFAS];
};

/*
 * In a row: a budget counts this operation. No operation that is limited is ever decided by a row
 * alone. Not for AW_OP_GUARD, whose bit is the next one.
 */
#define AW_ROW_LIMITED(op) (8ull << (4 * (op)))
#define AW_ROW_ANY_LIMITED 0x8088888888888888ull

/* In a row: some process of the agent may write, create, delete, rename or link such a file. */
#define AW_ROW_CHANGEABLE AW_ROW_LIMITED(AW_OP_GUARD)

#ifndef __BPF__
static_assert(sizeof(struct aw_image_header) <= AW_IMAGE_HEADER_BYTES, "header fits");
static_assert(AW_OPS <= 16 && AW_VERDICTS <= 8,
	      "a row is one cell, and each highest bit of four is free: AW_ROW_CHANGEABLE is one");
#endif

#define AW_DEFINE_IMAGE(size, cells_)                      \
	struct aw_image_##size {                           \
		union {                                    \
			struct aw_image_header head;       \
			__u8 bytes[AW_IMAGE_HEADER_BYTES]; \
		};                                         \
		__u64 cells[cells_];                       \
	}

AW_DEFINE_IMAGE(small, AW_IMAGE_CELLS_SMALL);
AW_DEFINE_IMAGE(medium, AW_IMAGE_CELLS_MEDIUM);
AW_DEFINE_IMAGE(large, AW_IMAGE_CELLS_LARGE);
