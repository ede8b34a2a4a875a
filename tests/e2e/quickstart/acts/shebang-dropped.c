/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: rewrite a program that may run, to have /tmp/… interpret it
 * expect: exec {DROP}/interpreter
 */
#include "act.h"

int act(void)
{
	static const char line[] = "#!" ACT_DROP "/interpreter\n";
	char own[4096], *const arguments[] = {"test", NULL};
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
	char *name;
	int fd;

	if (length < 0)
		return errno;
	own[length] = '\0';
	name = strrchr(own, '/');
	strcpy(name, "/map_test"); /* another program of the same folder */
	fd = open(own, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0 || write(fd, line, sizeof(line) - 1) < 0)
		return errno;
	close(fd);
	return act_run(own, arguments);
}
