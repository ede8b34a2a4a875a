/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Globs within one segment: `?`, `*`, sets and escapes against bytes, and where braces stand in a
 * pattern. Private to match.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* in_segment: wildcards and sets never match '/'. */
bool aw_match_text(const char *glob, size_t glob_length, const char *text, size_t length,
		   bool in_segment);

/* Offset of the first brace that opens; length where none does. */
size_t aw_match_find_brace(const char *glob, size_t length);
/* Offset of the brace that closes the one at open; length where none does. */
size_t aw_match_close_brace(const char *glob, size_t length, size_t open);
/* Offset of the comma that ends the alternative at begin, or of its group's closing brace. */
size_t aw_match_end_alternative(const char *glob, size_t close, size_t begin);
