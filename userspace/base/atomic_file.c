/* SPDX-License-Identifier: Apache-2.0 */
/* Temporary file, fsync, rename, fsync of the folder; each failure is reported, none is retried. */
#include "base/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/hex.h"

#define TEMPORARY_PREFIX ".agentwatch-"
#define TEMPORARY_SUFFIX ".tmp"

struct aw_atomic_file {
	int folder;
	int fd;
	char *name; /* in the folder */
	char temporary[sizeof(TEMPORARY_PREFIX) + AW_HEX_U64_BYTES + sizeof(TEMPORARY_SUFFIX)];
	int has_temporary;
};

static int open_folder(struct aw_atomic_file *file, const char *path)
{
	_cleanup_free_ char *folder = NULL;
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EISDIR;
	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	file->name = strdup(name);
	folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	if (!file->name || !folder)
		return -ENOMEM;
	file->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return file->folder < 0 ? -errno : 0;
}

static int create_temporary(struct aw_atomic_file *file, mode_t mode)
{
	char digits[AW_HEX_U64_BYTES];
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -errno;
	aw_hex_from_u64(random, digits);
	snprintf(file->temporary, sizeof(file->temporary), TEMPORARY_PREFIX "%s" TEMPORARY_SUFFIX,
		 digits);
	file->fd = openat(file->folder, file->temporary,
			  O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file->fd < 0)
		return -errno;
	file->has_temporary = 1;
	return fchmod(file->fd, mode) < 0 ? -errno : 0;
}

int aw_atomic_file_open(struct aw_atomic_file **ret, const char *path, mode_t mode)
{
	_cleanup_(aw_atomic_file_freep) struct aw_atomic_file *file = calloc(1, sizeof(*file));
	int r;

	if (!file)
		return -ENOMEM;
	file->folder = file->fd = -1;
	r = open_folder(file, path);
	if (r < 0)
		return r;
	r = create_temporary(file, mode);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(file);
	return 0;
}

int aw_atomic_file_fd(const struct aw_atomic_file *file)
{
	return file->fd;
}

int aw_atomic_file_write_all(int fd, const void *data, size_t length)
{
	const char *rest = data;

	while (length > 0) {
		ssize_t n = write(fd, rest, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		rest += n;
		length -= (size_t)n;
	}
	return 0;
}

int aw_atomic_file_append(struct aw_atomic_file *file, const void *data, size_t length)
{
	return aw_atomic_file_write_all(file->fd, data, length);
}

int aw_atomic_file_commit(struct aw_atomic_file *file)
{
	if (fsync(file->fd) < 0)
		return -errno;
	if (renameat(file->folder, file->temporary, file->folder, file->name) < 0)
		return -errno;
	file->has_temporary = 0;
	return fsync(file->folder) < 0 ? -errno : 0;
}

struct aw_atomic_file *aw_atomic_file_free(struct aw_atomic_file *file)
{
	if (!file)
		return NULL;
	if (file->has_temporary)
		unlinkat(file->folder, file->temporary, 0);
	if (file->fd >= 0)
		close(file->fd);
	if (file->folder >= 0)
		close(file->folder);
	free(file->name);
	free(file);
	return NULL;
}

int aw_atomic_file_write(const char *path, const void *data, size_t length, mode_t mode)
{
	_cleanup_(aw_atomic_file_freep) struct aw_atomic_file *file = NULL;
	int r;

	r = aw_atomic_file_open(&file, path, mode);
	if (r < 0)
		return r;
	r = aw_atomic_file_append(file, data, length);
	if (r < 0)
		return r;
	return aw_atomic_file_commit(file);
}
