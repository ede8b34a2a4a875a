/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: map a file to read, then make the mapping executable
 * expect: map /usr/include/stdio.h
 */
#include "act.h"

int act(void)
{
	int fd = open("/usr/include/stdio.h", O_RDONLY | O_CLOEXEC);
	void *memory = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);

	if (memory == MAP_FAILED)
		return errno;
	return act_result(mprotect(memory, 1, PROT_READ | PROT_EXEC));
}
