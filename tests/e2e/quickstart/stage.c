/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands beside the agent while the quick start runs: a process of the same user outside of
 * it, which listens on the sockets that planted acts try to reach. argv[1] is the stage's folder.
 * It writes "ready" once all of them are there, and ends with whoever started it.
 */
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16

static const struct {
	int type;
	const char *name; /* below the stage's folder, or "@name" */
} sockets[] = {
	{SOCK_STREAM, "run/docker.sock"},
	{SOCK_DGRAM, "run/log"},
	{SOCK_SEQPACKET, "run/packets"},
	{SOCK_STREAM, "@agentwatch-quickstart"},
};
#define N_SOCKETS (sizeof(sockets) / sizeof(*sockets))

static int listen_on(int type, const char *stage, const char *name)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	int length;

	if (*name == '@')
		length = snprintf(at.sun_path, sizeof(at.sun_path), "@%s", name + 1);
	else
		length = snprintf(at.sun_path, sizeof(at.sun_path), "%s/%s", stage, name) + 1;
	if (length >= (int)sizeof(at.sun_path))
		return -1;
	if (*name == '@')
		at.sun_path[0] = '\0';
	else
		unlink(at.sun_path);
	length += (int)offsetof(struct sockaddr_un, sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, (socklen_t)length) < 0)
		return -1;
	if (type != SOCK_DGRAM && listen(fd, BACKLOG) < 0)
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	struct pollfd polled[N_SOCKETS];
	char byte[64];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (argc != 2)
		return 2;
	for (size_t i = 0; i < N_SOCKETS; i++) {
		polled[i].fd = listen_on(sockets[i].type, argv[1], sockets[i].name);
		polled[i].events = POLLIN;
		if (polled[i].fd < 0) {
			fprintf(stderr, "stage: cannot listen on %s\n", sockets[i].name);
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	while (poll(polled, N_SOCKETS, -1) > 0) {
		for (size_t i = 0; i < N_SOCKETS; i++) {
			if (!polled[i].revents)
				continue;
			if (sockets[i].type == SOCK_DGRAM)
				recv(polled[i].fd, byte, sizeof(byte), MSG_DONTWAIT);
			else
				close(accept(polled[i].fd, NULL, NULL));
		}
	}
	return 0;
}
