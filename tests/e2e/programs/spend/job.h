/* SPDX-License-Identifier: Apache-2.0 */
/* What is tried by several threads at once, and how often it ended in which way. */
#pragma once

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>

#define THREADS_MAX 64

enum outcome { PASSED, DENIED, LATER, OTHER, OUTCOMES };

struct job {
	int (*act)(const struct job *job);
	struct sockaddr_in to;
	const char *program;
	long n;
	long outcomes[OUTCOMES];
};

static enum outcome outcome_of(int err)
{
	switch (err) {
	case 0:
	case ECONNREFUSED:
		return PASSED;
	case EACCES:
	case EPERM:
		return DENIED;
	case EAGAIN:
		return LATER;
	default:
		return OTHER;
	}
}

static int show(const long outcomes[OUTCOMES])
{
	printf("%ld %ld %ld %ld\n", outcomes[PASSED], outcomes[DENIED], outcomes[LATER],
	       outcomes[OTHER]);
	return 0;
}

static int spend_all(const struct job *job, void *(*act)(void *job), long n_threads)
{
	static struct job jobs[THREADS_MAX];
	pthread_t threads[THREADS_MAX];
	long sums[OUTCOMES] = {};

	for (long i = 0; i < n_threads; i++) {
		jobs[i] = *job;
		if (pthread_create(&threads[i], NULL, act, &jobs[i]))
			return 1;
	}
	for (long i = 0; i < n_threads; i++) {
		pthread_join(threads[i], NULL);
		for (int j = 0; j < OUTCOMES; j++)
			sums[j] += jobs[i].outcomes[j];
	}
	return show(sums);
}
