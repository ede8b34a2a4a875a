/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the executable with the rights of the agent's user: root's PATH can lead to places that
 * the user may not enter, and root may execute what the user may not.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <paths.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/command.h"
#include "base/atomic_file.h"

/* A regular file that the caller may execute, by its real ids. */
static int check_executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	return access(path, X_OK) < 0 ? -errno : 0;
}

static int find_as_caller(const char *name, const char *search, char **ret)
{
	int r, result = -ENOENT;

	if (strchr(name, '/')) {
		r = check_executable(name);
		if (r < 0)
			return r == -ENOTDIR ? -ENOENT : r;
		*ret = strdup(name);
		return *ret ? 0 : -ENOMEM;
	}
	search = search ?: _PATH_DEFPATH;
	for (const char *at = search;; at++) {
		size_t length = strcspn(at, ":");
		_cleanup_free_ char *path = NULL;

		/* An empty element is the current folder, as everywhere. */
		if (asprintf(&path, "%.*s%s%s", (int)length, at, length ? "/" : "./", name) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = check_executable(path);
		if (r == 0) {
			*ret = TAKE_PTR(path);
			return 0;
		}
		if (r == -EACCES)
			result = r;
		at += length;
		if (!*at)
			return result;
	}
}

/* What the helper process found: an error, or 0 and the path. */
struct answer {
	int error;
	char path[PATH_MAX];
};

static _Noreturn void answer_as_user(const char *name, const char *search,
				     const struct aw_user *user, int fd)
{
	struct answer answer = {.error = aw_user_become(user)};
	char *path = NULL;

	if (answer.error == 0)
		answer.error = find_as_caller(name, search, &path);
	if (answer.error == 0 && strlen(path) >= sizeof(answer.path))
		answer.error = -ENAMETOOLONG;
	if (answer.error == 0)
		memcpy(answer.path, path, strlen(path) + 1);
	_exit(aw_atomic_file_write_all(fd, &answer, sizeof(answer)) < 0);
}

static int read_answer(int fd, struct answer *ret)
{
	size_t done = 0;

	while (done < sizeof(*ret)) {
		ssize_t n = read(fd, (char *)ret + done, sizeof(*ret) - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		done += (size_t)n;
	}
	ret->path[PATH_MAX - 1] = '\0';
	return ret->error;
}

int aw_command_find(const char *name, const char *search, const struct aw_user *user, char **ret)
{
	_cleanup_close_ int reader = -1, writer = -1;
	struct answer answer;
	int fds[2], r;
	pid_t pid;

	if (user->uid == getuid() || geteuid() != 0)
		return find_as_caller(name, search, ret);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	reader = fds[0];
	writer = fds[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		answer_as_user(name, search, user, writer);
	close(TAKE_FD(writer));
	r = read_answer(reader, &answer);
	waitpid(pid, NULL, 0);
	if (r < 0)
		return r;
	*ret = strdup(answer.path);
	return *ret ? 0 : -ENOMEM;
}
