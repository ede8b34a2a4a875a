/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The temporary names of programs that are known by their pattern. Private to segment*.c, with the
 * few helpers that these share.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* Appends the glob where the name is one of these, in a folder named parent. */
bool aw_segment_template(const char *parent, size_t parent_length, const char *name, size_t length,
			 struct aw_buffer *out);

/* Appends a glob for n random characters. */
void aw_segment_repeat(struct aw_buffer *out, size_t n);

/* How many bytes at the start are of a class, such as isdigit. */
static inline size_t aw_segment_run(const char *text, size_t length, int (*is)(int))
{
	size_t n = 0;

	while (n < length && is((unsigned char)text[n]))
		n++;
	return n;
}

/* Whether one byte is. */
static inline bool aw_segment_has(const char *text, size_t length, int (*is)(int))
{
	for (size_t i = 0; i < length; i++)
		if (is((unsigned char)text[i]))
			return true;
	return false;
}
