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
	enum aw_verdict verdict = (enum aw_verdict)((row >> (4 * op)) & 0xf);

	if (op == AW_OP_MAP && verdict == AW_VERDICT_NONE)
		verdict = (enum aw_verdict)((row >> (4 * AW_OP_EXEC)) & 0xf);
	return verdict;
}

static __always_inline enum aw_verdict aw_verdict_of(const struct aw_image_header *head,
						     const __u64 *cells, __u32 mask, __u32 vid,
						     __u32 row_set, enum aw_op op)
{
	return aw_verdict_in(aw_verdict_row(head, cells, mask, vid, row_set), op);
}

/* Classes that a name makes a process a member of; see aw_image_header.subject_base. */
static __always_inline __u32 aw_subject_mask_of(const struct aw_image_header *head,
						const __u64 *cells, __u32 mask, __u32 vid)
{
	return (__u32)cells[(head->subject_base + vid) & mask];
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
