/* SPDX-License-Identifier: Apache-2.0 */
/* Small things that several commands do alike: their log, their caller, their output. */
#pragma once

#include <stddef.h>

#include "base/buffer.h"
#include "base/diag.h"
#include "cli/options.h"
#include "policy/compile.h"
#include "policy/parse.h"

/* Says on stderr why a command gives up; returns status. r is told where the diagnosis is empty. */
int aw_cli_fail(int status, int r, const struct aw_diag *diag);
/* A line on stderr: "agentwatch: …". */
void aw_cli_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* All of it to standard output; 0, or AW_EXIT_USAGE with a message where that fails. */
int aw_cli_print(struct aw_buffer *text);

/* Home of who called, through sudo or not; newly allocated. NULL without memory. */
char *aw_cli_home(void);

/* A policy as a command line names it. Free both. */
int aw_cli_policy(struct aw_policy **ret, struct aw_image **retimage, const char *path,
		  const struct aw_parse_options *options, struct aw_diag *reterr);
/* Its hash as 64 hex digits. */
void aw_cli_hash(const struct aw_image *image, char ret[static 65]);
