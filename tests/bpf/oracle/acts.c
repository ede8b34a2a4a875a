/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The acts of the oracle, each with the operations that it is to a policy and what it gives where
 * all of them are allowed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oracle.h"

static int done(int result)
{
	return result < 0 ? -errno : 0;
}

static int opened(const struct oracle_triple *triple, int flags)
{
	int fd = open(triple->name[0], flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int act_read(const struct oracle_triple *triple)
{
	return opened(triple, O_RDONLY);
}

static int act_list(const struct oracle_triple *triple)
{
	return opened(triple, O_RDONLY | O_DIRECTORY);
}

static int act_write(const struct oracle_triple *triple)
{
	return opened(triple, O_WRONLY | O_APPEND);
}

static int act_both(const struct oracle_triple *triple)
{
	return opened(triple, O_RDWR);
}

static int act_empty(const struct oracle_triple *triple)
{
	return opened(triple, O_RDONLY | O_TRUNC);
}

static int act_truncate(const struct oracle_triple *triple)
{
	return done(truncate(triple->name[0], 3));
}

static int act_create(const struct oracle_triple *triple)
{
	return opened(triple, O_WRONLY | O_CREAT | O_EXCL);
}

static int act_mkdir(const struct oracle_triple *triple)
{
	return done(mkdir(triple->name[0], 0700));
}

static int act_mkfifo(const struct oracle_triple *triple)
{
	return done(mkfifo(triple->name[0], 0600));
}

static int act_symlink(const struct oracle_triple *triple)
{
	return done(symlink("x", triple->name[0]));
}

static int act_unlink(const struct oracle_triple *triple)
{
	return done(unlink(triple->name[0]));
}

static int act_rmdir(const struct oracle_triple *triple)
{
	return done(rmdir(triple->name[0]));
}

static int act_rename(const struct oracle_triple *triple)
{
	return done(rename(triple->name[0], triple->name[1]));
}

static int act_link(const struct oracle_triple *triple)
{
	return done(link(triple->name[0], triple->name[1]));
}

static int act_chmod(const struct oracle_triple *triple)
{
	return done(chmod(triple->name[0], 0700));
}

static int act_times(const struct oracle_triple *triple)
{
	return done(utimensat(AT_FDCWD, triple->name[0], NULL, 0));
}

/* What is no program fails after the hook, so the process that tries stays who it is. */
static int act_exec(const struct oracle_triple *triple)
{
	char *const argv[] = {(char *)"x", NULL};
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		execv(triple->name[0], argv);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -EIO;
	return -WEXITSTATUS(status);
}

static int act_map(const struct oracle_triple *triple)
{
	int fd = open(triple->name[0], O_RDONLY | O_CLOEXEC), err = 0;
	void *memory;

	if (fd < 0)
		return -errno;
	memory = mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED)
		err = -errno;
	else
		munmap(memory, 1);
	close(fd);
	return err;
}

socklen_t oracle_unix_address(const char *name, struct sockaddr_un *ret)
{
	size_t length = strnlen(name, sizeof(ret->sun_path) - 1);

	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(ret->sun_path, name, length);
	if (name[0] != '@')
		return sizeof(*ret);
	ret->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static int act_unix(const struct oracle_triple *triple)
{
	struct sockaddr_un address;
	socklen_t length = oracle_unix_address(triple->name[0], &address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = done(connect(fd, (void *)&address, length));
	close(fd);
	return err;
}

static int connected(const struct oracle_triple *triple, int type)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(triple->port)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	memcpy(&to.sin_addr, &triple->address[12], 4);
	err = done(connect(fd, (void *)&to, sizeof(to)));
	close(fd);
	return err;
}

static int act_tcp(const struct oracle_triple *triple)
{
	return connected(triple, SOCK_STREAM);
}

static int act_udp(const struct oracle_triple *triple)
{
	return connected(triple, SOCK_DGRAM);
}

static int act_udp_mapped(const struct oracle_triple *triple)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(triple->port)};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	memcpy(&to.sin6_addr, triple->address, 16);
	err = sendto(fd, "x", 1, 0, (void *)&to, sizeof(to)) == 1 ? 0 : -errno;
	close(fd);
	return err;
}

