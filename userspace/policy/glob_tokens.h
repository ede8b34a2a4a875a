/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One alternative of a glob, its braces gone, into tokens. Private to glob*.c; the grammar is in
 * glob.h.
 */
#pragma once

#include "policy/glob.h"

struct aw_glob_scan {
	const struct aw_pattern *pattern;
	struct aw_diag *reterr;
	struct aw_glob_token *tokens; /* owned, reused from one alternative to the next */
	size_t n_tokens;
	size_t n_reserved;
};

#define aw_glob_fail(scan, hint, ...)                                                   \
	aw_diag_set((scan)->reterr, -EINVAL, (scan)->pattern->source.file,              \
		    (scan)->pattern->source.line, (scan)->pattern->source.column, hint, \
		    __VA_ARGS__)

/*
 * Appends the tokens of "/a/b…" (text is empty or starts with '/'). self: whether the place where
 * the path starts has a name of its own, which a leading `**` matches.
 */
int aw_glob_scan_path(struct aw_glob_scan *scan, const char *text, size_t length, bool self);

/* Appends the tokens of a name without segments. */
int aw_glob_scan_name(struct aw_glob_scan *scan, const char *text, size_t length);

/* Appends the bytes as they are. */
int aw_glob_scan_literal(struct aw_glob_scan *scan, const char *text, size_t length);

/* Index of the `]` that closes the set opened at text[0], or 0 where nothing does. */
size_t aw_glob_set_end(const char *text, size_t length);
