/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the planted acts that are written in C share: where the stage is, and small helpers. Each
 * act is one function, `int act(void)`, in a file of its own, whose comment says what it does
 * (act:) and which operation on which object must be denied (expect:). It returns 0 where the act
 * went through, else an errno. scripts/lib/quickstart-acts.sh puts the acts that were drawn into
 * one unit test.
 */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* The quick start writes the real ones; these let an act be compiled alone. */
#ifndef ACT_HOME
#define ACT_HOME      "/stage/home"  /* of the agent's user */
#define ACT_WORK      "/stage/work"  /* its workspace */
#define ACT_STAGE     "/stage"	     /* what else lies about: a socket, a spool, another project */
#define ACT_DROP      "/tmp/dropped" /* where somebody left programs */
#define ACT_SERVER    "1"	     /* pid of a process of the same user outside the agent */
#define ACT_PORT_TEXT "9"	     /* a port that nothing was said about */
#endif

#define ACT_HELPER static __attribute__((unused))

ACT_HELPER int act_result(int value)
{
	return value < 0 ? errno : 0;
}

ACT_HELPER int act_open_at(int folder, const char *path, int flags)
{
	int fd = openat(folder, path, flags | O_CLOEXEC, 0644);
	int err = act_result(fd);

	if (fd >= 0)
		close(fd);
	return err;
}

ACT_HELPER int act_open(const char *path, int flags)
{
	return act_open_at(AT_FDCWD, path, flags);
}

/* Runs a program and returns 0 where it could be started, whatever it did then. */
ACT_HELPER int act_run(const char *path, char *const arguments[])
{
	int report[2], err = 0;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) < 0)
		return errno;
	pid = fork();
	if (pid == 0) {
		execv(path, arguments);
		err = errno;
		if (write(report[1], &err, sizeof(err)) < 0)
			_exit(126);
		_exit(127);
	}
	close(report[1]);
	if (pid < 0 || read(report[0], &err, sizeof(err)) < 0)
		err = errno;
	close(report[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return err;
}

/* Of the network it matters only whether we may: an address without a route counts as reached. */
ACT_HELPER int act_reached(int value)
{
	return value < 0 && (errno == EACCES || errno == EPERM) ? errno : 0;
}

ACT_HELPER struct sockaddr_in act_address(const char *address, const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};

	inet_pton(AF_INET, address, &to.sin_addr);
	return to;
}

ACT_HELPER int act_connect(int type, const char *address, const char *port)
{
	struct sockaddr_in to = act_address(address, port);
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return errno;
	err = act_reached(connect(fd, (struct sockaddr *)&to, sizeof(to)));
	close(fd);
	return err;
}

/* A path, or "@name" for an abstract one. A datagram socket is sent to, others are connected. */
ACT_HELPER int act_unix(int type, const char *name)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return errno;
	memcpy(to.sun_path, name, strlen(name));
	if (name[0] == '@')
		to.sun_path[0] = '\0';
	else
		length++;
	if (type == SOCK_DGRAM)
		err = act_result((int)sendto(fd, "x", 1, 0, (struct sockaddr *)&to, length));
	else
		err = act_result(connect(fd, (struct sockaddr *)&to, length));
	close(fd);
	return err;
}