static const struct oracle_act acts[] = {
	{"read", act_read, 0, MAKE_FILE, false, false, 1, {{AW_OP_READ, 0}}},
	{"list", act_list, 0, MAKE_FOLDER, false, false, 1, {{AW_OP_READ, 0}}},
	{"write", act_write, 0, MAKE_FILE, false, false, 1, {{AW_OP_WRITE, 0}}},
	{"both", act_both, 0, MAKE_FILE, false, false, 2, {{AW_OP_READ, 0}, {AW_OP_WRITE, 0}}},
	{"empty", act_empty, 0, MAKE_FILE, false, false, 2, {{AW_OP_READ, 0}, {AW_OP_WRITE, 0}}},
	{"truncate", act_truncate, 0, MAKE_FILE, false, false, 1, {{AW_OP_WRITE, 0}}},
	{"create",
	 act_create,
	 0,
	 MAKE_NOTHING,
	 false,
	 false,
	 2,
	 {{AW_OP_CREATE, 0}, {AW_OP_WRITE, 0}}},
	{"mkdir", act_mkdir, 0, MAKE_NOTHING, false, false, 1, {{AW_OP_CREATE, 0}}},
	{"mkfifo", act_mkfifo, 0, MAKE_NOTHING, false, false, 1, {{AW_OP_CREATE, 0}}},
	{"symlink", act_symlink, 0, MAKE_NOTHING, false, false, 1, {{AW_OP_CREATE, 0}}},
	{"unlink", act_unlink, 0, MAKE_FILE, false, false, 1, {{AW_OP_DELETE, 0}}},
	{"rmdir", act_rmdir, 0, MAKE_FOLDER, false, false, 1, {{AW_OP_DELETE, 0}}},
	{"rename",
	 act_rename,
	 0,
	 MAKE_FILE,
	 false,
	 false,
	 2,
	 {{AW_OP_RENAME, 0}, {AW_OP_RENAME, 1}}},
	{"link",
	 act_link,
	 0,
	 MAKE_FILE,
	 false,
	 false,
	 3,
	 {{AW_OP_LINK, 0}, {AW_OP_LINK, 1}, {AW_OP_CREATE, 1}}},
	{"chmod", act_chmod, 0, MAKE_FILE, false, false, 1, {{AW_OP_ATTR, 0}}},
	{"times", act_times, 0, MAKE_FILE, false, false, 1, {{AW_OP_ATTR, 0}}},
	{"exec", act_exec, -ENOEXEC, MAKE_FILE, false, false, 1, {{AW_OP_EXEC, 0}}},
	{"map", act_map, 0, MAKE_FILE, false, false, 2, {{AW_OP_READ, 0}, {AW_OP_MAP, 0}}},
	{"unix", act_unix, 0, MAKE_SOCKET, false, false, 1, {{AW_OP_UNIX, 0}}},
	{"abstract", act_unix, 0, MAKE_SOCKET, false, true, 1, {{AW_OP_UNIX, 0}}},
	{"tcp", act_tcp, -ECONNREFUSED, MAKE_NOTHING, true, false, 1, {{AW_OP_TCP, 0}}},
	{"udp", act_udp, 0, MAKE_NOTHING, true, false, 1, {{AW_OP_UDP, 0}}},
	{"udp6", act_udp_mapped, 0, MAKE_NOTHING, true, false, 1, {{AW_OP_UDP, 0}}},
};

size_t oracle_acts_count(void)
{
	return sizeof(acts) / sizeof(*acts);
}

const struct oracle_act *oracle_act_at(size_t i)
{
	return &acts[i];
}
