/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Provokes each reason for which a denial is not the policy's own (enum aw_reason), and prints the
 * error that came of the act. The act is done by a process that enters the agent's cgroup ("-": no
 * agent's); what it needs is made before that, outside.
 *
 *   reasons do CGROUP WORK VERB        open a file of a detached mount (unresolved), of a name that
 * is too long (too_long), below too many mounts (too_deep); connect to a family without rules
 * (address_family); open a file (open) reasons race CGROUP WORK           open a deep file until it
 * is denied, while others rename reasons stack WORK                 make the mounts for too_deep
 *   reasons scratch MAP BUSY           claim all buffers (1), or give them back (0)
 *   reasons forget AGENTS IMAGES SLOT  take an agent's policy away
 *   reasons outlive CGROUP WORK AGENTS SLOT   enter, have the agent be gone, and open a file
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/mount.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_BYTES   512
#define VALUE_MAX    65536
#define MOUNTS	     1150 /* two steps upward each; the walk has 2,200 */
#define DEEP_FOLDERS 900
#define RACES_MAX    200000
#define RENAMERS     2

/* What of the programs' maps is touched: see bpf/abi/agent.h and bpf/maps.bpf.h. */
#define AGENT_DEAD	  2
#define CONTROL_OFFSET	  8
#define CONTROL_SLOT_MASK 0xffff

static void fail(const char *what)
{
	fprintf(stderr, "reasons: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int open_result(int folder, const char *path, int flags)
{
	int fd = openat(folder, path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static void enter(const char *cgroup)
{
	char path[PATH_BYTES];
	int fd;

	if (!strcmp(cgroup, "-"))
		return;
	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) < 0)
		fail(path);
	close(fd);
}

/* Not of the workspace itself: an anchor is an anchor wherever it is mounted. */
static int do_unresolved(const char *cgroup, const char *work)
{
	char path[PATH_BYTES];
	int tree;

	snprintf(path, sizeof(path), "%s/folder", work);
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		fail("open_tree");
	enter(cgroup);
	return open_result(tree, "file", O_RDONLY);
}

static int do_too_long(const char *cgroup, const char *work)
{
	char name[NAME_MAX + 1];

	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	if (chdir(work) < 0)
		fail(work);
	/* One more than the kernel takes in one name; each is made and entered on its own. */
	for (int i = 0; i <= PATH_MAX / (NAME_MAX + 1); i++)
		if ((mkdir(name, 0755) < 0 && errno != EEXIST) || chdir(name) < 0)
			fail("chdir");
	if (open_result(AT_FDCWD, "file", O_WRONLY | O_CREAT))
		fail("file");
	enter(cgroup);
	return open_result(AT_FDCWD, "file", O_RDONLY);
}

static void go_down(const char *work, const char *name, int n)
{
	if (chdir(work) < 0)
		fail(work);
	for (int i = 0; i < n; i++)
		if (chdir(name) < 0)
			fail("chdir");
}

static int do_too_deep(const char *cgroup, const char *work)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/stack", work);
	go_down(path, "m", MOUNTS);
	enter(cgroup);
	return open_result(AT_FDCWD, "file", O_RDONLY);
}

/* A folder mounted upon its own child, again and again; gone at once by one lazy umount. */
static int stack(const char *work)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/stack", work);
	if (mkdir(path, 0755) < 0 || mount("tmpfs", path, "tmpfs", 0, NULL) < 0 ||
	    mount(NULL, path, NULL, MS_PRIVATE, NULL) < 0 || chdir(path) < 0 ||
	    mkdir("m", 0755) < 0 || open_result(AT_FDCWD, "file", O_WRONLY | O_CREAT))
		fail(path);
	for (int i = 0; i < MOUNTS; i++)
		if (mount(path, "m", NULL, MS_BIND, NULL) < 0 || chdir("m") < 0)
			fail("mount");
	return EXIT_SUCCESS;
}

static int do_address_family(const char *cgroup, const char *work)
{
	struct sockaddr_in6 address = {.sin6_family = AF_APPLETALK};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("socket");
	enter(cgroup);
	return connect(fd, (void *)&address, sizeof(address)) < 0 ? errno : 0;
}

static int do_open(const char *cgroup, const char *work)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/file", work);
	enter(cgroup);
	return open_result(AT_FDCWD, path, O_RDONLY);
}

static const struct {
	const char *verb;
	int (*act)(const char *cgroup, const char *work);
} acts[] = {
	{"unresolved", do_unresolved},	       {"too_long", do_too_long}, {"too_deep", do_too_deep},
	{"address_family", do_address_family}, {"open", do_open},
};

static int print_error(int err)
{
	puts(err ? strerrorname_np(err) : "0");
	return EXIT_SUCCESS;
}

static int act(const char *cgroup, const char *work, const char *verb)
{
	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++)
		if (!strcmp(acts[i].verb, verb))
			return print_error(acts[i].act(cgroup, work));
	return 2;
}

struct race {
	const char *work;
	bool over;
};

