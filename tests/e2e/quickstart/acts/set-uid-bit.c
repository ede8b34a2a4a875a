/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: set the set-uid bit on a helper
 * expect: attr {STAGE}/bin/helper
 */
#include "act.h"

int act(void)
{
	return act_result(chmod(ACT_STAGE "/bin/helper", 04755));
}
