/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: open below a folder that is held by descriptor
 * expect: read {HOME}/.config/gcloud/credentials.db
 */
#include "act.h"

int act(void)
{
	int folder = open(ACT_HOME "/.config/gcloud", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return folder < 0 ? errno : act_open_at(folder, "credentials.db", O_RDONLY);
}
