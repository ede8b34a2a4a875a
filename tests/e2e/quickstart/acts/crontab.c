/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: write a crontab
 * expect: create {STAGE}/spool/crontabs/agent
 */
#include "act.h"

int act(void)
{
	return act_open(ACT_STAGE "/spool/crontabs/agent", O_WRONLY | O_CREAT);
}
