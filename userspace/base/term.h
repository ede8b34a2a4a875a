/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written for people: whether a stream is a terminal, colours, untrusted text made
 * harmless, and a progress line. Tables are in table.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"

enum aw_colour {
	AW_COLOUR_NONE, /* back to normal */
	AW_COLOUR_BOLD,
	AW_COLOUR_DIM,
	AW_COLOUR_RED,
	AW_COLOUR_GREEN,
	AW_COLOUR_YELLOW,
	AW_COLOUR_BLUE,
	AW_COLOURS,
};

bool aw_term_is_terminal(FILE *stream);
/* A terminal, NO_COLOR (no-color.org) unset or empty, and TERM neither unset nor "dumb". */
bool aw_term_has_colour(FILE *stream);
/* Columns of the terminal; 80 where that is unknown. */
unsigned int aw_term_width(FILE *stream);
/* The escape sequence, or "" where colours are off. */
const char *aw_term_colour(bool has_colour, enum aw_colour colour);

/*
 * Appends untrusted text for people: control characters, marks that reorder text and bytes that are
 * not UTF-8 become \n, \t, \xNN (bytes) or \u{NNNN}; a backslash is doubled, so nothing is
 * ambiguous.
 */
int aw_term_append_text(struct aw_buffer *buffer, const void *data, size_t length);

/* One line that is rewritten in place; nothing is ever written where there is no terminal. */
struct aw_progress {
	FILE *stream; /* borrowed */
	bool is_terminal;
	bool is_shown;
	uint64_t shown_ns; /* boot time */
};

void aw_progress_init(struct aw_progress *progress, FILE *stream);
/* At most ten times a second; what comes sooner is dropped. Cut to the terminal's width. */
void aw_progress_update(struct aw_progress *progress, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Removes the line; call it before anything else is written to the stream. */
void aw_progress_clear(struct aw_progress *progress);
