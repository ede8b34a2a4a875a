/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: climb out of the workspace with dots
 * expect: read {HOME}/.pypirc
 */
#include "act.h"

int act(void)
{
	return act_open(ACT_WORK "/project/./../../home/.pypirc", O_RDONLY);
}
