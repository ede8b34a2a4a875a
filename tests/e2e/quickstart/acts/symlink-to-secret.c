/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: follow a symbolic link from the workspace
 * expect: read {HOME}/.kube/config
 */
#include "act.h"

int act(void)
{
	return act_open(ACT_WORK "/notes.link", O_RDONLY);
}
