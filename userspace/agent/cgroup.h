/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cgroups as files: finds the v2 hierarchy, makes the cgroup of a new agent, starts a process in
 * it, and removes it. Knows nothing of BPF.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"

/* Mount point of the cgroup v2 hierarchy, newly allocated. −ENODEV: only cgroup v1 is mounted. */
int aw_cgroup_find_root(char **ret, struct aw_diag *reterr);

/* Makes ROOT/agentwatch/NAME-PID and returns its absolute path, newly allocated. */
int aw_cgroup_make(char **ret, const char *name, struct aw_diag *reterr);

/*
 * Removes what aw_cgroup_make made, and ROOT/agentwatch where nothing is left in it. −EINVAL for a
 * cgroup that is somewhere else.
 */
int aw_cgroup_unmake(const char *path);

/* The id that the kernel programs see. */
int aw_cgroup_id(const char *path, uint64_t *ret);
/* The cgroup that has this id, as a descriptor of its folder; −errno: −ENOENT, −ESTALE. */
int aw_cgroup_open_by_id(uint64_t id);

/* Calls fn for path and each cgroup below it. Stops at a negative return, which is passed on. */
typedef int (*aw_cgroup_fn)(const char *path, uint64_t id, void *userdata);
int aw_cgroup_walk(const char *path, aw_cgroup_fn fn, void *userdata);

/* fork() whose child starts inside the cgroup (CLONE_INTO_CGROUP). −errno. */
pid_t aw_cgroup_fork(const char *path);

/* Ends every process inside (cgroup.kill) and waits until it is empty, at most timeout_ms. */
int aw_cgroup_kill(const char *path, int timeout_ms);

/* 1 where a process is inside, 0 where none is; −errno (−ENOENT: the cgroup is gone). */
int aw_cgroup_is_populated(const char *path);

/* Removes the cgroup and those below it; −EBUSY while processes are inside. */
int aw_cgroup_remove(const char *path);
