/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: truncate a file that is opened to be read
 * expect: read|write {STAGE}/etc/group
 */
#include "act.h"

int act(void)
{
	return act_open(ACT_STAGE "/etc/group", O_RDONLY | O_TRUNC);
}
