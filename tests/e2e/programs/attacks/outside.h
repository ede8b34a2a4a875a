/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process outside of every agent, which runs as the same user: it can be attacked, and does the
 * part of an attack that somebody outside has. Orders go over an abstract socket that the policy
 * allows: a verb, a space and a path. The answer is one byte, an errno.
 */
#pragma once

#include <limits.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "attack.h"

#define OUTSIDE "@attacks-outside"

static socklen_t unix_address(const char *name, struct sockaddr_un *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	snprintf(ret->sun_path, sizeof(ret->sun_path), "%s", name);
	if (name[0] != '@')
		return sizeof(*ret);
	ret->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
}

static int carry_out(const char *verb, const char *path)
{
	if (!strcmp(verb, "remove"))
		return done(unlink(path));
	if (!strcmp(verb, "open"))
		return open_path(path, O_RDONLY);
	return -EINVAL;
}

/* Answers one order on a connection. */
static void obey(int fd)
{
	char order[PATH_MAX] = "", *path;
	ssize_t n = read(fd, order, sizeof(order) - 1);
	unsigned char answer = EINVAL;

	path = n > 0 ? strchr(order, ' ') : NULL;
	if (path) {
		*path++ = '\0';
		answer = (unsigned char)-carry_out(order, path);
	}
	if (write(fd, &answer, 1) != 1)
		perror("attacks: cannot answer");
	close(fd);
}

/* Has the process outside do something. Returns what it answers: 0 or −errno. */
static inline int ask_outside(const char *verb, const char *path)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t length = unix_address(OUTSIDE, &address);
	unsigned char answer = EIO;

	if (fd < 0 || connect(fd, (void *)&address, length) < 0)
		return -errno;
	if (dprintf(fd, "%s %s", verb, path) < 0 || read(fd, &answer, 1) != 1)
		answer = EIO;
	close(fd);
	return -(int)answer;
}
