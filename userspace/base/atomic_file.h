/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replaces a file as a whole: after a crash, a full disk or a failed write there is the old file or
 * the new one, never a part. The new content goes to a temporary file in the same folder, to the
 * disk, and then to its name.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"

struct aw_atomic_file;

/*
 * Begins to replace path. The file gets exactly `mode` and the caller's owner. A symlink at path
 * itself is replaced, not followed. -errno (-ENOENT: no such folder, -EACCES, -ENAMETOOLONG …).
 */
int aw_atomic_file_open(struct aw_atomic_file **ret, const char *path, mode_t mode);
/* The new content's descriptor, borrowed; or write with aw_atomic_file_append. */
int aw_atomic_file_fd(const struct aw_atomic_file *file);
/* -ENOSPC, -EDQUOT, -EIO …: give up with aw_atomic_file_free. */
int aw_atomic_file_append(struct aw_atomic_file *file, const void *data, size_t length);
/*
 * Makes the new content durable and gives it its name; 0 means that both happened. After a failure
 * before the rename the old file is as it was.
 */
int aw_atomic_file_commit(struct aw_atomic_file *file);
/* Removes what was not committed. */
struct aw_atomic_file *aw_atomic_file_free(struct aw_atomic_file *file);
AW_DEFINE_CLEANUP(struct aw_atomic_file *, aw_atomic_file_free);

/* All of it at once. */
int aw_atomic_file_write(const char *path, const void *data, size_t length, mode_t mode);

/* Writes all of data to a descriptor, also after signals and short writes. -errno. */
int aw_atomic_file_write_all(int fd, const void *data, size_t length);
