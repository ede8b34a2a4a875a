/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the programs that answer on demand: how the kernel identifies a folder, and labelling tasks
 * that were inside a cgroup before it was an agent's.
 */
#pragma once

#include <stdint.h>

#include "kernel/host.h"

/*
 * (device, inode) of a folder as the programs will see it; stat(2) differs on btrfs and overlayfs.
 * −ENOTDIR, −ENOENT, −EINVAL for the root folder.
 */
int aw_identify_folder(struct aw_host *host, const char *path, uint32_t *ret_dev,
		       uint64_t *ret_ino);

/* The same of a descriptor of this process. −ENOENT where it is closed. */
int aw_identify_descriptor(struct aw_host *host, int fd, uint32_t *ret_dev, uint64_t *ret_ino);

int aw_label_tasks_inside(struct aw_host *host);
