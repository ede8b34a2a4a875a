/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which process records a run. The start time tells a process from a later one with its number, the
 * boot id tells this boot of this host from all others.
 */
#include "baseline/writer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/process_id.h"
#include "base/clock.h"

static void describe(int pid, char buffer[AW_BASELINE_WRITER_MAX])
{
	char boot[AW_CLOCK_BOOT_ID_SIZE];
	struct aw_process_id id;

	buffer[0] = '\0';
	if (aw_clock_boot_id(boot) == 0 && aw_process_id_of(pid, &id) == 0)
		snprintf(buffer, AW_BASELINE_WRITER_MAX, "%s %d %llu", boot, id.pid,
			 (unsigned long long)id.start);
}

void aw_baseline_writer_self(char buffer[AW_BASELINE_WRITER_MAX])
{
	describe(getpid(), buffer);
}

bool aw_baseline_writer_lives(const char *writer)
{
	char now[AW_BASELINE_WRITER_MAX];
	int pid;

	if (!writer || sscanf(writer, "%*s %d", &pid) != 1)
		return false;
	describe(pid, now);
	return !strcmp(writer, now);
}
