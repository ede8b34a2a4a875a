/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as lower-case hexadecimal digits, and back. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

#define AW_HEX_U64_BYTES 17 /* 16 digits and a terminating zero */

/* Writes 2 * length digits and a terminating zero. */
void aw_hex_encode(const void *data, size_t length, char *ret);
int aw_hex_append(struct aw_buffer *buffer, const void *data, size_t length);

/*
 * Exactly `length` bytes from the 2 * length digits that text consists of; either case. -EINVAL.
 */
int aw_hex_decode(const char *text, void *ret, size_t length);

/* 16 digits, most significant first. */
void aw_hex_from_u64(uint64_t value, char ret[static AW_HEX_U64_BYTES]);
/* 1 to 16 digits. -EINVAL. */
int aw_hex_to_u64(const char *text, uint64_t *ret);
