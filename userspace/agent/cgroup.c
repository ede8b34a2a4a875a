/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The v2 hierarchy through its files, and clone3 into a cgroup. Walking and removing a subtree is
 * in cgroup_tree.c.
 */
#include "agent/cgroup.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <mntent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "base/atomic_file.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define FILEID_KERNFS	0xfe /* include/linux/exportfs.h: the id, 64 bits */

#define PARENT_CGROUP	"agentwatch"
#define SAME_NAMES_MAX	100 /* left-overs of the same name and pid */
#define POLL_STEP_MS	50
#define MOUNT_LINE_SIZE 4096

static void endmntentp(FILE **mounts)
{
	if (*mounts)
		endmntent(*mounts);
}

int aw_cgroup_find_root(char **ret, struct aw_diag *reterr)
{
	_cleanup_(endmntentp) FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent entry;
	char line[MOUNT_LINE_SIZE];

	if (!mounts)
		return aw_diag_set(reterr, -errno, "/proc/self/mounts", 0, 0, NULL, "%m");
	while (getmntent_r(mounts, &entry, line, sizeof(line))) {
		char *path;

		if (strcmp(entry.mnt_type, "cgroup2") != 0)
			continue;
		path = strdup(entry.mnt_dir);
		if (!path)
			return -ENOMEM;
		*ret = path;
		return 0;
	}
	return aw_diag_set(reterr, -ENODEV, NULL, 0, 0,
			   "mount it: mount -t cgroup2 cgroup2 /sys/fs/cgroup",
			   "the cgroup v2 hierarchy is not mounted");
}

static bool is_name(const char *name)
{
	if (!*name || *name == '.' || *name == '-')
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("._-", *name))
			return false;
	return true;
}

/* Makes DIR/NAME-PID, or DIR/NAME-PID-2 … where an earlier process of this pid left its own. */
static int make_unique(const char *dir, const char *name, char **ret)
{
	for (int i = 1; i <= SAME_NAMES_MAX; i++) {
		_cleanup_free_ char *path = NULL;
		int n = i == 1 ? asprintf(&path, "%s/%s-%d", dir, name, (int)getpid())
			       : asprintf(&path, "%s/%s-%d-%d", dir, name, (int)getpid(), i);

		if (n < 0) {
			path = NULL;
			return -ENOMEM;
		}
		if (mkdir(path, 0755) == 0) {
			*ret = TAKE_PTR(path);
			return 0;
		}
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

/* Another command can remove the folder between the two steps. */
static int make_in(const char *dir, const char *name, char **ret)
{
	int r = -ENOENT;

	for (int i = 0; i < SAME_NAMES_MAX && r == -ENOENT; i++) {
		if (mkdir(dir, 0755) < 0 && errno != EEXIST)
			return -errno;
		r = make_unique(dir, name, ret);
	}
	return r;
}

int aw_cgroup_make(char **ret, const char *name, struct aw_diag *reterr)
{
	_cleanup_free_ char *root = NULL, *dir = NULL;
	int r = aw_cgroup_find_root(&root, reterr);

	if (r < 0)
		return r;
	if (!is_name(name))
		return aw_diag_set(reterr, -EINVAL, NULL, 0, 0,
				   "letters, digits, '.', '_' and '-', no dot or dash first",
				   "\"%s\" is no name for an agent", name);
	if (asprintf(&dir, "%s/" PARENT_CGROUP, root) < 0) {
		dir = NULL;
		return -ENOMEM;
	}
	r = make_in(dir, name, ret);
	if (r < 0)
		return aw_diag_set(
			reterr, r, dir, 0, 0,
			r == -EACCES || r == -EPERM ? "run as root, for example with sudo" : NULL,
			"cannot make a cgroup here: %s", strerror(-r));
	return 0;
}

int aw_cgroup_unmake(const char *path)
{
	_cleanup_free_ char *dir = strdup(path);
	char *slash = dir ? strrchr(dir, '/') : NULL;
	int r;

	if (!slash)
		return dir ? -EINVAL : -ENOMEM;
	*slash = '\0';
	slash = strrchr(dir, '/');
	if (!slash || strcmp(slash + 1, PARENT_CGROUP) != 0)
		return -EINVAL;
	r = aw_cgroup_remove(path);
	(void)rmdir(dir); /* busy while there are other agents */
	return r;
}

int aw_cgroup_id(const char *path, uint64_t *ret)
{
	struct statfs fs;
	struct stat st;

	if (statfs(path, &fs) < 0 || stat(path, &st) < 0)
		return -errno;
	if (fs.f_type != CGROUP2_SUPER_MAGIC)
		return -EINVAL;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	*ret = st.st_ino; /* kernfs: inode number and id are one on 64-bit kernels */
	return 0;
}

int aw_cgroup_open_by_id(uint64_t id)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + sizeof(id)];
	} u = {.handle = {.handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS}};
	_cleanup_free_ char *root = NULL;
	_cleanup_close_ int mount = -1;
	struct aw_diag diag = {};
	int fd, r = aw_cgroup_find_root(&root, &diag);

	if (r < 0)
		return r;
	mount = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mount < 0)
		return -errno;
	memcpy(u.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(mount, &u.handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

pid_t aw_cgroup_fork(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
	};
	long pid;

	if (fd < 0)
		return -errno;
	args.cgroup = (uint64_t)fd;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	return pid < 0 ? -errno : (pid_t)pid;
}

static int open_in(const char *path, const char *name, int flags)
{
	_cleanup_close_ int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd;

	if (dir < 0)
		return -errno;
	fd = openat(dir, name, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int aw_cgroup_is_populated(const char *path)
{
	_cleanup_close_ int fd = open_in(path, "cgroup.events", O_RDONLY);
	char text[256];
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return strstr(text, "populated 1") != NULL;
}

static int wait_empty(const char *path, int timeout_ms)
{
	uint64_t end = aw_clock_boot_now() + (uint64_t)timeout_ms * 1000000;

	for (;;) {
		int r = aw_cgroup_is_populated(path);

		if (r <= 0)
			return r;
		if (aw_clock_boot_now() >= end)
			return -ETIMEDOUT;
		poll(NULL, 0, POLL_STEP_MS);
	}
}

int aw_cgroup_kill(const char *path, int timeout_ms)
{
	_cleanup_close_ int fd = open_in(path, "cgroup.kill", O_WRONLY);
	int r = aw_cgroup_is_populated(path);

	if (r <= 0)
		return r;
	if (fd < 0)
		return fd;
	r = aw_atomic_file_write_all(fd, "1", 1);
	return r < 0 ? r : wait_empty(path, timeout_ms);
}
