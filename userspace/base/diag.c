/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills and prints diagnoses of bad input. What ends up here quotes untrusted text and is shown on
 * terminals, so control bytes never leave this file and no UTF-8 character is cut in half.
 */
#include "base/diag.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Bytes that a UTF-8 character with this first byte has. */
static size_t utf8_length(unsigned char first)
{
	if (first >= 0xf0)
		return 4;
	if (first >= 0xe0)
		return 3;
	return first >= 0xc0 ? 2 : 1;
}

/* In place: each byte of what is no printable text becomes a question mark. */
static void make_printable(char *text)
{
	size_t left = strlen(text), n;
	uint32_t character;

	for (; left > 0; text += n, left -= n) {
		n = aw_utf8_next(text, left, &character);
		if (n > 0 && !aw_utf8_is_control(character))
			continue;
		n = n ?: 1;
		memset(text, '?', n);
	}
}

/* Takes a character that vsnprintf cut in half off the end. */
static void trim_partial_character(char *text)
{
	size_t length = strlen(text), start = length;

	while (start > 0 && length - start < 4 && is_continuation(text[start - 1]))
		start--;
	if (start == 0)
		return;
	start--;
	if (start + utf8_length((unsigned char)text[start]) > length)
		text[start] = '\0';
}

/* A path too long for its field keeps its end: that is the part that tells files apart. */
static void set_file(struct aw_diag *d, const char *file)
{
	size_t length = file ? strlen(file) : 0;

	if (length < sizeof(d->file)) {
		snprintf(d->file, sizeof(d->file), "%s", file ?: "");
	} else {
		const char *tail = file + length - (sizeof(d->file) - 1 - strlen("..."));

		while (is_continuation(*tail))
			tail++;
		snprintf(d->file, sizeof(d->file), "...%s", tail);
	}
	make_printable(d->file);
}

int aw_diag_set(struct aw_diag *d, int err, const char *file, int line, int column,
		const char *hint, const char *format, ...)
{
	va_list arguments;

	if (!d)
		return err;
	set_file(d, file);
	d->line = line;
	d->column = column;
	va_start(arguments, format);
	vsnprintf(d->message, sizeof(d->message), format, arguments);
	va_end(arguments);
	snprintf(d->hint, sizeof(d->hint), "%s", hint ?: "");
	trim_partial_character(d->message);
	trim_partial_character(d->hint);
	make_printable(d->message);
	make_printable(d->hint);
	return err;
}

char *aw_diag_to_string(const struct aw_diag *d)
{
	char place[sizeof(d->file) + 32] = "";
	char *text;
	int length = 0;

	if (d->file[0] && d->line > 0 && d->column > 0)
		length = snprintf(place, sizeof(place), "%s:%d:%d: ", d->file, d->line, d->column);
	else if (d->file[0] && d->line > 0)
		length = snprintf(place, sizeof(place), "%s:%d: ", d->file, d->line);
	else if (d->file[0])
		length = snprintf(place, sizeof(place), "%s: ", d->file);
	if (length < 0)
		return NULL;
	if (asprintf(&text, "%s%s%s%s", place, d->message, d->hint[0] ? "\nhint: " : "", d->hint) <
	    0)
		return NULL;
	return text;
}
