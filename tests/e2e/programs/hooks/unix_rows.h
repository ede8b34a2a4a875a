/* SPDX-License-Identifier: Apache-2.0 */
/* Acts on unix sockets, by path and by abstract name. */
#pragma once

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "row.h"

static socklen_t unix_address(const char *object, struct sockaddr_un *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	snprintf(ret->sun_path, sizeof(ret->sun_path), "%s", object);
	if (object[0] != '@')
		return sizeof(*ret);
	ret->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(object));
}

static int unix_connect(const char *object, int type)
{
	struct sockaddr_un address;
	socklen_t length = unix_address(object, &address);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = done(connect(fd, (void *)&address, length));
	close(fd);
	return err;
}

static int act_unix_stream(const struct scene *scene, const char *object)
{
	return unix_connect(object, SOCK_STREAM);
}

static int act_unix_seqpacket(const struct scene *scene, const char *object)
{
	return unix_connect(object, SOCK_SEQPACKET);
}

static int act_unix_datagram(const struct scene *scene, const char *object)
{
	return unix_connect(object, SOCK_DGRAM);
}

static int act_unix_sendto(const struct scene *scene, const char *object)
{
	struct sockaddr_un address;
	socklen_t length = unix_address(object, &address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = sendto(fd, "x", 1, 0, (void *)&address, length) == 1 ? 0 : -errno;
	close(fd);
	return err;
}

#define UNIX_STREAM "aw_unix_stream_connect", "unix_stream_connect", "unix"
#define UNIX_SEND   "aw_unix_may_send", "unix_may_send", "unix"

static const struct row unix_rows[] = {
	{"connecting to a path", UNIX_STREAM, "only", "stream", NEEDS_STREAM, act_unix_stream},
	{"connecting for packets to a path", UNIX_STREAM, "only", "seqpacket", NEEDS_SEQPACKET,
	 act_unix_seqpacket},
	{"connecting to an abstract name", UNIX_STREAM, "", "@stream", NEEDS_STREAM,
	 act_unix_stream},
	{"connecting for datagrams to a path", UNIX_SEND, "only", "datagram", NEEDS_DATAGRAM,
	 act_unix_datagram},
	{"sending a datagram to a path", UNIX_SEND, "only", "sendto", NEEDS_DATAGRAM,
	 act_unix_sendto},
	{"sending a datagram to an abstract name", UNIX_SEND, "", "@sendto", NEEDS_DATAGRAM,
	 act_unix_sendto},
};
