/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors that are open, decided again at each use: the program on that hook is run at every
 * read and write of the host, so it is attached only while an agent has AW_AGENT_RECHECK. Called
 * with the lock taken. Who needs it is read from the agents themselves, so a command that dies in
 * between leaves at most a program that the next one detaches.
 */
#pragma once

#include "kernel/host.h"

/* Attaches it, if it is not: before an agent gets the flag. On hosts that only observe: nothing. */
int aw_recheck_begin(struct aw_host *host, struct aw_diag *reterr);
/* Detaches it, if no agent has the flag any more. */
void aw_recheck_end(struct aw_host *host);
