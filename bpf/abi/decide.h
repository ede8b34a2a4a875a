/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The decision: one step of an automaton, the verdict for an operation, and what a mode makes of a
 * verdict. Compiled for the kernel programs and natively (explain, unit tests), so that all of them
 * run the same code. Callers bound the loop over the bytes and know the size of their image.
 */
#pragma once

#include "policy.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/* One byte class further. mask = cells of the image − 1. */
static __always_inline __u32 aw_dfa_step(const __u64 *cells, __u32 mask, __u32 state,
					 __u8 byte_class)
{
	__u64 cell = cells[(state + byte_class) & mask];

	if ((__u32)(cell >> 32) != state)
		cell = cells[state & mask];
	return (__u32)cell;
}

/* The verdict id that a state accepts with; 0 where no rule matched. */
static __always_inline __u32 aw_dfa_accept(const __u64 *cells, __u32 mask, __u32 state)
{
	return (__u32)(cells[state & mask] >> 32) & AW_VID_MAX;
}

/* Whether the rest of the name makes no difference: no byte leads out of the state. */
static __always_inline int aw_dfa_is_absorbing(const __u64 *cells, __u32 mask, __u32 state)
{
	return cells[state & mask] >> 32 & AW_CELL_ABSORBING ? 1 : 0;
}

/* The verdicts of all operations for one verdict id; row_set: see struct aw_image_header. */
static __always_inline __u64 aw_verdict_row(const struct aw_image_header *head, const __u64 *cells,
					    __u32 mask, __u32 vid, __u32 row_set)
{
	return cells[(head->verdict_base + vid * head->n_row_sets + row_set) & mask];
}

/*
 * One operation's verdict out of a row. What may be executed may be mapped executable: where no
 * rule says anything of `map`, what is said of `exec` holds.
 */
static __always_inline enum aw_verdict aw_verdict_in(__u64 row, enum aw_op op)
{
	enum aw_verdict verdict = (enum aw_verdict)((row >> (4 * op)) & 7);

	if (op == AW_OP_MAP && verdict == AW_VERDICT_NONE)
		verdict = (enum aw_verdict)((row >> (4 * AW_OP_EXEC)) & 7);
	return verdict;
}

static __always_inline enum aw_verdict aw_verdict_of(const struct aw_image_header *head,
						     const __u64 *cells, __u32 mask, __u32 vid,
						     __u32 row_set, enum aw_op op)
{
	return aw_verdict_in(aw_verdict_row(head, cells, mask, vid, row_set), op);
}

/*
 * Of a name: in the low half the classes that it makes a process a member of, in the high half its
 * block; see aw_image_header.subject_base.
 */
static __always_inline __u64 aw_name_cell(const struct aw_image_header *head, const __u64 *cells,
					  __u32 mask, __u32 vid)
{
	return cells[(head->subject_base + vid) & mask];
}

static __always_inline enum aw_op_class aw_class_of(enum aw_op op)
{
	if (op <= AW_OP_ATTR)
		return AW_CLASS_FILE;
	if (op <= AW_OP_MAP)
		return AW_CLASS_EXEC;
	if (op == AW_OP_UNIX)
		return AW_CLASS_UNIX;
	if (op == AW_OP_GUARD)
		return AW_CLASS_GUARD;
	return AW_CLASS_NET;
}

/* Whether a verdict, taken alone, lets the operation through. `ask` denies until it can be asked.
 */
static __always_inline int aw_verdict_permits(enum aw_verdict verdict)
{
	return verdict == AW_VERDICT_ALLOW || verdict == AW_VERDICT_FLAG;
}

/* The lowest bit of the 4 of each operation that some rule of a row refuses. */
static __always_inline __u64 aw_row_denials(__u64 row)
{
	_Static_assert(AW_VERDICT_ASK == 3 && AW_VERDICT_FORBID < 8, "ask, or the third bit");
	return (row >> 2 | (row >> 1 & row)) & 0x0111111111111111ull;
}

/*
 * Denials that a file keeps when it gets another name. Those of exec and map are not among them:
 * who may read it can copy it, and execute that.
 */
#define AW_ROW_MOVES                                                                    \
	(1ull << 4 * AW_OP_READ | 1ull << 4 * AW_OP_WRITE | 1ull << 4 * AW_OP_CREATE |  \
	 1ull << 4 * AW_OP_DELETE | 1ull << 4 * AW_OP_RENAME | 1ull << 4 * AW_OP_LINK | \
	 1ull << 4 * AW_OP_ATTR | 1ull << 4 * AW_OP_UNIX)

/* What getting another name is, beside the operation itself. */
enum aw_move {
	AW_MOVE = 1 << 0,
	AW_MOVE_FOLDER = 1 << 1,   /* with all that is below it */
	AW_MOVE_EXCHANGE = 1 << 2, /* the other way as well */
};

/* Whether anything is denied by one name that would not be by the other. */
static __always_inline int aw_row_is_escaped(__u64 from, __u64 to)
{
	return (aw_row_denials(from) & ~aw_row_denials(to) & AW_ROW_MOVES) != 0;
}

/*
 * Whether a move that both of its ends allow is refused all the same; rows and blocks are those of
 * the two names.
 */
static __always_inline int aw_move_is_refused(__u32 move, __u64 from, __u32 from_block, __u64 to,
					      __u32 to_block)
{
	if (!move)
		return 0;
	if (move & AW_MOVE_FOLDER && (from_block != to_block || to_block == AW_BLOCK_OWN))
		return 1;
	return aw_row_is_escaped(from, to) ||
	       (move & AW_MOVE_EXCHANGE && aw_row_is_escaped(to, from));
}

/*
 * Several executables' classes at once: which subject set a mask of classes is. Returns 0 (no
 * class) for a mask that the compiler did not foresee; such a process gets no lift.
 */
static __always_inline __u32 aw_subject_set_of(const struct aw_image_header *head, __u16 mask)
{
	for (int i = 0; i < AW_SUBJECT_SETS_MAX; i++)
		if (head->subject_set[i] == mask)
			return i;
	return 0;
}
