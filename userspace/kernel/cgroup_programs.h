/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programs that are attached to each agent's cgroup, so that no other socket of the host passes
 * through them: those that see what its sockets send and are sent, and where LSM programs are
 * refused those that decide addresses.
 */
#pragma once

#include <stdint.h>

#include "kernel/host.h"

/*
 * Attaches and pins them; again is fine. Those that read answers only if they are wanted: for a
 * policy that names hosts, or to learn one. −errno: undone.
 */
int aw_cgroup_programs_begin(struct aw_host *host, uint32_t slot, uint64_t cgroup_id,
			     bool reads_answers, struct aw_diag *reterr);

/* Takes them away; fine for an agent that has none. */
void aw_cgroup_programs_end(struct aw_host *host, uint32_t slot);
