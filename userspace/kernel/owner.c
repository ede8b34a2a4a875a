/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a process's start time from /proc/PID/stat; see owner.h.
 */
#include "kernel/owner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

/* Field 22; counted from behind the command's name, which may hold spaces and parentheses. */
#define FIELDS_AFTER_COMM 19

int aw_owner_of(pid_t pid, struct aw_owner *ret)
{
	_cleanup_fclose_ FILE *f = NULL;
	unsigned long long start;
	char path[64], line[1024];
	const char *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f || !fgets(line, sizeof(line), f))
		return -ESRCH;
	at = strrchr(line, ')');
	for (int i = 0; at && i <= FIELDS_AFTER_COMM; i++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, "%llu", &start) != 1)
		return -ESRCH;
	*ret = (struct aw_owner){.pid = (__u32)pid, .start = start};
	return 0;
}

bool aw_owner_alive(const struct aw_owner *owner)
{
	struct aw_owner now;

	if (!owner->pid || aw_owner_of((pid_t)owner->pid, &now) < 0)
		return false;
	return now.start == owner->start;
}
