/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growable byte buffer. Its first failure sticks, so that a writer may append many times and
 * check `error` once. What the bytes mean is the caller's.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

#define AW_BUFFER_MAX (256u << 20) /* bytes of one buffer; more is -E2BIG */

/* Zero-initialised is empty and valid. */
struct aw_buffer {
	char *data; /* owned; NULL while empty */
	size_t length;
	size_t capacity;
	int error; /* 0, or -ENOMEM or -E2BIG since an append failed */
};

#define _cleanup_buffer_ _cleanup_(aw_buffer_done)

/* Frees what it holds; the buffer is empty and usable again. */
void aw_buffer_done(struct aw_buffer *buffer);
/* Forgets content and error, keeps the memory. */
void aw_buffer_clear(struct aw_buffer *buffer);

/* All appends: 0, or the buffer's error; a failed append leaves the content as it was. */
int aw_buffer_reserve(struct aw_buffer *buffer, size_t extra);
int aw_buffer_append(struct aw_buffer *buffer, const void *data, size_t length);
int aw_buffer_append_char(struct aw_buffer *buffer, char c);
int aw_buffer_append_string(struct aw_buffer *buffer, const char *text);
int aw_buffer_append_format(struct aw_buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int aw_buffer_append_va(struct aw_buffer *buffer, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

/* Removes the first `length` bytes (no more than there are). */
void aw_buffer_consume(struct aw_buffer *buffer, size_t length);
/* Cuts the content to `length` bytes (no more than there are). */
void aw_buffer_truncate(struct aw_buffer *buffer, size_t length);

/* The content with a terminating zero, borrowed until the next change; NULL after a failure. */
const char *aw_buffer_string(struct aw_buffer *buffer);
/* The same, owned by the caller (free()); the buffer is empty then. NULL after a failure. */
char *aw_buffer_take_string(struct aw_buffer *buffer);
