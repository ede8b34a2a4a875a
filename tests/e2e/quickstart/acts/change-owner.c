/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: change the owner of a file
 * expect: attr {STAGE}/bin/tool
 */
#include "act.h"

int act(void)
{
	return act_result(chown(ACT_STAGE "/bin/tool", getuid(), getgid()));
}
