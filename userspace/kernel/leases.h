/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leases that userspace gives: the names of hosts(5), which no question is asked for. They hold
 * until they are taken back. Those that answers give are the programs' own (abi/lease.h).
 */
#pragma once

#include "agent/hosts_file.h"
#include "kernel/agents.h"

/* Again is fine, and brings back what was pushed out. −errno: some are missing. */
int aw_leases_put(struct aw_host *host, struct aw_agent_handle agent, const struct aw_hosts *hosts);
void aw_leases_take_back(struct aw_host *host, struct aw_agent_handle agent,
			 const struct aw_hosts *hosts);
