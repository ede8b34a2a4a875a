/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors that are open, decided again at each use: the program on that hook is run at every
 * read and write of the host, so it is attached only while an agent has AW_AGENT_RECHECK or
 * AW_AGENT_COUNTS. Called with the lock taken. Who needs it is read from the agents themselves, so
 * a command that dies in between leaves at most a program that the next one detaches.
 */
#pragma once

#include <stdint.h>

#include "kernel/host.h"

/* AW_AGENT_COUNTS, if this kernel needs it for budgets of connections; else 0. */
uint32_t aw_recheck_counts(void);
/* Attaches it, if it is not: before an agent gets a flag. On hosts that only observe: nothing. */
int aw_recheck_begin(struct aw_host *host, struct aw_diag *reterr);
/* Detaches it, if no agent has one of the flags any more. */
void aw_recheck_end(struct aw_host *host);
