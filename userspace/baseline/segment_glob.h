/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Globs of one path segment, as generalising needs them: writing a name as a literal glob, and
 * asking whether two globs have a name in common. The grammar is policy/glob.h's, without braces.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* A segment: a name as it is, or a glob. Borrowed. */
struct aw_segment {
	const char *text;
	size_t length;
	bool is_glob;
};

/*
 * Appends a name so that it matches itself: glob characters are escaped; bytes that YAML cannot
 * hold (NUL, and those that are not UTF-8) become `?`.
 */
int aw_segment_escape(struct aw_buffer *out, const char *name, size_t length);

/* Whether some name matches both. A set that is never closed stands for nothing. */
bool aw_segment_meet(struct aw_segment a, struct aw_segment b);
