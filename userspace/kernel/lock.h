/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock under which commands change what is shared on a host, and the tie that tells whether any
 * command is still there. Both are flock(2), so the kernel lets go of them for whoever dies.
 */
#pragma once

#include <stdbool.h>

#include "base/diag.h"

/* Makes AW_RUN_DIR if needed and takes the lock; close *ret to let go. */
int aw_lock_take(int *ret_fd, struct aw_diag *reterr);

/* Held, shared, by every command that has the host open. */
int aw_lock_join(int *ret_fd, struct aw_diag *reterr);

/* Whether the holder of this fd is the only one. Call with the lock taken. */
bool aw_lock_alone(int fd);
