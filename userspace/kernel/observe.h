/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an agent needs beyond its entry where programs can only observe: its anchors by name.
 * Nothing is done on other hosts.
 */
#pragma once

#include "kernel/agents.h"

/* Writes the anchors' names. −errno: undone. */
int aw_observe_begin(struct aw_host *host, uint32_t slot, const struct aw_agent_config *config,
		     struct aw_diag *reterr);

/* Takes them away; fine for an agent that has none. */
void aw_observe_end(struct aw_host *host, uint32_t slot);
