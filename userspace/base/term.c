/* SPDX-License-Identifier: Apache-2.0 */
/* Terminals: questions to the stream, colours, harmless text, the progress line. */
#include "base/term.h"

#include <assert.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/clock.h"
#include "base/utf8.h"

#define TERM_DEFAULT_WIDTH   80
#define PROGRESS_INTERVAL_NS (AW_NS_PER_SECOND / 10)

static const char *const colours[] = {
	[AW_COLOUR_NONE] = "\033[0m",	[AW_COLOUR_BOLD] = "\033[1m",
	[AW_COLOUR_DIM] = "\033[2m",	[AW_COLOUR_RED] = "\033[31m",
	[AW_COLOUR_GREEN] = "\033[32m", [AW_COLOUR_YELLOW] = "\033[33m",
	[AW_COLOUR_BLUE] = "\033[34m",
};
static_assert(sizeof(colours) / sizeof(*colours) == AW_COLOURS, "every colour has a sequence");

bool aw_term_is_terminal(FILE *stream)
{
	int fd = fileno(stream);

	return fd >= 0 && isatty(fd);
}

bool aw_term_has_colour(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (no_color && *no_color)
		return false;
	return term && strcmp(term, "dumb") != 0 && aw_term_is_terminal(stream);
}

unsigned int aw_term_width(FILE *stream)
{
	struct winsize size = {};
	int fd = fileno(stream);

	if (fd < 0 || ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return TERM_DEFAULT_WIDTH;
	return size.ws_col;
}

const char *aw_term_colour(bool has_colour, enum aw_colour colour)
{
	return has_colour && (unsigned int)colour < AW_COLOURS ? colours[colour] : "";
}

static int append_control(struct aw_buffer *buffer, uint32_t character)
{
	if (character == '\n')
		return aw_buffer_append_string(buffer, "\\n");
	if (character == '\t')
		return aw_buffer_append_string(buffer, "\\t");
	if (character == '\\')
		return aw_buffer_append_string(buffer, "\\\\");
	if (character < 0x80)
		return aw_buffer_append_format(buffer, "\\x%02x", (unsigned int)character);
	return aw_buffer_append_format(buffer, "\\u{%04x}", (unsigned int)character);
}

int aw_term_append_text(struct aw_buffer *buffer, const void *data, size_t length)
{
	const char *bytes = data;

	for (size_t i = 0; i < length;) {
		uint32_t character;
		size_t n = aw_utf8_next(bytes + i, length - i, &character);

		if (n == 0)
			aw_buffer_append_format(buffer, "\\x%02x", (unsigned char)bytes[i]);
		else if (character == '\\' || aw_utf8_is_control(character))
			append_control(buffer, character);
		else
			aw_buffer_append(buffer, bytes + i, n);
		i += n ?: 1;
	}
	return buffer->error;
}

void aw_progress_init(struct aw_progress *progress, FILE *stream)
{
	*progress = (struct aw_progress){
		.stream = stream,
		.is_terminal = aw_term_is_terminal(stream),
	};
}

/* Cuts a line to `width` characters, never inside one. */
static size_t cut(const char *text, size_t length, size_t width)
{
	size_t i = 0;

	while (i < length && width-- > 0) {
		uint32_t character;

		i += aw_utf8_next(text + i, length - i, &character) ?: 1;
	}
	return i;
}

void aw_progress_update(struct aw_progress *progress, const char *format, ...)
{
	_cleanup_buffer_ struct aw_buffer raw = {}, line = {};
	uint64_t now_ns = aw_clock_boot_now();
	va_list arguments;

	if (!progress->is_terminal ||
	    (progress->is_shown && now_ns - progress->shown_ns < PROGRESS_INTERVAL_NS))
		return;
	va_start(arguments, format);
	aw_buffer_append_va(&raw, format, arguments);
	va_end(arguments);
	aw_term_append_text(&line, raw.data, raw.length);
	if (raw.error || line.error)
		return;
	line.length = cut(line.data, line.length, aw_term_width(progress->stream) - 1);
	fprintf(progress->stream, "\r\033[K%.*s", (int)line.length, line.data ?: "");
	fflush(progress->stream);
	progress->is_shown = true;
	progress->shown_ns = now_ns;
}

void aw_progress_clear(struct aw_progress *progress)
{
	if (!progress->is_shown)
		return;
	fputs("\r\033[K", progress->stream);
	fflush(progress->stream);
	progress->is_shown = false;
}
