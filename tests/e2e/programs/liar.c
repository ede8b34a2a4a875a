/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name server that does wrong, for the tests of egress by name. By the first label of the name
 * that it is asked for, over UDP:
 *
 *   other     answers, with this id, another question: for the name behind it
 *   number    answers under another id
 *   twice     answers twice, the second time with another address
 *   cut       says that the answer is cut off
 *   garbage   an answer of which the last record is cut
 *   loop      a name that points at itself
 *   forward   a name that points ahead
 *   many      more addresses than are read
 *   late      answers when nobody waits any more, after LATE_S seconds
 *   turn      another address of the network each time, for one second
 *   else      the address
 *
 *   liar ADDRESS PORT NETWORK     answers with NETWORK (three numbers and a dot) and .7
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOST   7
#define TYPE_A 1
#define LATE_S 31

struct answer {
	unsigned char bytes[4096];
	size_t length;
	unsigned int n_records;
};

static const char *network;
static unsigned int turn;

static void put(struct answer *a, const void *bytes, size_t length)
{
	if (a->length + length > sizeof(a->bytes))
		exit(3);
	memcpy(a->bytes + a->length, bytes, length);
	a->length += length;
}

static void put_record(struct answer *a, const void *name, size_t name_length, int type,
		       const void *data, size_t length)
{
	const unsigned char fixed[] = {0, (unsigned char)type,	0, 1, 0, 0, 0, 1,
				       0, (unsigned char)length};

	put(a, name, name_length);
	put(a, fixed, sizeof(fixed));
	put(a, data, length);
	a->n_records++;
}

static void put_address(struct answer *a, const void *name, size_t name_length, unsigned int host)
{
	char text[32];
	unsigned char address[4];

	snprintf(text, sizeof(text), "%s%u", network, host);
	if (inet_pton(AF_INET, text, address) != 1)
		exit(4);
	put_record(a, name, name_length, TYPE_A, address, sizeof(address));
}

/* The question again; its name begins at byte 12. */
static void begin(struct answer *a, const unsigned char *question, size_t length)
{
	a->length = 0;
	a->n_records = 0;
	put(a, question, length);
	a->bytes[2] = 0x81;
	a->bytes[3] = 0x80;
	memset(a->bytes + 6, 0, 6);
}

static int is(const unsigned char *label, const char *word)
{
	return label[0] == strlen(word) && memcmp(label + 1, word, label[0]) == 0;
}

static void answer(int fd, struct answer *a, const struct sockaddr *to, socklen_t to_length)
{
	a->bytes[7] = (unsigned char)a->n_records;
	if (sendto(fd, a->bytes, a->length, 0, to, to_length) < 0)
		perror("liar: sendto");
}

static void do_wrong(int fd, const unsigned char *question, size_t length,
		     const struct sockaddr *to, socklen_t to_length)
{
	const unsigned char *label = question + 12, *rest = label + 1 + label[0];
	struct answer a;

	begin(&a, question, length);
	if (question[length - 3] != TYPE_A) {
		answer(fd, &a, to, to_length);
		return;
	}
	if (is(label, "other")) {
		unsigned char changed[512];

		memcpy(changed, question, 12);
		memcpy(changed + 12, rest, length - 12 - 1 - label[0]);
		begin(&a, changed, length - 1 - label[0]);
	} else if (is(label, "number")) {
		a.bytes[1] ^= 1;
	} else if (is(label, "cut")) {
		a.bytes[2] |= 2;
	} else if (is(label, "loop")) {
		unsigned char pointer[] = {0xc0, (unsigned char)a.length};

		put_address(&a, pointer, 2, HOST);
	} else if (is(label, "forward")) {
		put_address(&a, "\xc0\xff", 2, HOST);
	} else if (is(label, "many")) {
		for (unsigned int i = 0; i < 100; i++)
			put_address(&a, "\xc0\x0c", 2, HOST);
	} else if (is(label, "turn")) {
		put_address(&a, "\xc0\x0c", 2, HOST + turn++ % 20);
		answer(fd, &a, to, to_length);
		return;
	}
	put_address(&a, "\xc0\x0c", 2, HOST);
	if (is(label, "garbage"))
		a.length--;
	if (is(label, "late") && fork())
		return;
	if (is(label, "late"))
		sleep(LATE_S);
	answer(fd, &a, to, to_length);
	if (is(label, "late"))
		_exit(0);
	if (is(label, "twice")) {
		begin(&a, question, length);
		put_address(&a, "\xc0\x0c", 2, HOST + 1);
		answer(fd, &a, to, to_length);
	}
}

/* The end of the question: what resolvers add behind it is not answered. */
static size_t question_length(const unsigned char *message, size_t length)
{
	size_t at = 12;

	while (at < length && message[at])
		at += 1u + message[at];
	return at + 5 <= length ? at + 5 : 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in here = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	unsigned char message[512];

	if (argc != 4 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
		fprintf(stderr, "Usage: liar ADDRESS PORT NETWORK\n");
		return 2;
	}
	here.sin_port = htons((unsigned short)atoi(argv[2]));
	network = argv[3];
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0) {
		perror("liar");
		return 1;
	}
	for (;;) {
		struct sockaddr_in from;
		socklen_t from_length = sizeof(from);
		ssize_t n = recvfrom(fd, message, sizeof(message), 0, (struct sockaddr *)&from,
				     &from_length);
		size_t length = n > 12 ? question_length(message, (size_t)n) : 0;

		if (length)
			do_wrong(fd, message, length, (struct sockaddr *)&from, from_length);
	}
}
