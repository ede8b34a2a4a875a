/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growable byte buffer: doubling growth up to AW_BUFFER_MAX, one spare byte for a terminating
 * zero, and an error that sticks.
 */
#include "base/buffer.h"

#include <errno.h>
#include <string.h>

#define BUFFER_FIRST_BYTES 256

void aw_buffer_done(struct aw_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct aw_buffer){};
}

void aw_buffer_clear(struct aw_buffer *buffer)
{
	buffer->length = 0;
	buffer->error = 0;
}

int aw_buffer_reserve(struct aw_buffer *buffer, size_t extra)
{
	size_t capacity = buffer->capacity ?: BUFFER_FIRST_BYTES;
	char *data;

	if (buffer->error)
		return buffer->error;
	if (extra >= AW_BUFFER_MAX - buffer->length)
		return buffer->error = -E2BIG;
	if (buffer->data && extra < buffer->capacity - buffer->length)
		return 0;
	while (capacity - buffer->length <= extra)
		capacity *= 2;
	data = realloc(buffer->data, capacity);
	if (!data)
		return buffer->error = -ENOMEM;
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

int aw_buffer_append(struct aw_buffer *buffer, const void *data, size_t length)
{
	int r = aw_buffer_reserve(buffer, length);

	if (r < 0)
		return r;
	if (length > 0)
		memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
	return 0;
}

int aw_buffer_append_char(struct aw_buffer *buffer, char c)
{
	return aw_buffer_append(buffer, &c, 1);
}

int aw_buffer_append_string(struct aw_buffer *buffer, const char *text)
{
	return aw_buffer_append(buffer, text, strlen(text));
}

int aw_buffer_append_va(struct aw_buffer *buffer, const char *format, va_list arguments)
{
	va_list again;
	int length, r;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0 && buffer->error == 0)
		buffer->error = -EINVAL;
	if (buffer->error)
		return buffer->error;
	r = aw_buffer_reserve(buffer, (size_t)length);
	if (r < 0)
		return r;
	vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, arguments);
	buffer->length += (size_t)length;
	return 0;
}

int aw_buffer_append_format(struct aw_buffer *buffer, const char *format, ...)
{
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = aw_buffer_append_va(buffer, format, arguments);
	va_end(arguments);
	return r;
}

void aw_buffer_consume(struct aw_buffer *buffer, size_t length)
{
	if (length > buffer->length)
		length = buffer->length;
	if (length == 0)
		return;
	memmove(buffer->data, buffer->data + length, buffer->length - length);
	buffer->length -= length;
}

void aw_buffer_truncate(struct aw_buffer *buffer, size_t length)
{
	if (length < buffer->length)
		buffer->length = length;
}

const char *aw_buffer_string(struct aw_buffer *buffer)
{
	if (aw_buffer_reserve(buffer, 0) < 0)
		return NULL;
	buffer->data[buffer->length] = '\0';
	return buffer->data;
}

char *aw_buffer_take_string(struct aw_buffer *buffer)
{
	char *text;

	if (!aw_buffer_string(buffer))
		return NULL;
	text = TAKE_PTR(buffer->data);
	*buffer = (struct aw_buffer){};
	return text;
}