static void *rename_on(void *argument)
{
	char names[2][PATH_BYTES];
	struct race *race = argument;

	for (int i = 0; i < 2; i++)
		snprintf(names[i], sizeof(names[i]), "%s/renamed-%d-%lx", race->work, i,
			 (unsigned long)pthread_self());
	if (mkdir(names[0], 0755) < 0)
		fail(names[0]);
	for (unsigned int i = 0; !__atomic_load_n(&race->over, __ATOMIC_RELAXED); i++)
		if (rename(names[i % 2], names[1 - i % 2]) < 0)
			fail("rename");
	for (int i = 0; i < 2; i++)
		rmdir(names[i]);
	return NULL;
}

static int open_until_denied(const char *work)
{
	int err = 0;

	for (int i = 0; i < RACES_MAX && !err; i++)
		err = open_result(AT_FDCWD, "file", O_RDONLY);
	return err;
}

/* The renamers stay outside: it is the child that enters. */
static int race(const char *cgroup, const char *work)
{
	struct race shared = {.work = work};
	pthread_t threads[RENAMERS];
	int status = 0;
	pid_t pid;

	go_down(work, ".", 1);
	for (int i = 0; i < DEEP_FOLDERS; i++)
		if ((mkdir("d", 0755) < 0 && errno != EEXIST) || chdir("d") < 0)
			fail("chdir");
	if (open_result(AT_FDCWD, "file", O_WRONLY | O_CREAT))
		fail("file");
	pid = fork();
	if (pid == 0) {
		enter(cgroup);
		_exit(open_until_denied(work));
	}
	for (int i = 0; i < RENAMERS; i++)
		pthread_create(&threads[i], NULL, rename_on, &shared);
	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid");
	__atomic_store_n(&shared.over, true, __ATOMIC_RELAXED);
	for (int i = 0; i < RENAMERS; i++)
		pthread_join(threads[i], NULL);
	return print_error(WEXITSTATUS(status));
}

/* --- maps
 * ----------------------------------------------------------------------------------------- */

static int open_map(const char *path)
{
	union bpf_attr attr = {.pathname = (uintptr_t)path};
	int fd = (int)syscall(SYS_bpf, BPF_OBJ_GET, &attr, sizeof(attr));

	if (fd < 0)
		fail(path);
	return fd;
}

static int on_element(int command, int map, const uint32_t *key, void *value)
{
	union bpf_attr attr = {
		.map_fd = (uint32_t)map, .key = (uintptr_t)key, .value = (uintptr_t)value};

	return (int)syscall(SYS_bpf, command, &attr, sizeof(attr));
}

static _Alignas(8) char value[VALUE_MAX];

static int scratch(const char *path, uint32_t busy)
{
	int map = open_map(path);
	uint32_t key = 0;

	/* The first word says whether a buffer is claimed. */
	for (; on_element(BPF_MAP_LOOKUP_ELEM, map, &key, value) == 0; key++) {
		memcpy(value, &busy, sizeof(busy));
		if (on_element(BPF_MAP_UPDATE_ELEM, map, &key, value) < 0)
			fail("update");
	}
	return key > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int look_up_agent(const char *path, const uint32_t *slot)
{
	int map = open_map(path);

	if (on_element(BPF_MAP_LOOKUP_ELEM, map, slot, value) < 0)
		fail("agent");
	return map;
}

static int forget(const char *agents, const char *images, uint32_t slot)
{
	uint64_t control;
	uint32_t key;

	look_up_agent(agents, &slot);
	memcpy(&control, value + CONTROL_OFFSET, sizeof(control));
	key = control & CONTROL_SLOT_MASK;
	if (on_element(BPF_MAP_DELETE_ELEM, open_map(images), &key, NULL) < 0)
		fail(images);
	return EXIT_SUCCESS;
}

static void kill_agent(const char *agents, uint32_t slot)
{
	static const uint32_t dead = AGENT_DEAD;
	int map = look_up_agent(agents, &slot);

	memcpy(value, &dead, sizeof(dead));
	if (on_element(BPF_MAP_UPDATE_ELEM, map, &slot, value) < 0)
		fail(agents);
}

/*
 * Who opens has been the agent's while it was there. It waits by being stopped: of an agent that is
 * gone nobody reads a pipe either.
 */
static int outlive(const char *cgroup, const char *work, const char *agents, uint32_t slot)
{
	char path[PATH_BYTES];
	int status = 0;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/file", work);
	pid = fork();
	if (pid == 0) {
		enter(cgroup);
		raise(SIGSTOP);
		_exit(open_result(AT_FDCWD, path, O_RDONLY));
	}
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		fail("stop");
	kill_agent(agents, slot);
	if (kill(pid, SIGCONT) < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		fail("waitpid");
	return print_error(WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	umask(0);
	if (argc == 5 && !strcmp(verb, "do"))
		return act(argv[2], argv[3], argv[4]);
	if (argc == 4 && !strcmp(verb, "race"))
		return race(argv[2], argv[3]);
	if (argc == 3 && !strcmp(verb, "stack"))
		return stack(argv[2]);
	if (argc == 4 && !strcmp(verb, "scratch"))
		return scratch(argv[2], (uint32_t)atoi(argv[3]));
	if (argc == 5 && !strcmp(verb, "forget"))
		return forget(argv[2], argv[3], (uint32_t)atoi(argv[4]));
	if (argc == 6 && !strcmp(verb, "outlive"))
		return outlive(argv[2], argv[3], argv[4], (uint32_t)atoi(argv[5]));
	fprintf(stderr, "reasons: wrong arguments\n");
	return 2;
}
