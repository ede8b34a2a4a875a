/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spends budgets, for tests/budget.sh:
 *
 *   spend connect ADDRESS PORT THREADS N   TCP, by each of the threads
 *   spend send ADDRESS PORT THREADS N      a datagram
 *   spend batch ADDRESS PORT THREADS N     eight datagrams at once
 *   spend exec PROGRAM THREADS N           a process that runs it
 *   spend create FOLDER THREADS N          a file, a folder, a link or a fifo in it
 *   spend every ADDRESS PORT MS            datagrams one after the other, for so long
 *   spend fill MAP                         no room is left in the pinned map of budgets
 *   spend drain MAP                        what was filled is taken out
 *
 * Prints how many were let through, how many were refused with EACCES, with EAGAIN, and how many
 * ended in another way. Nobody need listen: a connection that a peer refuses was let through.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "abi/limit.h"
#include "spend/job.h"

#define BATCH	  4096
#define AT_ONCE	  8
#define ELSEWHERE "127.0.0.7"

static int act_connect(const struct job *job)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err = 0;

	if (connect(fd, (const struct sockaddr *)&job->to, sizeof(job->to)) < 0)
		err = errno;
	close(fd);
	return err;
}

static int act_send(const struct job *job)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (sendto(fd, "x", 1, 0, (const struct sockaddr *)&job->to, sizeof(job->to)) < 0)
		err = errno;
	close(fd);
	return err;
}

/* Those that are not sent were refused, whatever the error: it is for the next call. */
static void *spend_batches(void *userdata)
{
	struct job *job = userdata;
	struct iovec data = {(char *)"x", 1};
	struct mmsghdr messages[AT_ONCE] = {};
	struct sockaddr_in elsewhere = job->to;
	static atomic_int threads;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), n;

	/* A socket that is connected can send to another address as well. */
	inet_pton(AF_INET, ELSEWHERE, &elsewhere.sin_addr);
	if (threads++ % 2)
		connect(fd, (const struct sockaddr *)&elsewhere, sizeof(elsewhere));
	for (int i = 0; i < AT_ONCE; i++) {
		messages[i].msg_hdr.msg_name = &job->to;
		messages[i].msg_hdr.msg_namelen = sizeof(job->to);
		messages[i].msg_hdr.msg_iov = &data;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	for (long i = 0; i < job->n; i++) {
		n = sendmmsg(fd, messages, AT_ONCE, 0);
		job->outcomes[PASSED] += n > 0 ? n : 0;
		job->outcomes[DENIED] += AT_ONCE - (n > 0 ? n : 0);
	}
	close(fd);
	return NULL;
}

static int act_exec(const struct job *job)
{
	char *const argv[] = {(char *)job->program, NULL};
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		execv(job->program, argv);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return EINVAL;
	return WEXITSTATUS(status);
}

static int act_create(const struct job *job)
{
	static atomic_long made;
	long number = made++;
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%d.%ld", job->program, getpid(), number);
	switch (number % 4) {
	case 0:
		fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0)
			return errno;
		close(fd);
		return 0;
	case 1:
		return mkdir(path, 0700) < 0 ? errno : 0;
	case 2:
		return symlink("nowhere", path) < 0 ? errno : 0;
	default:
		return mkfifo(path, 0600) < 0 ? errno : 0;
	}
}

static void *spend(void *userdata)
{
	struct job *job = userdata;

	for (long i = 0; i < job->n; i++)
		job->outcomes[outcome_of(job->act(job))]++;
	return NULL;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Also prints how long that took, in ms: its end is that of the last one that was let through. */
static int spend_for(struct job *job, long ms)
{
	long begin = now_ms(), last = begin;

	while (now_ms() < begin + ms) {
		enum outcome outcome = outcome_of(job->act(job));

		job->outcomes[outcome]++;
		if (outcome == PASSED)
			last = now_ms();
	}
	printf("%ld ", last - begin);
	return show(job->outcomes);
}

static int fill(const char *path, int command)
{
	static struct aw_budget_key keys[BATCH];
	static uint64_t values[BATCH];
	union bpf_attr get = {.pathname = (uint64_t)(uintptr_t)path};
	int fd = (int)syscall(SYS_bpf, BPF_OBJ_GET, &get, sizeof(get));

	for (uint64_t at = 0; at < 2ull * AW_BUDGETS_MAX; at += BATCH) {
		union bpf_attr attr = {.batch = {.map_fd = (uint32_t)fd,
						 .keys = (uint64_t)(uintptr_t)keys,
						 .values = (uint64_t)(uintptr_t)values,
						 .count = BATCH}};

		for (uint64_t i = 0; i < BATCH; i++)
			keys[i] = (struct aw_budget_key){.limit = at + i};
		if (syscall(SYS_bpf, command, &attr, sizeof(attr)) < 0)
			return errno == E2BIG || errno == ENOENT ? 0 : 1;
	}
	return 1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct job job = {.act = act_connect, .to.sin_family = AF_INET};

	if (!strcmp(what, "fill") && argc == 3)
		return fill(argv[2], BPF_MAP_UPDATE_BATCH);
	if (!strcmp(what, "drain") && argc == 3)
		return fill(argv[2], BPF_MAP_DELETE_BATCH);
	if ((!strcmp(what, "exec") || !strcmp(what, "create")) && argc == 5) {
		job.act = !strcmp(what, "exec") ? act_exec : act_create;
		job.program = argv[2];
	} else if (argc < 5 || inet_pton(AF_INET, argv[2], &job.to.sin_addr) != 1) {
		fprintf(stderr, "spend: wrong arguments\n");
		return 2;
	} else {
		job.to.sin_port = htons((unsigned short)atoi(argv[3]));
	}
	job.n = atol(argv[argc - 1]);
	if (!strcmp(what, "send") || !strcmp(what, "every"))
		job.act = act_send;
	if (!strcmp(what, "every"))
		return spend_for(&job, job.n);
	return spend_all(&job, strcmp(what, "batch") ? spend : spend_batches, atol(argv[argc - 2]));
}
