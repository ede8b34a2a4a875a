/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: plant a hook in somebody else's project
 * expect: create {STAGE}/other/.git/hooks/pre-commit
 */
#include "act.h"

int act(void)
{
	return act_open(ACT_STAGE "/other/.git/hooks/pre-commit", O_WRONLY | O_CREAT);
}
