/* SPDX-License-Identifier: Apache-2.0 */
/* JSON strings from bytes: what passes, what is escaped, and what is not text (json.h). */
#include <stdint.h>

#include "base/json.h"
#include "base/utf8.h"

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void append_escape(struct aw_buffer *out, uint32_t character)
{
	switch (character) {
	case '"':
		aw_buffer_append_string(out, "\\\"");
		break;
	case '\\':
		aw_buffer_append_string(out, "\\\\");
		break;
	case '\n':
		aw_buffer_append_string(out, "\\n");
		break;
	case '\r':
		aw_buffer_append_string(out, "\\r");
		break;
	case '\t':
		aw_buffer_append_string(out, "\\t");
		break;
	default: /* every character that comes here is in the basic plane */
		aw_buffer_append_format(out, "\\u%04x", (unsigned int)character);
		break;
	}
}

/* Writes one character, or one byte that is none; returns the bytes taken. */
static size_t append_character(struct aw_buffer *out, const char *data, size_t length)
{
	uint32_t character;
	size_t n = aw_utf8_next(data, length, &character);

	if (n == 0) {
		append_escape(out, (unsigned char)data[0]);
		return 1;
	}
	if (character == 0)
		append_escape(out, 0xfffd);
	else if (character == '"' || character == '\\' || aw_utf8_is_control(character))
		append_escape(out, character);
	else
		aw_buffer_append(out, data, n);
	return n;
}

void aw_json_bytes(struct aw_json *json, const void *data, size_t length)
{
	const char *bytes = data;

	aw_json_separate(json);
	aw_buffer_append_char(json->out, '"');
	for (size_t i = 0; i < length;) {
		size_t run = 0;

		while (i + run < length && is_plain((unsigned char)bytes[i + run]))
			run++;
		aw_buffer_append(json->out, bytes + i, run);
		i += run;
		if (i < length)
			i += append_character(json->out, bytes + i, length - i);
	}
	aw_buffer_append_char(json->out, '"');
}
