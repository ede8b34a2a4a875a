/* SPDX-License-Identifier: Apache-2.0 */
/* What people read about the verbs: --help and manual pages, both made from the verbs' tables. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "base/buffer.h"
#include "cli/options.h"

#define AW_HELP_WIDTH 80 /* columns, whatever the terminal: the same text everywhere */

/* `agentwatch VERB --help`, and `agentwatch --help`. */
void aw_help_format(const struct aw_verb *verb, struct aw_buffer *ret);
void aw_help_format_overview(struct aw_buffer *ret);
void aw_help_print(const struct aw_verb *verb, FILE *stream);
void aw_help_print_overview(FILE *stream);

/* docs/man/agentwatch-VERB.1, and agentwatch.1, in man(7) macros. */
void aw_man_format(const struct aw_verb *verb, struct aw_buffer *ret);
void aw_man_format_overview(struct aw_buffer *ret);

/*
 * Facts of `agentwatch` as a whole that help and manual share: environment variables and files, as
 * rows that end with an empty one.
 */
struct aw_help_row {
	const char *name;
	const char *what;
};
extern const struct aw_help_row aw_help_environment[];
extern const struct aw_help_row aw_help_files[];

/*
 * Appends text wrapped at AW_HELP_WIDTH: the first line is where it is (at column `column`), the
 * others are indented. Ends with a newline. Newlines in the text are kept.
 */
void aw_help_wrap(struct aw_buffer *ret, const char *text, size_t column, size_t indent);
