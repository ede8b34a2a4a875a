/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What /proc tells of a process that no record described: best effort, only while it lives, and
 * only of the very process that was asked for.
 */
#pragma once

#include "base/buffer.h"
#include "event/event.h"

/* Owned; aw_procfs_done frees it. */
struct aw_procfs_process {
	uint64_t start_ns; /* boot time in whole clock ticks */
	uint32_t ppid;	   /* 0: none */
	struct aw_buffer exe;
	struct aw_buffer cwd;
	struct aw_buffer argv;
	size_t argv_total;
};

void aw_procfs_done(struct aw_procfs_process *process);

/*
 * Reads a process. procfs: a descriptor of the folder /proc. start_ns: only this one, -ESRCH for
 * another of the same pid; 0: whichever it is. What may not be read stays empty. -errno.
 */
int aw_procfs_read(int procfs, uint32_t pid, uint64_t start_ns, struct aw_procfs_process *ret);
/* The start of a process alone. */
int aw_procfs_start(int procfs, uint32_t pid, uint64_t *ret);
