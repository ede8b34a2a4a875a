/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of name a path segment is: a process id, a uuid, a temporary file's random suffix and
 * so on, with the glob for all names of its kind. Looks at one name alone; whether there is
 * evidence enough to use the glob is generalize.h's question.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

enum aw_segment_type {
	AW_SEGMENT_PLAIN,
	AW_SEGMENT_PID,
	AW_SEGMENT_UUID,
	AW_SEGMENT_TEMPORARY, /* a program's known pattern: ccXXXXXX.s, tmp_obj_XXXXXX … */
	AW_SEGMENT_DIGEST,    /* hexadecimal, 32 digits or more */
	AW_SEGMENT_OBJECT,    /* ab/cdef…: two levels of a content-addressed store */
	AW_SEGMENT_HEX,	      /* hexadecimal, 8 to 31 digits with letters */
	AW_SEGMENT_RANDOM,    /* looks like a mkstemp suffix of an unknown program */
	AW_SEGMENT_DATE,
	AW_SEGMENT_VERSION,
	AW_SEGMENT_NUMBER,
	AW_SEGMENT_TYPES,
};

/*
 * Appends the glob for names of this name's kind. parent: the segment before it, "" for none.
 * Returns the type; AW_SEGMENT_PLAIN appends nothing. An error sticks in the buffer.
 */
enum aw_segment_type aw_segment_classify(const char *parent, size_t parent_length, const char *name,
					 size_t length, struct aw_buffer *out);

/* Whether the kind is sure from one name: such names never come again. */
bool aw_segment_is_sure(enum aw_segment_type type);

/* For people: "temporary names", "process ids" … */
const char *aw_segment_type_name(enum aw_segment_type type);
