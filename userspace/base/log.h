/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages to the operator, on one stream, one line each. For commands and the daemon: leaf code
 * returns errors, and audit events are data that goes to sinks.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/diag.h"

#define AW_LOG_LINE_MAX 2048 /* bytes of one message; more is cut */

enum aw_log_level {
	AW_LOG_ERROR,
	AW_LOG_WARNING,
	AW_LOG_INFO,
	AW_LOG_DEBUG,
	AW_LOG_LEVELS,
};

struct aw_log {
	FILE *stream;		 /* borrowed */
	enum aw_log_level level; /* what is less important is not written */
	bool has_colour;
};

/* Colour where the stream is a terminal that wants it (term.h). */
void aw_log_init(struct aw_log *log, FILE *stream, enum aw_log_level level);

/*
 * "agentwatch: error: …". Control characters and bytes that are not text become escapes, so that a
 * file name in a message can neither forge a line nor drive the terminal. log may be NULL: nothing
 * is written. errno is kept.
 */
void aw_log_write(const struct aw_log *log, enum aw_log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "agentwatch: error: file:line:column: message", and a line "hint: …" where there is one. */
void aw_log_diag(const struct aw_log *log, enum aw_log_level level, const struct aw_diag *diag);

#define aw_log_error(log, ...)	 aw_log_write(log, AW_LOG_ERROR, __VA_ARGS__)
#define aw_log_warning(log, ...) aw_log_write(log, AW_LOG_WARNING, __VA_ARGS__)
#define aw_log_info(log, ...)	 aw_log_write(log, AW_LOG_INFO, __VA_ARGS__)
#define aw_log_debug(log, ...)	 aw_log_write(log, AW_LOG_DEBUG, __VA_ARGS__)
