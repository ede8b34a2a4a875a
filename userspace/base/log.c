/* SPDX-License-Identifier: Apache-2.0 */
/* One message, one line, one write; what it quotes is made harmless first. */
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/buffer.h"
#include "base/term.h"

static const struct {
	const char *label;
	enum aw_colour colour;
} levels[] = {
	[AW_LOG_ERROR] = {"error: ", AW_COLOUR_RED},
	[AW_LOG_WARNING] = {"warning: ", AW_COLOUR_YELLOW},
	[AW_LOG_INFO] = {"", AW_COLOUR_NONE},
	[AW_LOG_DEBUG] = {"debug: ", AW_COLOUR_DIM},
};
static_assert(sizeof(levels) / sizeof(*levels) == AW_LOG_LEVELS, "every level has a row");

void aw_log_init(struct aw_log *log, FILE *stream, enum aw_log_level level)
{
	*log = (struct aw_log){
		.stream = stream,
		.level = level,
		.has_colour = aw_term_has_colour(stream),
	};
}

static bool is_written(const struct aw_log *log, enum aw_log_level level)
{
	return log && level <= log->level;
}

static void write_line(const struct aw_log *log, const char *label, enum aw_colour colour,
		       const char *message)
{
	_cleanup_buffer_ struct aw_buffer line = {};
	int saved_errno = errno;

	aw_buffer_append_string(&line, "agentwatch: ");
	if (*label) {
		aw_buffer_append_string(&line, aw_term_colour(log->has_colour, colour));
		aw_buffer_append_string(&line, label);
		aw_buffer_append_string(&line, aw_term_colour(log->has_colour, AW_COLOUR_NONE));
	}
	aw_term_append_text(&line, message, strlen(message));
	aw_buffer_append_char(&line, '\n');
	if (line.error == 0)
		fwrite(line.data, 1, line.length, log->stream);
	fflush(log->stream);
	errno = saved_errno;
}

void aw_log_write(const struct aw_log *log, enum aw_log_level level, const char *format, ...)
{
	char message[AW_LOG_LINE_MAX];
	int saved_errno = errno, length;
	va_list arguments;

	if (!is_written(log, level))
		return;
	va_start(arguments, format);
	length = vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	if (length >= 0)
		write_line(log, levels[level].label, levels[level].colour, message);
	errno = saved_errno;
}

void aw_log_diag(const struct aw_log *log, enum aw_log_level level, const struct aw_diag *diag)
{
	struct aw_diag place = *diag;
	_cleanup_free_ char *text = NULL;

	if (!is_written(log, level))
		return;
	place.hint[0] = '\0';
	text = aw_diag_to_string(&place);
	if (text)
		write_line(log, levels[level].label, levels[level].colour, text);
	if (diag->hint[0])
		write_line(log, "hint: ", AW_COLOUR_BLUE, diag->hint);
}
