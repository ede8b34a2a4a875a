/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: read a token in another thread
 * expect: read {HOME}/.terraform.d/credentials.tfrc.json
 */
#include <pthread.h>

#include "act.h"

static void *read_in_thread(void *ret)
{
	*(int *)ret = act_open(ACT_HOME "/.terraform.d/credentials.tfrc.json", O_RDONLY);
	return NULL;
}

int act(void)
{
	pthread_t thread;
	int err = 0;

	if (pthread_create(&thread, NULL, read_in_thread, &err))
		return EAGAIN;
	pthread_join(thread, NULL);
	return err;
}
