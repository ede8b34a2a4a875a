/* SPDX-License-Identifier: Apache-2.0 */
/* Start times out of /proc/PID/stat. */
#include "agent/process_id.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define STAT_SIZE	1024
#define FIELDS_TO_START 20 /* spaces between the command's closing bracket and field 22 */

int aw_process_id_of(pid_t pid, struct aw_process_id *ret)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[64], line[STAT_SIZE];
	uint64_t start;
	const char *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file || !fgets(line, sizeof(line), file))
		return -ESRCH;
	/* The command's name may hold brackets and spaces. */
	at = strrchr(line, ')');
	for (int i = 0; at && i < FIELDS_TO_START; i++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, "%" SCNu64, &start) != 1)
		return -ESRCH;
	*ret = (struct aw_process_id){.pid = pid, .start = start};
	return 0;
}

bool aw_process_id_lives(const struct aw_process_id *id)
{
	struct aw_process_id now;

	return id->pid > 0 && aw_process_id_of(id->pid, &now) == 0 && now.start == id->start;
}
