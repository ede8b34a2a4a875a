/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: leave the process tree, then read a token
 * expect: read {HOME}/.azure/tokens.json
 */
#include "act.h"

int act(void)
{
	int report[2], err = EIO;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) < 0)
		return errno;
	pid = fork();
	if (pid == 0) {
		if (setsid() < 0 || fork() != 0)
			_exit(0);
		usleep(20000); /* the parent is gone, this is a child of init */
		err = act_open(ACT_HOME "/.azure/tokens.json", O_RDONLY);
		_exit(write(report[1], &err, sizeof(err)) < 0);
	}
	close(report[1]);
	if (pid < 0 || waitpid(pid, NULL, 0) < 0 || read(report[0], &err, sizeof(err)) < 0)
		return errno;
	return err;
}
