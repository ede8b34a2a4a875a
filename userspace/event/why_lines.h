/* SPDX-License-Identifier: Apache-2.0 */
/* An events file, line by line. For the why files of this folder only. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "base/buffer.h"

static inline void aw_json_decrefp(json_t **json)
{
	json_decref(*json);
}

#define _cleanup_json_ _cleanup_(aw_json_decrefp)

/*
 * The next line without its end. 1: there is one; 0: the end of the file; -errno. Lines longer than
 * AW_WHY_LINE_MAX are skipped, and so is a last line that has no end yet.
 */
int aw_why_next_line(FILE *events, struct aw_buffer *ret);
/* Parses a line; NULL where it is no JSON object: files are written to while they are read. */
json_t *aw_why_parse(const struct aw_buffer *line);

/* An array of the last n denials of a run, oldest first. -EINVAL, -ENOMEM, -EIO. */
int aw_why_last_denials(FILE *events, const char *run_id, size_t n, json_t **ret);
