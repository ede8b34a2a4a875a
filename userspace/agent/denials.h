/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last denials of one agent as event lines, in a file that its user can read: what an agent
 * asks about itself. The file belongs to root and to the group of the agent's user.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"

#define AW_DENIALS_LINES 256 /* that are kept at least, as far as they fit in half of the bytes */
#define AW_DENIALS_BYTES (1u << 20) /* size at which older lines are dropped */

struct aw_denials;

/* Replaces what is there. -errno. */
int aw_denials_open(struct aw_denials **ret, const char *path, gid_t group);
/* One line with its "\n". -errno; the next line is tried again. */
int aw_denials_add(struct aw_denials *denials, const char *line, size_t length);
struct aw_denials *aw_denials_free(struct aw_denials *denials);
AW_DEFINE_CLEANUP(struct aw_denials *, aw_denials_free);
