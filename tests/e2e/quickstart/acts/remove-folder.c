/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: remove a folder of somebody else's
 * expect: delete {STAGE}/other/empty
 */
#include "act.h"

int act(void)
{
	return act_result(rmdir(ACT_STAGE "/other/empty"));
}
