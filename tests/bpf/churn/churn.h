/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the churn share: the tree and its objects, the policies, the memory through
 * which workers are told what holds and tell what they saw, and the agents.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kernel/agents.h"
#include "kernel/consumer.h"
#include "policy/compile.h"

#define CHURN_DIR	   "/tmp/churn" /* a tmpfs */
#define CHURN_OVERLAY	   "/var/churn"
#define CHURN_BIN	   CHURN_DIR "/bin"
#define CHURN_TREES	   2
#define CHURN_FOLDERS	   3 /* of a tree, which move */
#define CHURN_FILES	   5 /* of such a folder, and beside it */
#define CHURN_OBJECTS_MAX  64
#define CHURN_PATH_MAX	   96
#define CHURN_WORKERS_MAX  16
#define CHURN_AGENTS	   2
#define CHURN_POLICIES	   3
#define CHURN_STATES_MAX   6
#define CHURN_SHARED_FD	   3
#define CHURN_NEW_STATE(e) ((e) >> 1 & 0xffff) /* of an epoch */

/* A file or folder that is found under one of two names, as it is moved to and fro. */
struct churn_object {
	char path[2][CHURN_PATH_MAX];
	bool is_folder;
};

/*
 * What a worker checks against: epoch >> 17 counts changes, the 16 bits below name the state that
 * holds or comes next, bit 0 is set while it is being changed. Counts are the workers' alone.
 */
struct churn_shared {
	_Atomic uint64_t epoch;
	_Atomic bool is_strict; /* what every state denies must be denied: none of them audits */
	_Atomic bool is_over;
	_Atomic uint32_t window; /* the first of the objects that are looked at now */
	bool is_swap;		 /* nothing moves: what is seen must be what the rules say */
	uint32_t n_objects; /* of objects; the last ones, from n_ordinary on, are of their own kind
			     */
	uint32_t n_ordinary;
	uint32_t n_states;
	struct churn_object objects[CHURN_OBJECTS_MAX];
	bool permits[CHURN_STATES_MAX][CHURN_OBJECTS_MAX];
	struct churn_seen {
		_Atomic uint64_t operations, allowed, denied, flips, exact, crossed, wrong, moves;
	} seen[CHURN_WORKERS_MAX];
	_Atomic uint8_t last[CHURN_WORKERS_MAX][CHURN_OBJECTS_MAX];
};

/* main.c */
struct churn {
	struct aw_host *host;
	struct aw_consumer *consumer;
	struct churn_shared *shared;
	int shared_fd;
	struct aw_policy *policies[CHURN_POLICIES];
	struct aw_image *images[CHURN_POLICIES];
	struct aw_agent_handle agents[CHURN_AGENTS];
	char cgroups[CHURN_AGENTS][64];
	pid_t workers[CHURN_WORKERS_MAX];
	int n_agents, n_workers;
	uint64_t random;
};

/* For everything that cannot fail in a guest that works. */
void churn_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void churn_path(char ret[CHURN_PATH_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));
uint32_t churn_pick(uint64_t *state, uint32_t n); /* 0 … n − 1 */
/* All that the workers did so far. */
struct churn_seen churn_seen(const struct churn *churn);
/* Waits until they did that many, and takes what the programs tell meanwhile. */
void churn_wait(struct churn *churn, uint64_t operations);
/* Has all workers look at other objects. */
void churn_look(struct churn *churn);
/* Policy and modes of one agent; dies where that fails. */
void churn_change(struct churn *churn, int agent, int policy, enum aw_mode file_mode,
		  enum aw_mode other_mode);

/* setting.c */
void churn_make_tree(struct churn_shared *shared);
const char *churn_tree(int tree);
void churn_compile(struct churn *churn);
/* Whether a policy as written lets the worker of an agent (and no class) read an object. */
bool churn_permits(const struct aw_policy *policy, const char *path);

/* worker.c: in the agent, until it is over. */
int churn_work(int number);

/* cache.c, swap.c: what goes on outside; the exit status. */
int churn_cache(struct churn *churn, uint64_t operations);
/* Before workers start: what they are to compare with. */
void churn_tabulate(struct churn *churn);
int churn_swap(struct churn *churn, uint64_t operations, uint64_t swaps);
