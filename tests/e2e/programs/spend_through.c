/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spends budgets of what goes through connections, for tests/budget.sh: each thread has one.
 *
 *   spend_through stream ADDRESS PORT THREADS N      1024 bytes, in each way that there is
 *   spend_through files ADDRESS PORT THREADS N       the same of a file, by sendfile() and splice()
 *   spend_through datagrams ADDRESS PORT THREADS N   the same as stream, in datagrams
 *   spend_through named ADDRESS PORT THREADS N       the same as stream, two at once that name the
 * peer spend_through talk ADDRESS PORT THREADS N        two sends and the answer to them
 *   spend_through serve ADDRESS PORT                 takes all, and answers each line with a byte
 *
 * Prints what spend.c does.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "spend/job.h"

#define SENT	  1024
#define ELSEWHERE "127.0.0.10" /* where connections are connected to as well, in vain */

static void count(struct job *job, int is_done)
{
	job->outcomes[is_done ? PASSED : outcome_of(errno)]++;
}

static int connected(const struct job *job, int type)
{
	struct sockaddr_in elsewhere = job->to;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (connect(fd, (const struct sockaddr *)&job->to, sizeof(job->to)) < 0) {
		perror("spend_through: connect");
		exit(1);
	}
	inet_pton(AF_INET, ELSEWHERE, &elsewhere.sin_addr);
	if (type == SOCK_STREAM)
		connect(fd, (const struct sockaddr *)&elsewhere, sizeof(elsewhere));
	return fd;
}

static ssize_t send_once(int fd, long i)
{
	static char data[SENT];
	struct iovec part = {data, SENT};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};

	switch (i % 6) {
	case 0:
		return send(fd, data, SENT, 0);
	case 1:
		return write(fd, data, SENT);
	case 2:
		return writev(fd, &part, 1);
	case 3:
		return sendmsg(fd, &message.msg_hdr, 0);
	case 4:
		return sendto(fd, data, SENT, MSG_NOSIGNAL, NULL, 0);
	default:
		return sendmmsg(fd, &message, 1, 0) == 1 ? SENT : -1;
	}
}

static void spend_all_ways(struct job *job, int type)
{
	int fd = connected(job, type);

	for (long i = 0; i < job->n; i++)
		count(job, send_once(fd, i) == SENT);
	close(fd);
}

static void *spend_stream(void *userdata)
{
	spend_all_ways(userdata, SOCK_STREAM);
	return NULL;
}

static void *spend_datagrams(void *userdata)
{
	spend_all_ways(userdata, SOCK_DGRAM);
	return NULL;
}

/* What a splice that is refused leaves in its pipe goes with that. */
static ssize_t splice_once(int file, int fd)
{
	loff_t at = 0;
	ssize_t n = -1;
	int ends[2], err;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	if (splice(file, &at, ends[1], NULL, SENT, 0) == SENT)
		n = splice(ends[0], NULL, fd, NULL, SENT, 0);
	err = errno;
	close(ends[0]);
	close(ends[1]);
	errno = err;
	return n;
}

static void *spend_files(void *userdata)
{
	struct job *job = userdata;
	int fd = connected(job, SOCK_STREAM), file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	off_t at;

	for (long i = 0; i < job->n; i++) {
		at = 0;
		count(job, (i % 2 ? sendfile(fd, file, &at, SENT) : splice_once(file, fd)) == SENT);
	}
	close(file);
	close(fd);
	return NULL;
}

static void *spend_named(void *userdata)
{
	static char data[SENT];
	struct job *job = userdata;
	struct iovec part = {data, SENT};
	struct mmsghdr messages[2] = {};
	int fd = connected(job, SOCK_STREAM);

	for (int i = 0; i < 2; i++)
		messages[i].msg_hdr = (struct msghdr){.msg_name = &job->to,
						      .msg_namelen = sizeof(job->to),
						      .msg_iov = &part,
						      .msg_iovlen = 1};
	for (long i = 0; i < job->n; i++)
		count(job, sendmmsg(fd, messages, 2, 0) > 0);
	close(fd);
	return NULL;
}

static void *spend_talk(void *userdata)
{
	struct job *job = userdata;
	int fd = connected(job, SOCK_STREAM);
	char byte;

	for (long i = 0; i < job->n; i++)
		count(job, send(fd, "x", 1, 0) == 1 && send(fd, "\n", 1, 0) == 1 &&
				   recv(fd, &byte, 1, 0) == 1);
	close(fd);
	return NULL;
}

static void *serve_one(void *userdata)
{
	int fd = (int)(intptr_t)userdata;
	char data[4096];
	ssize_t n;

	while ((n = recv(fd, data, sizeof(data), 0)) > 0)
		for (ssize_t i = 0; i < n; i++)
			if (data[i] == '\n')
				send(fd, "y", 1, MSG_NOSIGNAL);
	close(fd);
	return NULL;
}

/* Nobody reads the datagrams; but there is somebody to send them to. */
static int serve(const struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, peer;
	int datagrams = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	pthread_t thread;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)at, sizeof(*at)) < 0 || listen(fd, THREADS_MAX) < 0 ||
	    bind(datagrams, (const struct sockaddr *)at, sizeof(*at)) < 0) {
		perror("spend_through: serve");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while ((peer = accept(fd, NULL, NULL)) >= 0)
		if (pthread_create(&thread, NULL, serve_one, (void *)(intptr_t)peer))
			return 1;
	return 1;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void *(*act)(void *job);
	} kinds[] = {{"stream", spend_stream},
		     {"files", spend_files},
		     {"datagrams", spend_datagrams},
		     {"named", spend_named},
		     {"talk", spend_talk}};
	struct job job = {.to.sin_family = AF_INET};

	if (argc < 4 || inet_pton(AF_INET, argv[2], &job.to.sin_addr) != 1) {
		fprintf(stderr, "spend_through: wrong arguments\n");
		return 2;
	}
	job.to.sin_port = htons((unsigned short)atoi(argv[3]));
	if (argc == 4 && !strcmp(argv[1], "serve"))
		return serve(&job.to);
	job.n = argc == 6 ? atol(argv[5]) : 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(argv[1], kinds[i].name))
			return spend_all(&job, kinds[i].act, atol(argv[4]));
	return 2;
}
