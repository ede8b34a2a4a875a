/* SPDX-License-Identifier: Apache-2.0 */
/* Processes by number and start time, so that a number used again is told from its first holder. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct aw_process_id {
	pid_t pid;
	uint64_t start; /* field 22 of /proc/PID/stat, in clock ticks since boot */
};

/* −ESRCH where there is none. */
int aw_process_id_of(pid_t pid, struct aw_process_id *ret);
bool aw_process_id_lives(const struct aw_process_id *id);
