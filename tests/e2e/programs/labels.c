/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both sides of tests/labels.sh: one keeps task storage busy, the other forks meanwhile.
 *
 *   labels hammer MAP        look this process up in the pinned task storage MAP until killed
 *   labels fork N FILE       fork N processes one after another, each of which opens FILE; prints
 *                            how many could, how many were refused, and how many were else
 *   labels exec N PROGRAM    the same, each of which runs PROGRAM, until one was refused
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define VALUE_MAX 4096

static int hammer(const char *path)
{
	static char value[VALUE_MAX];
	union bpf_attr get = {.pathname = (uintptr_t)path}, lookup = {};
	int fd = (int)syscall(SYS_bpf, BPF_OBJ_GET, &get, sizeof(get));
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (fd < 0 || self < 0) {
		fprintf(stderr, "labels: cannot open %s: %s\n", path, strerror(errno));
		return EXIT_FAILURE;
	}
	lookup.map_fd = (unsigned int)fd;
	lookup.key = (uintptr_t)&self;
	lookup.value = (uintptr_t)value;
	for (;;) /* not found, but looked for with the storage held */
		syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &lookup, sizeof(lookup));
}

static int try_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 ? 0 : errno;
}

/* Returns only where it could not. */
static int try_exec(const char *path)
{
	char *const argv[] = {(char *)path, NULL};

	execv(path, argv);
	return errno;
}

static int fork_many(long n, int (*act)(const char *path), const char *path, long refused_max)
{
	long opened = 0, refused = 0, other = 0;

	for (long i = 0; i < n && refused < refused_max; i++) {
		pid_t pid = fork();
		int status = -1;

		if (pid == 0)
			_exit(act(path));
		if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
			other++;
		else if (WEXITSTATUS(status) == 0)
			opened++;
		else if (WEXITSTATUS(status) == EACCES)
			refused++;
		else
			other++;
	}
	printf("%ld %ld %ld\n", opened, refused, other);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "hammer"))
		return hammer(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "fork"))
		return fork_many(atol(argv[2]), try_open, argv[3], LONG_MAX);
	if (argc == 4 && !strcmp(argv[1], "exec"))
		return fork_many(atol(argv[2]), try_exec, argv[3], 1);
	fprintf(stderr, "labels: wrong arguments\n");
	return 2;
}
