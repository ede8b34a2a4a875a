/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: run a program that exists in memory only
 * expect: exec memfd:*
 */
#include "act.h"

int act(void)
{
	static const char script[] = "#!/bin/sh\nexit 0\n";
	char *const arguments[] = {"memory", NULL};
	char *const environment[] = {NULL};
	int fd = memfd_create("memory", 0), status;
	pid_t pid;

	if (fd < 0 || write(fd, script, sizeof(script) - 1) < 0)
		return errno;
	pid = fork();
	if (pid == 0) {
		syscall(SYS_execveat, fd, "", arguments, environment, AT_EMPTY_PATH);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return errno;
	return WEXITSTATUS(status);
}
