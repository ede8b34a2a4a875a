/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether one pattern matches one name, by backtracking over the pattern as written. It is what
 * explain.c judges by, and shares nothing with the globs of the compiler (glob.h, which also holds
 * the grammar), so that each can be tested against the other.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "policy/policy.h"

/*
 * name: "/usr/bin/git", "@abstract", "memfd:x"; with anchor ≥ 0 what follows that anchor ("" or
 * "/rest"). A pattern that is not well-formed matches nothing.
 */
bool aw_match_pattern(const struct aw_pattern *pattern, int anchor, const char *name,
		      size_t length);

/*
 * Whether an absolute pattern, or one below an anchor without that anchor, can match a folder or
 * anything below it. Floating and marked patterns never do. folder: "/home/ci", "" or "/rest".
 */
bool aw_match_covers(const struct aw_pattern *pattern, const char *folder);
