/* SPDX-License-Identifier: Apache-2.0 */
/* Row 12: having somebody outside do it, by a socket of theirs. */
#pragma once

#include "outside.h"

#define DOCKER	"/run/docker.sock"
#define DBUS	"/run/dbus/system_bus_socket"
#define SYSTEMD "/run/systemd/private"
#define SESSION "@/tmp/dbus-attack"
#define JOURNAL "/run/systemd/journal/dev-log"

/* What attacks serve listens on. */
struct attack_socket {
	const char *name;
	int type;
};

static const struct attack_socket *attack_socket_at(size_t n)
{
	static const struct attack_socket sockets[] = {
		{DOCKER, SOCK_STREAM},	{DBUS, SOCK_STREAM},   {SYSTEMD, SOCK_STREAM},
		{SESSION, SOCK_STREAM}, {JOURNAL, SOCK_DGRAM},
	};

	return n < sizeof(sockets) / sizeof(*sockets) ? &sockets[n] : NULL;
}

static int connect_unix(const char *name, int type)
{
	struct sockaddr_un address;
	socklen_t length = unix_address(name, &address);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : done(connect(fd, (void *)&address, length));
}

static int act_docker(const struct scene *s)
{
	return connect_unix(DOCKER, SOCK_STREAM);
}

/* The same socket by another name. */
static int act_docker_link(const struct scene *s)
{
	char link[PATH_BYTES];

	if (symlink(DOCKER, at(s, "ok/s", link)) < 0 || chdir(s->folder) < 0)
		return -errno;
	return connect_unix("ok/s", SOCK_STREAM);
}

static int act_dbus(const struct scene *s)
{
	return connect_unix(DBUS, SOCK_STREAM);
}

static int act_dbus_session(const struct scene *s)
{
	return connect_unix(SESSION, SOCK_STREAM);
}

static int act_systemd(const struct scene *s)
{
	return connect_unix(SYSTEMD, SOCK_STREAM);
}

static int act_journal(const struct scene *s)
{
	struct sockaddr_un address;
	socklen_t length = unix_address(JOURNAL, &address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : done(sendto(fd, "x", 1, 0, (void *)&address, length));
}

#define SOCKET(name) "unix", name, "sockets"

static const struct attack unix_attacks[] = {
	{"12-docker", "a container engine's socket", act_docker, NULL, BOTH, EACCES,
	 SOCKET(DOCKER)},
	{"12-docker-link", "the same through a link", act_docker_link, NULL, BOTH, EACCES,
	 SOCKET(DOCKER)},
	{"12-dbus", "the system bus", act_dbus, NULL, BOTH, EACCES, SOCKET(DBUS)},
	{"12-dbus-abstract", "a bus with an abstract name", act_dbus_session, NULL, BOTH, EACCES,
	 SOCKET(SESSION)},
	{"12-systemd", "the service manager's own socket", act_systemd, NULL, BOTH, EACCES,
	 SOCKET(SYSTEMD)},
	{"12-datagram", "a datagram to the journal", act_journal, NULL, BOTH, EACCES,
	 SOCKET(JOURNAL)},
};
