/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where LSM programs are refused: anchors are made known by name.
 */
#include "kernel/observe.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/observe.h"
#include "kernel/host_private.h"

static int put_name(int map, uint32_t slot, uint32_t below, const char *name, uint32_t anchor)
{
	struct aw_anchor_name_key key = {.agent = slot, .anchor = below};
	struct aw_anchor_name value = {.anchor = anchor, .length = (uint32_t)strlen(name)};

	if (value.length >= sizeof(key.name))
		return 0; /* known by its device and inode alone */
	memcpy(key.name, name, value.length);
	key.name[value.length] = '/';
	key.prefix_bits = AW_ANCHOR_NAME_BITS(value.length + 1);
	return bpf_map_update_elem(map, &key, &value, BPF_ANY) < 0 ? -errno : 0;
}

/* The rest of `path` below the folder; NULL where it is not inside. */
static const char *below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	if (!strncmp(path, folder, length) && path[length] == '/')
		return path + length;
	return NULL;
}

/* An anchor inside another one is met from both: by its whole name, and from the outer one. */
static int put_names(int map, uint32_t slot, const struct aw_agent_config *config)
{
	char paths[AW_ANCHORS_MAX][PATH_MAX];
	int err = 0;

	for (size_t i = 0; i < config->n_anchors; i++)
		if (!realpath(config->anchors[i].path, paths[i]))
			return -errno;
	for (size_t i = 0; !err && i < config->n_anchors; i++) {
		uint32_t index = config->anchors[i].index;

		err = put_name(map, slot, AW_ANCHOR_NONE, paths[i], index);
		for (size_t k = 0; !err && k < config->n_anchors; k++) {
			const char *rest = below(paths[i], paths[k]);

			if (rest)
				err = put_name(map, slot, config->anchors[k].index, rest, index);
		}
	}
	return err;
}

int aw_observe_begin(struct aw_host *host, uint32_t slot, const struct aw_agent_config *config,
		     struct aw_diag *reterr)
{
	int map, err;

	if (host->attach != AW_ATTACH_OBSERVE)
		return 0;
	map = aw_host_map(host, "aw_anchor_names");
	err = map < 0 ? map : put_names(map, slot, config);
	if (!err)
		return 0;
	aw_observe_end(host, slot);
	return aw_diag_set(reterr, err, NULL, 0, 0, "run: agentwatch doctor",
			   "cannot observe the cgroup %s: %s", config->cgroup_path, strerror(-err));
}

void aw_observe_end(struct aw_host *host, uint32_t slot)
{
	struct aw_anchor_name_key key, next;
	int map, more;

	if (host->attach != AW_ATTACH_OBSERVE)
		return;
	map = aw_host_map(host, "aw_anchor_names");
	more = map < 0 ? -1 : bpf_map_get_next_key(map, NULL, &next);
	while (!more) {
		key = next;
		more = bpf_map_get_next_key(map, &key, &next);
		if (key.agent == slot)
			bpf_map_delete_elem(map, &key);
	}
}
