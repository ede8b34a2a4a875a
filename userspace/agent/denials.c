/* SPDX-License-Identifier: Apache-2.0 */
/* Appends until the file is large, then starts it again with the last lines, which are in memory.
 */
#include "agent/denials.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/atomic_file.h"

struct aw_denials {
	char *path;
	gid_t group;
	int fd; /* −1 after a failure */
	size_t bytes;
	struct {
		char *text;
		size_t length;
	} last[AW_DENIALS_LINES]; /* a ring */
	size_t n;		  /* lines so far */
};

/* The oldest line to keep: the last ones, up to half of what the file may hold. */
static size_t first_kept(const struct aw_denials *denials)
{
	size_t first = denials->n, bytes = 0;

	while (first > 0 && denials->n - first < AW_DENIALS_LINES) {
		bytes += denials->last[(first - 1) % AW_DENIALS_LINES].length;
		if (bytes > AW_DENIALS_BYTES / 2)
			break;
		first--;
	}
	return first;
}

/* Starts the file anew under its name, so that a reader has the old one or the new one. */
static int restart(struct aw_denials *denials)
{
	_cleanup_(aw_atomic_file_freep) struct aw_atomic_file *file = NULL;
	int r = aw_atomic_file_open(&file, denials->path, 0640);

	if (r < 0)
		return r;
	if (fchown(aw_atomic_file_fd(file), (uid_t)-1, denials->group) < 0)
		return -errno;
	denials->bytes = 0;
	for (size_t i = first_kept(denials); i < denials->n; i++) {
		size_t at = i % AW_DENIALS_LINES;

		r = aw_atomic_file_append(file, denials->last[at].text, denials->last[at].length);
		if (r < 0)
			return r;
		denials->bytes += denials->last[at].length;
	}
	r = aw_atomic_file_commit(file);
	if (r < 0)
		return r;
	if (denials->fd >= 0)
		close(denials->fd);
	denials->fd = open(denials->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	return denials->fd < 0 ? -errno : 0;
}

int aw_denials_open(struct aw_denials **ret, const char *path, gid_t group)
{
	_cleanup_(aw_denials_freep) struct aw_denials *denials = calloc(1, sizeof(*denials));
	int r;

	if (!denials)
		return -ENOMEM;
	denials->fd = -1;
	denials->group = group;
	denials->path = strdup(path);
	if (!denials->path)
		return -ENOMEM;
	r = restart(denials);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(denials);
	return 0;
}

int aw_denials_add(struct aw_denials *denials, const char *line, size_t length)
{
	size_t at = denials->n % AW_DENIALS_LINES;
	char *copy = malloc(length);
	int r;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, line, length);
	free(denials->last[at].text);
	denials->last[at].text = copy;
	denials->last[at].length = length;
	denials->n++;
	if (denials->fd < 0 || denials->bytes + length > AW_DENIALS_BYTES)
		return restart(denials);
	r = aw_atomic_file_write_all(denials->fd, line, length);
	if (r < 0) {
		close(TAKE_FD(denials->fd)); /* the file may end in a part of a line */
		return r;
	}
	denials->bytes += length;
	return 0;
}

struct aw_denials *aw_denials_free(struct aw_denials *denials)
{
	if (!denials)
		return NULL;
	if (denials->fd >= 0)
		close(denials->fd);
	for (size_t i = 0; i < AW_DENIALS_LINES; i++)
		free(denials->last[i].text);
	free(denials->path);
	free(denials);
	return NULL;
}
