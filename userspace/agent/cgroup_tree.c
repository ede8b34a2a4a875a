/* SPDX-License-Identifier: Apache-2.0 */
/* A cgroup and all below it: visiting each, and removing them, innermost first. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/cgroup.h"
#include "base/cleanup.h"

#define DEPTH_MAX    256 /* cgroups inside one another; deeper ones are -ELOOP */
#define BUSY_TRIES   20	 /* a killed process leaves its cgroup a moment after its end is seen */
#define BUSY_STEP_MS 10

static void closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* Calls fn for path (first, or last with is_inner_first) and each cgroup below it. */
static int walk(const char *path, aw_cgroup_fn fn, void *userdata, bool is_inner_first, int depth)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	const struct dirent *entry;
	uint64_t id;
	int r = aw_cgroup_id(path, &id);

	if (r < 0)
		return r;
	if (depth > DEPTH_MAX)
		return -ELOOP;
	if (!is_inner_first && (r = fn(path, id, userdata)) < 0)
		return r;
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((errno = 0, entry = readdir(dir))) {
		_cleanup_free_ char *below = NULL;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (asprintf(&below, "%s/%s", path, entry->d_name) < 0) {
			below = NULL;
			return -ENOMEM;
		}
		r = walk(below, fn, userdata, is_inner_first, depth + 1);
		if (r < 0 && r != -ENOENT) /* it may be removed under our feet */
			return r;
	}
	if (errno != 0)
		return -errno;
	return is_inner_first ? fn(path, id, userdata) : 0;
}

int aw_cgroup_walk(const char *path, aw_cgroup_fn fn, void *userdata)
{
	return walk(path, fn, userdata, false, 0);
}

static int remove_one(const char *path, uint64_t id, void *userdata)
{
	for (int i = 0; i < BUSY_TRIES; i++) {
		if (rmdir(path) == 0)
			return 0;
		if (errno != EBUSY || aw_cgroup_is_populated(path) > 0)
			break;
		poll(NULL, 0, BUSY_STEP_MS);
	}
	return errno == ENOENT ? 0 : -errno;
}

int aw_cgroup_remove(const char *path)
{
	return walk(path, remove_one, NULL, true, 0);
}
