/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The open host, for the files of kernel/ that load it (load.c), pin it (pins.c) and lend it out
 * (host.c).
 */
#pragma once

#include <stddef.h>

#include "abi/agent.h"
#include "abi/host.h"
#include "kernel/host.h"
#include "kernel/running.h"

#define AW_PIN_MAPS	 AW_PIN_DIR "/maps"
#define AW_PIN_LINKS	 AW_PIN_DIR "/links"
#define AW_PIN_AGENTS	 AW_PIN_DIR "/agents" /* links to the cgroup of one agent */
#define AW_PIN_PROGRAMS	 AW_PIN_DIR "/programs"
#define AW_HOST_MAPS_MAX 48

struct aw_host_map {
	char name[32];
	int fd;
};

struct aw_host {
	enum aw_attach attach;
	int join_fd; /* says that this command is here */
	struct aw_host_map maps[AW_HOST_MAPS_MAX];
	size_t n_maps;
	struct aw_agent *agents; /* memory-mapped, AW_AGENTS_MAX */
	__s64 *tasks_alive;	 /* memory-mapped, AW_AGENTS_MAX */
};

/* load.c: loads, attaches and pins everything. On failure nothing is left pinned. */
int aw_host_load(enum aw_attach attach, struct aw_running *running, struct aw_diag *reterr);

/* pins.c: 1 if a complete set is pinned (its maps are then open in host), 0 if none is, or −errno.
 */
int aw_pins_open(struct aw_host *host, struct aw_diag *reterr);
void aw_pins_remove(void);

/* agents.c: whether any slot is in use. */
bool aw_agents_any(const struct aw_host *host);
