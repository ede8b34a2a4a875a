/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes JSON into a buffer, front to back, without building a tree. Reading JSON is jansson's.
 *
 * Names of files and arguments are bytes, JSON strings are text. A byte that is not part of valid
 * UTF-8 is written as the character U+00XX of the same number, NUL as U+FFFD (many readers refuse
 * \u0000), and aw_json_field_bytes adds a sibling field "<key>_hex" with the exact bytes whenever
 * that happened; without the sibling the string is exact. Control characters and marks that reorder
 * text are always escaped, so that a line can be shown on a terminal.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

#define AW_JSON_DEPTH_MAX 32 /* objects and arrays inside one another */

/* The writer; errors stick in the buffer, misuse (a key outside an object …) is asserted. */
struct aw_json {
	struct aw_buffer *out; /* borrowed */
	uint32_t depth;
	uint32_t has_items; /* bit per depth: a comma comes before the next one */
	bool is_after_key;
};

void aw_json_init(struct aw_json *json, struct aw_buffer *out);

void aw_json_begin_object(struct aw_json *json);
void aw_json_end_object(struct aw_json *json);
void aw_json_begin_array(struct aw_json *json);
void aw_json_end_array(struct aw_json *json);
void aw_json_key(struct aw_json *json, const char *key);

void aw_json_null(struct aw_json *json);
void aw_json_bool(struct aw_json *json, bool value);
void aw_json_u64(struct aw_json *json, uint64_t value);
void aw_json_i64(struct aw_json *json, int64_t value);
/* With `digits` (0 to 17) after the point; null where it is not finite. */
void aw_json_double(struct aw_json *json, double value, int digits);
void aw_json_string(struct aw_json *json, const char *value); /* NULL: null */
void aw_json_bytes(struct aw_json *json, const void *data, size_t length);
void aw_json_hex(struct aw_json *json, const void *data, size_t length);
void aw_json_format(struct aw_json *json, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A key and its value. */
void aw_json_field_object(struct aw_json *json, const char *key); /* begins one */
void aw_json_field_array(struct aw_json *json, const char *key);  /* begins one */
void aw_json_field_null(struct aw_json *json, const char *key);
void aw_json_field_bool(struct aw_json *json, const char *key, bool value);
void aw_json_field_u64(struct aw_json *json, const char *key, uint64_t value);
void aw_json_field_i64(struct aw_json *json, const char *key, int64_t value);
void aw_json_field_double(struct aw_json *json, const char *key, double value, int digits);
void aw_json_field_string(struct aw_json *json, const char *key, const char *value);
/* A 64-bit identity as a string of decimal digits: JSON numbers lose them above 2^53. */
void aw_json_field_id(struct aw_json *json, const char *key, uint64_t value);
/* Bytes, and the sibling "<key>_hex" where they are not text. data NULL: null. */
void aw_json_field_bytes(struct aw_json *json, const char *key, const void *data, size_t length);

/* Writes what stands before a value or a key: nothing, or a comma. For json_string.c. */
void aw_json_separate(struct aw_json *json);

/* 0 where all went well and everything that was begun is ended; the buffer's error. */
int aw_json_finish(const struct aw_json *json);
