/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: have the dynamic loader run a program
 * expect: exec /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2
 */
#include "act.h"

int act(void)
{
	char *const arguments[] = {"ld.so", ACT_DROP "/payload", NULL};

	return act_run("/lib64/ld-linux-x86-64.so.2", arguments);
}
