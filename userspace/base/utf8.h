/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether bytes are text, one character at a time. File names and arguments are bytes; every writer
 * that shows them asks here first.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Length (1 to 4) of the valid UTF-8 character that data starts with, which goes to ret; 0 where
 * there is none (overlong forms, surrogates and what lies beyond U+10FFFF are invalid).
 */
size_t aw_utf8_next(const char *data, size_t length, uint32_t *ret);

/* Valid UTF-8 throughout, without NUL. */
bool aw_utf8_is_text(const char *data, size_t length);

/*
 * Characters that must not reach a terminal as they are: C0 and C1 controls, DEL, line and
 * paragraph separators, and the marks that reorder text.
 */
bool aw_utf8_is_control(uint32_t character);

/* Characters of a text, as a measure of its width; an invalid byte counts as one. */
size_t aw_utf8_width(const char *data, size_t length);
