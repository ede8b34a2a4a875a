/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operations cost, for tests/bench/run. In a guest whose clock counts instructions, a
 * nanosecond is an instruction; elsewhere it is time.
 *
 *   ops FOLDER DEPTH [OPERATION…]
 *
 * FOLDER is made and filled; names of DEPTH components below / are used in it. One line for each
 * operation: its name, a tab, and nanoseconds for one: the least of BATCHES batches, so that ticks
 * and other tasks do not count. `-` where the operation is refused.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAME_BYTES   4096
#define FOLDER_BYTES 2048
#define BATCHES	     15
#define PORT	     7000 /* that connections go to: a Landlock rule names one */

struct place {
	char file[NAME_BYTES];	    /* one that is there */
	char sibling[NAME_BYTES];   /* one beside it */
	char other[NAME_BYTES];	    /* one beside it that is not there */
	char marker[2][NAME_BYTES]; /* two names of one elsewhere */
	char folder[FOLDER_BYTES];  /* of these */
	char program[NAME_BYTES];
	int server, datagram, peer;
	struct sockaddr_in address, target;
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0755);

	return fd < 0 ? -errno : close(fd);
}

static int op_open(struct place *place, unsigned int i)
{
	return opened(place->file, O_RDONLY);
}

static int op_read(struct place *place, unsigned int i)
{
	int fd = open(place->file, O_RDONLY | O_CLOEXEC);
	char byte;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, &byte, 1);
	close(fd);
	return n < 0 ? -EIO : 0;
}

static int op_stat(struct place *place, unsigned int i)
{
	struct stat st;

	return stat(place->file, &st) < 0 ? -errno : 0;
}

static int op_create(struct place *place, unsigned int i)
{
	int err = opened(place->other, O_WRONLY | O_CREAT | O_EXCL);

	return err ? err : unlink(place->other) < 0 ? -errno : 0;
}

/* There and back: two renames. */
static int op_rename(struct place *place, unsigned int i)
{
	if (rename(place->file, place->other) < 0)
		return -errno;
	return rename(place->other, place->file) < 0 ? -errno : 0;
}

static int op_spawn(struct place *place, unsigned int i)
{
	char *argv[] = {place->program, (char *)"exit", NULL};
	int status;
	pid_t pid;
	int err = posix_spawn(&pid, place->program, NULL, NULL, argv, NULL);

	if (err)
		return -err;
	return waitpid(pid, &status, 0) < 0 || status ? -ECHILD : 0;
}

static int op_map(struct place *place, unsigned int i)
{
	int fd = open(place->program, O_RDONLY | O_CLOEXEC);
	void *map;

	if (fd < 0)
		return -errno;
	map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	close(fd);
	return map == MAP_FAILED ? -EACCES : munmap(map, 4096);
}

static int op_connect(struct place *place, unsigned int i)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), accepted, err = 0;
	struct linger reset = {.l_onoff = 1};

	if (connect(fd, (struct sockaddr *)&place->address, sizeof(place->address)) < 0) {
		err = -errno;
	} else {
		accepted = accept(place->server, NULL, NULL);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(accepted);
	}
	close(fd);
	return err;
}

static int op_send(struct place *place, unsigned int i)
{
	ssize_t n = sendto(place->datagram, "x", 1, 0, (struct sockaddr *)&place->target,
			   sizeof(place->target));
	char byte;

	if (n < 0)
		return -errno;
	return recv(place->datagram, &byte, 1, 0) == 1 ? 0 : -EIO;
}

/* From a socket that is connected. */
static int op_packet(struct place *place, unsigned int i)
{
	char byte;

	if (send(place->peer, "x", 1, 0) < 0)
		return -errno;
	return recv(place->datagram, &byte, 1, 0) == 1 ? 0 : -EIO;
}

/* After a rename, wherever it was, nothing that was decided before is known any more. */
static int forget(struct place *place)
{
	if (rename(place->marker[0], place->marker[1]) < 0)
		return -errno;
	return rename(place->marker[1], place->marker[0]) < 0 ? -errno : 0;
}

static int forget_but_folder(struct place *place)
{
	int err = forget(place);

	return err ? err : opened(place->sibling, O_RDONLY);
}

static const struct {
	const char *name;
	int (*run)(struct place *place, unsigned int i);
	unsigned int n;			     /* in a batch */
	int (*prepare)(struct place *place); /* before each batch; is not measured */
	unsigned int batches;		     /* 0: BATCHES */
} operations[] = {
	{"open", op_open, 64, NULL},
	{"open-new", op_open, 1, forget_but_folder}, /* a file that is new in a known folder */
	{"open-cold", op_open, 1, forget},	     /* nothing is known */
	{"open-read", op_read, 64, NULL},
	{"stat", op_stat, 64, NULL},
	{"create-unlink", op_create, 32, NULL},
	{"rename-twice", op_rename, 32, NULL},
	{"map", op_map, 32, NULL},
	{"connect", op_connect, 16, NULL},
	{"send", op_send, 64, NULL},
	{"packet", op_packet, 64, NULL},
	/* So long that a tick falls into one in six; and what the last one left is freed meanwhile.
	 */
	{"spawn", op_spawn, 1, NULL, 100},
};

