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

#include "../ring.h"
#include "attack.h"

#define OUTSIDE "@attacks-outside"
#define RING_AT 100 /* the descriptor under which the process outside finds a ring */

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

/* Bytes, and a descriptor (−1: none) with them. */
static int send_bytes(int socket, void *bytes, size_t size, int fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)),
			      .cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS}};
	struct iovec data = {bytes, size};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	}
	return (int)sendmsg(socket, &message, MSG_NOSIGNAL);
}

/* The descriptor is −1 where none came, and −2 where one was refused. */
static ssize_t receive(int socket, void *data, size_t size, int *retfd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec part = {data, size};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *head = n < 0 ? NULL : CMSG_FIRSTHDR(&message);

	*retfd = message.msg_flags & MSG_CTRUNC ? -2 : -1;
	if (head)
		memcpy(retfd, CMSG_DATA(head), sizeof(*retfd));
	return n;
}

/* Into the folder beside its own whose name is secret. */
static int hide(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	char to[PATH_MAX];

	snprintf(to, sizeof(to), "%.*s/../secret/%s", (int)(name - path), path, name);
	return done(rename(path, to));
}

/* That descriptor of the process that asks: a ring cannot be sent. */
static int take_ring(int socket)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);
	int pidfd = -1;

	if (!getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length))
		pidfd = (int)syscall(SYS_pidfd_open, peer.pid, 0);
	return pidfd < 0 ? -errno : (int)syscall(SYS_pidfd_getfd, pidfd, RING_AT, 0);
}

/* Puts a file into a ring that somebody else has: their first place. */
static int put_into_ring(const char *path, int ring)
{
	struct io_uring_sqe entry = {.opcode = IORING_OP_MSG_RING,
				     .fd = ring,
				     .addr = IORING_MSG_SEND_FD,
				     .file_index = 1,
				     .msg_ring_flags = IORING_MSG_RING_CQE_SKIP};
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	struct ring own = {0};

	err = fd < 0 ? -errno : ring_open(&own, 0);
	if (err)
		return err;
	if (syscall(SYS_io_uring_register, own.fd, IORING_REGISTER_FILES, &fd, 1) < 0)
		return -errno;
	err = ring_do(&own, &entry);
	close(own.fd);
	close(fd);
	return err < 0 ? err : 0;
}

static int carry_out(const char *verb, const char *path, int socket)
{
	if (!strcmp(verb, "hide"))
		return hide(path);
	if (!strcmp(verb, "ring"))
		return put_into_ring(path, take_ring(socket));
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
	int sent = -1;
	unsigned char answer = EINVAL;

	path = n > 0 ? strchr(order, ' ') : NULL;
	if (path) {
		*path++ = '\0';
		if (!strcmp(order, "socket"))
			answer = (sent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0
					 ? (unsigned char)errno
					 : 0;
		else if (!strcmp(order, "send"))
			answer = (sent = open(path, O_RDONLY | O_CLOEXEC)) < 0
					 ? (unsigned char)errno
					 : 0;
		else
			answer = (unsigned char)-carry_out(order, path, fd);
	}
	if (send_bytes(fd, &answer, 1, sent) != 1)
		perror("attacks: cannot answer");
	if (sent >= 0)
		close(sent);
	close(fd);
}

static int order_outside(const char *verb, const char *path)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t length = unix_address(OUTSIDE, &address);

	if (fd < 0 || connect(fd, (void *)&address, length) < 0 ||
	    dprintf(fd, "%s %s", verb, path) < 0)
		return -errno;
	return fd;
}

/* Has the process outside do something. Returns what it answers: 0 or −errno. */
static inline int ask_outside(const char *verb, const char *path)
{
	int fd = order_outside(verb, path);
	unsigned char answer = EIO;

	if (fd < 0)
		return fd;
	if (read(fd, &answer, 1) != 1)
		answer = EIO;
	close(fd);
	return -(int)answer;
}

/* What the process outside sends; −EACCES where the kernel kept it back. */
static inline int ask_for(const char *verb, const char *path)
{
	int fd = order_outside(verb, path), file;
	unsigned char answer = EIO;

	if (fd < 0)
		return fd;
	if (receive(fd, &answer, 1, &file) != 1 || answer)
		return -(int)answer;
	close(fd);
	return file == -2 ? -EACCES : file == -1 ? -STATUS_LOST : file;
}

/* A descriptor of that file. */
static inline int ask_for_file(const char *path)
{
	return ask_for("send", path);
}

/* A TCP socket that is connected to nobody. */
static inline int ask_for_socket(void)
{
	return ask_for("socket", "");
}
