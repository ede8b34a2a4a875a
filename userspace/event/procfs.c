/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading /proc/PID. Everything is read through one descriptor of the folder, which stays with the
 * process even when its number is given to another.
 */
#include "event/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/clock.h"

#define STAT_BYTES_MAX	     1024
#define STAT_FIELD_START     22 /* proc(5): starttime; field 4 is ppid */
#define STAT_FIELD_AFTER_PID 3	/* the first field after the command's name */

void aw_procfs_done(struct aw_procfs_process *process)
{
	aw_buffer_done(&process->exe);
	aw_buffer_done(&process->cwd);
	aw_buffer_done(&process->argv);
}

static uint64_t tick_ns(void)
{
	long ticks = sysconf(_SC_CLK_TCK);

	return AW_NS_PER_SECOND / (ticks > 0 ? (uint64_t)ticks : 100);
}

/* Reads at most `max` bytes of a file; the rest is counted up to one megabyte. */
static int read_file(int folder, const char *name, size_t max, struct aw_buffer *ret,
		     size_t *rettotal)
{
	_cleanup_close_ int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t total = 0;
	char chunk[4096];

	if (fd < 0)
		return -errno;
	while (total < (1u << 20)) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		if (ret->length < max)
			aw_buffer_append(ret, chunk,
					 (size_t)n < max - ret->length ? (size_t)n
								       : max - ret->length);
		total += (size_t)n;
	}
	*rettotal = total;
	return ret->error;
}

/* "12 (a) b) S 11 …": the name may hold anything, so fields are counted from its last ')'. */
static int parse_stat(const char *text, uint32_t *retppid, uint64_t *retstart)
{
	const char *at = strrchr(text, ')');
	uint64_t ticks, ppid;

	if (!at || sscanf(at + 1, " %*c %" SCNu64, &ppid) != 1)
		return -EBADMSG;
	at += 2;
	for (int field = STAT_FIELD_AFTER_PID; field < STAT_FIELD_START; field++) {
		at = strchr(at, ' ');
		if (!at)
			return -EBADMSG;
		at++;
	}
	if (sscanf(at, "%" SCNu64, &ticks) != 1)
		return -EBADMSG;
	*retppid = (uint32_t)ppid;
	*retstart = ticks * tick_ns();
	return 0;
}

static int open_process(int procfs, uint32_t pid)
{
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "%" PRIu32, pid);
	fd = openat(procfs, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int read_stat(int folder, uint32_t *retppid, uint64_t *retstart)
{
	_cleanup_buffer_ struct aw_buffer text = {};
	size_t total;
	int r = read_file(folder, "stat", STAT_BYTES_MAX, &text, &total);

	if (r < 0)
		return r;
	return parse_stat(aw_buffer_string(&text) ?: "", retppid, retstart);
}

static void read_link(int folder, const char *name, struct aw_buffer *ret)
{
	char path[PATH_MAX];
	ssize_t n = readlinkat(folder, name, path, sizeof(path));

	if (n > 0 && (size_t)n < sizeof(path))
		aw_buffer_append(ret, path, (size_t)n);
}

int aw_procfs_read(int procfs, uint32_t pid, uint64_t start_ns, struct aw_procfs_process *ret)
{
	_cleanup_close_ int folder = open_process(procfs, pid);
	struct aw_procfs_process process = {};
	int r;

	if (folder < 0)
		return folder;
	r = read_stat(folder, &process.ppid, &process.start_ns);
	if (r < 0)
		return r;
	if (start_ns != 0 && start_ns / tick_ns() != process.start_ns / tick_ns())
		return -ESRCH;
	read_link(folder, "exe", &process.exe);
	read_link(folder, "cwd", &process.cwd);
	if (read_file(folder, "cmdline", AW_ARGV_MAX, &process.argv, &process.argv_total) < 0)
		aw_buffer_done(&process.argv);
	*ret = process;
	return 0;
}

int aw_procfs_start(int procfs, uint32_t pid, uint64_t *ret)
{
	_cleanup_close_ int folder = open_process(procfs, pid);
	uint32_t ppid;

	return folder < 0 ? folder : read_stat(folder, &ppid, ret);
}