static void measure(struct place *place, size_t operation)
{
	unsigned int n = operations[operation].n;
	unsigned int batches = operations[operation].batches ?: BATCHES;
	uint64_t start, took, least = UINT64_MAX;
	int err = 0;

	for (unsigned int batch = 0; batch < batches && !err; batch++) {
		if (operations[operation].prepare)
			err = operations[operation].prepare(place);
		start = now();
		for (unsigned int i = 0; i < n && !err; i++)
			err = operations[operation].run(place, i);
		took = now() - start;
		if (took < least)
			least = took;
	}
	if (err)
		printf("%s\t-\t%s\n", operations[operation].name, strerrorname_np(-err));
	else
		printf("%s\t%llu\n", operations[operation].name, (unsigned long long)(least / n));
}

static void die(const char *what)
{
	fprintf(stderr, "ops: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, "x", 1) != 1)
		die(path);
	close(fd);
}

static void make_folder(const char *path)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		die(path);
}

static int components(const char *path)
{
	int n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* The file's name has `depth` components. Below /tmp/bench/work, 7 of them are 56 bytes. */
static void make_place(struct place *place, const char *folder, int depth)
{
	snprintf(place->folder, sizeof(place->folder), "%s", folder);
	make_folder(folder);
	while (components(place->folder) + 1 < depth) {
		strncat(place->folder, "/the-folder",
			sizeof(place->folder) - strlen(place->folder) - 1);
		make_folder(place->folder);
	}
	snprintf(place->file, sizeof(place->file), "%s/file-00", place->folder);
	snprintf(place->sibling, sizeof(place->sibling), "%s/file-01", place->folder);
	snprintf(place->other, sizeof(place->other), "%s/file-02", place->folder);
	snprintf(place->marker[0], sizeof(place->marker[0]), "%s/marker-0", folder);
	snprintf(place->marker[1], sizeof(place->marker[1]), "%s/marker-1", folder);
	make_file(place->file);
	make_file(place->sibling);
	make_file(place->marker[0]);
	if (readlink("/proc/self/exe", place->program, sizeof(place->program) - 1) < 0)
		die("/proc/self/exe");
}

static int bound(int type, unsigned int port, struct sockaddr_in *address)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	socklen_t length = sizeof(*address);

	address->sin_family = AF_INET;
	address->sin_port = htons((uint16_t)port);
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)address, length) < 0 ||
	    getsockname(fd, (struct sockaddr *)address, &length) < 0)
		die("socket");
	return fd;
}

static int is_wanted(const char *name, int argc, char **argv)
{
	for (int i = 3; i < argc; i++)
		if (!strcmp(name, argv[i]))
			return 1;
	return argc <= 3;
}

/* The same addresses each time: what mapping and starting a program cost depends on them. */
static void fix_addresses(char **argv)
{
	int persona = personality(0xffffffff);

	if (persona < 0 || persona & ADDR_NO_RANDOMIZE)
		return;
	personality((unsigned int)persona | ADDR_NO_RANDOMIZE);
	execv("/proc/self/exe", argv);
	die("/proc/self/exe");
}

int main(int argc, char **argv)
{
	static struct place place;
	struct sockaddr_in own;
	const struct sched_param first = {.sched_priority = 1};

	if (argc == 2 && !strcmp(argv[1], "exit"))
		return EXIT_SUCCESS;
	fix_addresses(argv);
	/* Who reads what the programs tell, and the kernel's own threads, run when this sleeps. */
	if (sched_setscheduler(0, SCHED_FIFO, &first) < 0)
		die("sched_setscheduler");
	if (argc < 3) {
		fprintf(stderr, "Usage: ops FOLDER DEPTH [OPERATION...]\n");
		return 2;
	}
	make_place(&place, argv[1], atoi(argv[2]));
	place.server = bound(SOCK_STREAM, PORT, &place.address);
	if (listen(place.server, 64) < 0)
		die("listen");
	/* Some ports cost more, for a resolver's is like them: see AW_RESOLVER_PORT_BIT. */
	place.datagram = bound(SOCK_DGRAM, PORT + 1, &place.target);
	place.peer = bound(SOCK_DGRAM, PORT + 2, &own);
	if (connect(place.peer, (struct sockaddr *)&place.target, sizeof(place.target)) < 0)
		die("connect");
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
		if (is_wanted(operations[i].name, argc, argv))
			measure(&place, i);
	return EXIT_SUCCESS;
}
