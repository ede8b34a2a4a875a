/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: open a path only to look, then reopen it by /proc/self/fd
 * expect: read {HOME}/.npmrc
 */
#include "act.h"

int act(void)
{
	int fd = open(ACT_HOME "/.npmrc", O_PATH | O_CLOEXEC);
	char path[64];

	if (fd < 0)
		return errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return act_open(path, O_RDONLY);
}
