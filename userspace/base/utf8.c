/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 by the table of well-formed sequences (Unicode 15, table 3-7). */
#include "base/utf8.h"

static bool is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* What the first byte promises: length, and the smallest character that needs that length. */
static size_t sequence_of(unsigned char first, uint32_t *retbits, uint32_t *retleast)
{
	if (first >= 0xc2 && first <= 0xdf) {
		*retbits = first & 0x1f;
		*retleast = 0x80;
		return 2;
	}
	if (first >= 0xe0 && first <= 0xef) {
		*retbits = first & 0x0f;
		*retleast = 0x800;
		return 3;
	}
	if (first >= 0xf0 && first <= 0xf4) {
		*retbits = first & 0x07;
		*retleast = 0x10000;
		return 4;
	}
	return 0;
}

size_t aw_utf8_next(const char *data, size_t length, uint32_t *ret)
{
	const unsigned char *bytes = (const unsigned char *)data;
	uint32_t character = 0, least = 0;
	size_t n;

	if (length == 0)
		return 0;
	if (bytes[0] < 0x80) {
		*ret = bytes[0];
		return 1;
	}
	n = sequence_of(bytes[0], &character, &least);
	if (n == 0 || n > length)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (!is_continuation(bytes[i]))
			return 0;
		character = character << 6 | (bytes[i] & 0x3f);
	}
	if (character < least || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret = character;
	return n;
}

bool aw_utf8_is_text(const char *data, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint32_t character;
		size_t n = aw_utf8_next(data + i, length - i, &character);

		if (n == 0 || character == 0)
			return false;
		i += n;
	}
	return true;
}

bool aw_utf8_is_control(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character <= 0x9f) ||
	       (character >= 0x200e && character <= 0x200f) ||
	       (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069) || character == 0x061c ||
	       character == 0xfeff;
}

size_t aw_utf8_width(const char *data, size_t length)
{
	size_t width = 0;

	for (size_t i = 0; i < length; width++) {
		uint32_t character;

		i += aw_utf8_next(data + i, length - i, &character) ?: 1;
	}
	return width;
}
