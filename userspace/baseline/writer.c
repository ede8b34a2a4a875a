/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which process records a run. The start time tells a process from a later one with its number, the
 * boot id tells this boot of this host from all others.
 */
#include "baseline/writer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define STAT_START_FIELD 22 /* proc(5): starttime */

static bool read_start(int pid, unsigned long long *ret)
{
	char path[64], line[1024];
	_cleanup_fclose_ FILE *file = NULL;
	char *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file || !fgets(line, sizeof(line), file))
		return false;
	/* The command's name may hold spaces and brackets: count from the last bracket. */
	at = strrchr(line, ')');
	for (int field = 2; at && field < STAT_START_FIELD; field++) {
		at = strchr(at, ' ');
		if (at)
			at++;
	}
	return at && sscanf(at, "%llu", ret) == 1;
}

static void describe(int pid, char buffer[AW_BASELINE_WRITER_MAX])
{
	unsigned long long start = 0;
	char boot[AW_CLOCK_BOOT_ID_SIZE];

	buffer[0] = '\0';
	if (aw_clock_boot_id(boot) == 0 && read_start(pid, &start))
		snprintf(buffer, AW_BASELINE_WRITER_MAX, "%s %d %llu", boot, pid, start);
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
