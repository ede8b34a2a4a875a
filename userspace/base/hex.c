/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal digits; locale plays no part. */
#include "base/hex.h"

#include <errno.h>
#include <string.h>

static const char digits[] = "0123456789abcdef";

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -EINVAL;
}

static void encode(const void *data, size_t length, char *ret)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < length; i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 0xf];
	}
}

void aw_hex_encode(const void *data, size_t length, char *ret)
{
	encode(data, length, ret);
	ret[2 * length] = '\0';
}

int aw_hex_append(struct aw_buffer *buffer, const void *data, size_t length)
{
	int r = aw_buffer_reserve(buffer, length > AW_BUFFER_MAX ? length : 2 * length);

	if (r < 0)
		return r;
	encode(data, length, buffer->data + buffer->length);
	buffer->length += 2 * length;
	return 0;
}

int aw_hex_decode(const char *text, void *ret, size_t length)
{
	unsigned char *bytes = ret;

	if (strlen(text) != 2 * length)
		return -EINVAL;
	for (size_t i = 0; i < 2 * length; i++)
		if (digit_of(text[i]) < 0)
			return -EINVAL;
	for (size_t i = 0; i < length; i++)
		bytes[i] = (unsigned char)(digit_of(text[2 * i]) << 4 | digit_of(text[2 * i + 1]));
	return 0;
}

void aw_hex_from_u64(uint64_t value, char ret[static AW_HEX_U64_BYTES])
{
	for (int i = 15; i >= 0; i--, value >>= 4)
		ret[i] = digits[value & 0xf];
	ret[16] = '\0';
}

int aw_hex_to_u64(const char *text, uint64_t *ret)
{
	size_t length = strlen(text);
	uint64_t value = 0;

	if (length == 0 || length > 16)
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		int digit = digit_of(text[i]);

		if (digit < 0)
			return digit;
		value = value << 4 | (unsigned int)digit;
	}
	*ret = value;
	return 0;
}
