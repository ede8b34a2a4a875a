/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: load a library that was dropped in /tmp
 * expect: read|map {DROP}/libdlopen.so
 */
#include <dlfcn.h>

#include "act.h"

int act(void)
{
	return dlopen(ACT_DROP "/libdlopen.so", RTLD_NOW) ? 0 : EACCES;
}
