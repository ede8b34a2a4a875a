/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of the oracle: folders that stay, and objects whose names are near the globs of the
 * policies, each used by one act alone.
 */
#include "oracle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DEPTH_MAX  3
#define DEEP	   40  /* folders: more than the programs walk the fast way */
#define LONG_NAME  240 /* bytes of one component */
#define LONG_NAMES 3

static const char *const words[] = {"a", "b", "ab", "c.d"};

static void make_folder(const char *path)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		oracle_die("cannot make %s: %m", path);
}

static void make_below(const char *folder, int depth)
{
	char path[ORACLE_NAME_MAX];

	for (size_t i = 0; depth > 0 && i < sizeof(words) / sizeof(*words); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, words[i]);
		make_folder(path);
		make_below(path, depth - 1);
	}
}

static size_t deep_path(const char *root, char *ret, size_t size)
{
	size_t n = (size_t)snprintf(ret, size, "%s", root);

	for (int i = 0; i < DEEP; i++)
		n += (size_t)snprintf(ret + n, size - n, "/d");
	return n;
}

static size_t long_path(const char *root, char *ret, size_t size)
{
	size_t n = (size_t)snprintf(ret, size, "%s", root);

	for (int i = 0; i < LONG_NAMES; i++) {
		ret[n++] = '/';
		memset(ret + n, 'l', LONG_NAME);
		n += LONG_NAME;
		ret[n] = '\0';
	}
	return n;
}

static void make_chain(char *path, size_t start)
{
	for (char *slash = strchr(path + start + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		make_folder(path);
		*slash = '/';
	}
	make_folder(path);
}

void oracle_make_tree(void)
{
	static const char *const folders[] = {ORACLE_DIR, ORACLE_BIN, ORACLE_TREE,
					      ORACLE_WORKSPACE};
	char path[ORACLE_NAME_MAX];

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		make_folder(folders[i]);
	for (size_t i = 2; i < sizeof(folders) / sizeof(*folders); i++) {
		make_below(folders[i], DEPTH_MAX);
		deep_path(folders[i], path, sizeof(path));
		make_chain(path, strlen(folders[i]));
		long_path(folders[i], path, sizeof(path));
		make_chain(path, strlen(folders[i]));
	}
}

void oracle_random_folder(struct oracle_random *random, bool workspace, char *ret, size_t size)
{
	const char *root = workspace ? ORACLE_WORKSPACE : ORACLE_TREE;
	uint32_t depth = oracle_pick(random, DEPTH_MAX + 1), which = oracle_pick(random, 24);
	size_t n;

	if (which == 0) {
		deep_path(root, ret, size);
		return;
	}
	if (which == 1) {
		long_path(root, ret, size);
		return;
	}
	n = (size_t)snprintf(ret, size, "%s", root);
	for (uint32_t i = 0; i < depth; i++)
		n += (size_t)snprintf(ret + n, size - n, "/%s", ORACLE_PICK(random, words));
}

static void random_leaf(struct oracle_random *random, uint32_t number, char *ret, size_t size)
{
	static const char *const stems[] = {"f", "g", "ab", "x", ".h"};
	static const char *const ends[] = {"", "", ".c", ".y", " z", "\xff", "\n", "\\", "*"};

	snprintf(ret, size, "%s%u%s", ORACLE_PICK(random, stems), number,
		 ORACLE_PICK(random, ends));
}

void oracle_fill(struct oracle_random *random, struct oracle_triple *triple, uint32_t number)
{
	const struct oracle_act *act;
	char folder[ORACLE_NAME_MAX - 64], leaf[64];

	memset(triple, 0, sizeof(*triple));
	triple->act = oracle_pick(random, (uint32_t)oracle_acts_count());
	triple->error = 1;
	act = oracle_act_at(triple->act);
	triple->address[10] = triple->address[11] = 0xff;
	triple->address[12] = 127;
	triple->address[13] = (uint8_t)oracle_pick(random, 4);
	triple->address[14] = (uint8_t)oracle_pick(random, 4);
	triple->address[15] = (uint8_t)(1 + oracle_pick(random, 3));
	triple->port = (uint16_t)(9000 + oracle_pick(random, 17));
	for (uint32_t i = 0; i < ORACLE_NAMES; i++) {
		random_leaf(random, 2 * number + i, leaf, sizeof(leaf));
		do
			oracle_random_folder(random, oracle_pick(random, 2), folder,
					     sizeof(folder));
		while (act->make == MAKE_SOCKET && strlen(folder) > 64);
		if (act->abstract)
			snprintf(triple->name[i], sizeof(triple->name[i]), "@oracle-%s", leaf);
		else
			snprintf(triple->name[i], sizeof(triple->name[i]), "%s/%s", folder, leaf);
	}
}

/* A datagram socket bound to the name; the descriptor, to be kept for as long as it must answer. */
static int make_socket(const char *name)
{
	struct sockaddr_un address;
	socklen_t length = oracle_unix_address(name, &address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		oracle_die("no more sockets: %m");
	if (bind(fd, (void *)&address, length) < 0)
		oracle_die("cannot bind %s: %m", name);
	return fd;
}

/* Returns a descriptor to keep, or −1 where there is none. */
int oracle_make_objects(const struct oracle_triple *triple)
{
	const struct oracle_act *act = oracle_act_at(triple->act);
	int fd;

	if (act->make == MAKE_SOCKET)
		return make_socket(triple->name[0]);
	if (act->make == MAKE_FOLDER)
		make_folder(triple->name[0]);
	if (act->make != MAKE_FILE)
		return -1;
	fd = open(triple->name[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (fd < 0 || write(fd, "no program\n", 11) != 11)
		oracle_die("cannot make %s: %m", triple->name[0]);
	close(fd);
	return -1;
}

void oracle_remove_objects(const struct oracle_triple *triple)
{
	for (int i = 0; i < ORACLE_NAMES; i++)
		if (triple->name[i][0] == '/' && unlink(triple->name[i]) < 0 && errno == EISDIR)
			rmdir(triple->name[i]);
}
