/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clears what the kernel counted for an agent's slot, and its budgets, before the next tenant gets
 * it. Reading is declared in agents.h.
 */
#pragma once

#include <stdint.h>

#include "kernel/host.h"

void aw_counters_drop(struct aw_host *host, uint32_t slot);
