/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends and connects as no ordinary client does, for the tests of egress:
 *
 *   peer connect ADDRESS PORT        TCP
 *
 *   peer ask SERVER PORT NAME [N]    a question for a name's addresses (A); waits for N answers (1)
 *
 *   peer ask-twice SERVER PORT A B   for both names in one send, cut apart by the kernel
 *
 *   peer send SERVER PORT HEX        these bytes in one datagram
 *
 *   peer as ADDRESS PORT TO PORT     one datagram from this address to the other
 *
 *   peer note SOCKET FILE            a server at a unix socket: adds what it is sent to the file
 *
 * Prints "ok", or the name of the error; `ask` the address of the first answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define WAIT_MS 60000
#define ID	0x4242

static int fail(void)
{
	puts(strerrorname_np(errno));
	return 1;
}

static struct sockaddr_storage address_of(const char *text, const char *port, socklen_t *length)
{
	struct sockaddr_storage to = {};
	struct sockaddr_in *in = (struct sockaddr_in *)&to;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&to;

	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((unsigned short)atoi(port));
		*length = sizeof(*in);
	} else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((unsigned short)atoi(port));
		*length = sizeof(*in6);
	} else {
		fprintf(stderr, "peer: %s is no address\n", text);
		exit(2);
	}
	return to;
}

/* Where another one has the address and lets others have it, too. */
static int do_as(char **argv)
{
	socklen_t length, to_length;
	struct sockaddr_storage from = address_of(argv[2], argv[3], &length);
	struct sockaddr_storage to = address_of(argv[4], argv[5], &to_length);
	int fd = socket(from.ss_family, SOCK_DGRAM, 0), yes = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    bind(fd, (struct sockaddr *)&from, length) < 0) {
		puts("not bound");
		return 1;
	}
	if (sendto(fd, "x", 1, 0, (struct sockaddr *)&to, to_length) < 0)
		return fail();
	puts("ok");
	return 0;
}

static size_t put_question(unsigned char *to, const char *name)
{
	static const unsigned char head[] = {ID >> 8, ID & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
	size_t at = sizeof(head);

	memcpy(to, head, sizeof(head));
	while (*name) {
		size_t n = strcspn(name, ".");

		to[at] = (unsigned char)n;
		memcpy(to + at + 1, name, n);
		at += n + 1;
		name += n + (name[n] == '.');
	}
	memcpy(to + at, "\0\0\1\0\1", 5);
	return at + 5;
}

static int do_connect(char **argv)
{
	socklen_t length;
	struct sockaddr_storage to = address_of(argv[2], argv[3], &length);
	int fd = socket(to.ss_family, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&to, length) < 0)
		return fail();
	puts("ok");
	return 0;
}

/* Of each connection what comes first; then it is closed. */
static int do_note(char **argv)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int server = socket(AF_UNIX, SOCK_STREAM, 0);
	int file = open(argv[3], O_WRONLY | O_CREAT | O_APPEND, 0600);
	char bytes[4096];

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", argv[2]);
	if (file < 0 || bind(server, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    chmod(argv[2], 0666) < 0 || listen(server, 8) < 0)
		return fail();
	for (;;) {
		int fd = accept(server, NULL, NULL);
		ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));

		if (n < 0 || write(file, bytes, (size_t)n) != n)
			return fail();
		close(fd);
	}
}

static int do_send(char **argv, const void *bytes, size_t n, int *retfd)
{
	socklen_t length;
	struct sockaddr_storage to = address_of(argv[2], argv[3], &length);
	int fd = socket(to.ss_family, SOCK_DGRAM, 0);

	*retfd = fd;
	return sendto(fd, bytes, n, 0, (struct sockaddr *)&to, length) < 0 ? fail() : 0;
}

static int do_ask(char **argv)
{
	unsigned char question[512], answer[4096];
	size_t length = put_question(question, argv[4]);
	char text[INET_ADDRSTRLEN];
	struct pollfd wait;
	ssize_t n;

	if (do_send(argv, question, length, &wait.fd))
		return 1;
	wait.events = POLLIN;
	if (poll(&wait, 1, WAIT_MS) < 1) {
		errno = ETIMEDOUT;
		return fail();
	}
	n = recv(wait.fd, answer, sizeof(answer), 0);
	for (int more = argv[5] ? atoi(argv[5]) - 1 : 0; more > 0; more--)
		if (poll(&wait, 1, WAIT_MS) < 1 || recv(wait.fd, question, 1, 0) < 0)
			return fail();
	if (n >= 16 && answer[7] && (size_t)n >= length + 16)
		puts(inet_ntop(AF_INET, answer + n - 4, text, sizeof(text)));
	else
		puts("no address");
	return 0;
}

static int do_ask_twice(char **argv)
{
	unsigned char questions[2][512];
	size_t length = put_question(questions[0], argv[4]);
	int size = (int)length, fd;
	socklen_t to_length;
	struct sockaddr_storage to = address_of(argv[2], argv[3], &to_length);

	if (put_question(questions[0] + length, argv[5]) != length) {
		fprintf(stderr, "peer: the names must have one length\n");
		return 2;
	}
	fd = socket(to.ss_family, SOCK_DGRAM, 0);
	if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)) < 0)
		return fail();
	if (sendto(fd, questions[0], 2 * length, 0, (struct sockaddr *)&to, to_length) < 0)
		return fail();
	puts("ok");
	return 0;
}

static int do_send_bytes(char **argv)
{
	unsigned char bytes[2048];
	size_t n = 0;
	int fd;

	for (const char *at = argv[4]; at[0] && at[1] && n < sizeof(bytes); at += 2)
		if (sscanf(at, "%2hhx", &bytes[n++]) != 1)
			return 2;
	if (do_send(argv, bytes, n, &fd))
		return 1;
	puts("ok");
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 3 ? argv[1] : "";

	if (!strcmp(what, "connect"))
		return do_connect(argv);
	if (!strcmp(what, "note") && argc == 4)
		return do_note(argv);
	if (!strcmp(what, "ask") && (argc == 5 || argc == 6))
		return do_ask(argv);
	if (!strcmp(what, "ask-twice") && argc == 6)
		return do_ask_twice(argv);
	if (!strcmp(what, "as") && argc == 6)
		return do_as(argv);
	if (!strcmp(what, "send") && argc == 5)
		return do_send_bytes(argv);
	fprintf(stderr, "Usage: peer connect|ask|ask-twice|send ADDRESS PORT ...\n");
	return 2;
}
