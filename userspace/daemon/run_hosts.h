/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the addresses of this host's own names (hosts(5)) leased to a run's agent.
 */
#pragma once

#include <sys/stat.h>

#include "agent/hosts_file.h"
#include "base/log.h"
#include "kernel/agents.h"

struct aw_run_hosts {
	struct aw_hosts leased;
	struct stat file;   /* as it was when it was read */
	uint64_t looked_ns; /* CLOCK_BOOTTIME; 0: never */
	uint64_t put_ns;
	bool is_refused; /* the agent could give itself any address */
};

/*
 * Reads the file where it is new, and leases what is in it; what is no longer in it is taken back.
 * Call it as often as you like: it looks once a second. Not under a policy by which the agent may
 * change the file, which is told once. image: NULL for none.
 */
void aw_run_hosts_keep(struct aw_run_hosts *hosts, struct aw_host *host,
		       struct aw_agent_handle agent, const struct aw_image *image,
		       const struct aw_log *log);
void aw_run_hosts_clear(struct aw_run_hosts *hosts);
