/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: truncate a copy of /etc/passwd
 * expect: write {STAGE}/etc/passwd
 */
#include "act.h"

int act(void)
{
	return act_result(truncate(ACT_STAGE "/etc/passwd", 0));
}
