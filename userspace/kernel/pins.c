/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is pinned under AW_PIN_DIR: opens the maps of a complete set, and takes everything out.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/host_private.h"

static void closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static void remove_all_in(const char *folder)
{
	__attribute__((cleanup(closedirp))) DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	rmdir(folder);
}

void aw_pins_remove(void)
{
	/* First: nothing may run on maps that are going. */
	remove_all_in(AW_PIN_LINKS);
	remove_all_in(AW_PIN_AGENTS);
	remove_all_in(AW_PIN_PROGRAMS);
	remove_all_in(AW_PIN_MAPS);
	rmdir(AW_PIN_DIR);
}

static int open_maps(struct aw_host *host, struct aw_diag *reterr)
{
	__attribute__((cleanup(closedirp))) DIR *dir = opendir(AW_PIN_MAPS);
	struct dirent *entry;
	char path[512];

	while (dir && (entry = readdir(dir))) {
		struct aw_host_map *map = &host->maps[host->n_maps];

		if (entry->d_name[0] == '.' || host->n_maps == AW_HOST_MAPS_MAX ||
		    strlen(entry->d_name) >= sizeof(map->name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", AW_PIN_MAPS, entry->d_name);
		map->fd = bpf_obj_get(path);
		if (map->fd < 0)
			return aw_diag_set(reterr, -errno, NULL, 0, 0, NULL, "cannot open %s: %s",
					   path, strerror(errno));
		snprintf(map->name, sizeof(map->name), "%s", entry->d_name);
		host->n_maps++;
	}
	return 0;
}

static int map_memory(struct aw_host *host, const char *name, size_t size, void **ret,
		      struct aw_diag *reterr)
{
	void *memory;
	int fd = aw_host_map(host, name);

	if (fd < 0)
		return aw_diag_set(reterr, fd, NULL, 0, 0, NULL, "the map %s is not pinned", name);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return aw_diag_set(reterr, -errno, NULL, 0, 0, NULL, "cannot map %s: %s", name,
				   strerror(errno));
	*ret = memory;
	return 0;
}

int aw_pins_open(struct aw_host *host, struct aw_diag *reterr)
{
	struct aw_host_info info;
	__u32 zero = 0;
	int err, fd;

	err = open_maps(host, reterr);
	if (err < 0)
		return err;
	fd = aw_host_map(host, "aw_host_info");
	if (fd < 0 || bpf_map_lookup_elem(fd, &zero, &info) < 0 || info.state != AW_HOST_READY)
		return 0;
	if (info.abi != AW_HOST_ABI)
		return aw_diag_set(reterr, -EEXIST, NULL, 0, 0,
				   "end the agents of the other version first (agentwatch status)",
				   "another version of agentwatch is loaded on this host");
	host->attach = info.attach;
	err = map_memory(host, "aw_agents", AW_AGENTS_MAX * sizeof(struct aw_agent),
			 (void **)&host->agents, reterr);
	if (err < 0)
		return err;
	err = map_memory(host, "aw_tasks_alive", AW_AGENTS_MAX * sizeof(__s64),
			 (void **)&host->tasks_alive, reterr);
	return err < 0 ? err : 1;
}
