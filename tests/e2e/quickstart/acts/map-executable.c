/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: map a file that may be read, to run what is in it
 * expect: map {HOME}/.gitconfig
 */
#include "act.h"

int act(void)
{
	int fd = open(ACT_HOME "/.gitconfig", O_RDONLY | O_CLOEXEC);
	void *memory =
		fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	return memory == MAP_FAILED ? errno : 0;
}
