/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process runs: executable, script, working folder and arguments as they were at exec. Kept
 * once and shared by all that were forked since.
 */
#pragma once

#include "event/event.h"

/* Counted references; strings lie in the same allocation. */
struct aw_program {
	size_t references;
	size_t bytes;	  /* of the allocation */
	uint64_t subject; /* the kernel's hash of the executable's name; 0 where unknown */
	struct aw_bytes exe;
	struct aw_bytes path; /* of exe, without anchor */
	struct aw_bytes script;
	struct aw_bytes cwd;
	struct aw_bytes argv;
	uint32_t argv_total;
	uint8_t exe_anchor;
	uint8_t script_anchor;
	uint8_t cwd_anchor;
};

/*
 * A copy of what a template says, with one reference. Absent strings of the template stay absent.
 * -ENOMEM, -E2BIG.
 */
int aw_program_new(struct aw_program **ret, const struct aw_program *from);
/* One reference more, or less; the last one frees. Both take NULL. */
struct aw_program *aw_program_ref(struct aw_program *program);
struct aw_program *aw_program_unref(struct aw_program *program);
