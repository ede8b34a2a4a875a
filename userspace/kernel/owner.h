/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes named by (pid, start time), so that a pid that was used again is not taken for its
 * earlier holder.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "abi/host.h"

/* −ESRCH where there is no such process. */
int aw_owner_of(pid_t pid, struct aw_owner *ret);
bool aw_owner_alive(const struct aw_owner *owner);
