/* SPDX-License-Identifier: Apache-2.0 */
/* Row 10: io_uring, where a worker of the kernel does it, or a thread that polls. */
#pragma once

#include <arpa/inet.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "../ring.h"
#include "attack.h"

static struct io_uring_sqe open_entry(const struct scene *s, char path[PATH_BYTES])
{
	return (struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
				     .fd = AT_FDCWD,
				     .addr = (uintptr_t)at(s, "secret/key", path)};
}

static int act_ring_open(const struct scene *s)
{
	char path[PATH_BYTES];
	struct io_uring_sqe entry = open_entry(s, path);

	return ring_once(0, &entry);
}

/* Straight to a worker, which is a thread of its own. */
static int act_ring_worker(const struct scene *s)
{
	char path[PATH_BYTES];
	struct io_uring_sqe entry = open_entry(s, path);

	entry.flags = IOSQE_ASYNC;
	return ring_once(0, &entry);
}

static int act_ring_polled(const struct scene *s)
{
	char path[PATH_BYTES];
	struct io_uring_sqe entry = open_entry(s, path);

	return ring_once(IORING_SETUP_SQPOLL, &entry);
}

static int act_ring_openat2(const struct scene *s)
{
	struct open_how how = {.flags = O_RDONLY};
	char path[PATH_BYTES];
	struct io_uring_sqe entry = open_entry(s, path);

	entry.opcode = IORING_OP_OPENAT2;
	entry.len = sizeof(how);
	entry.off = (uintptr_t)&how;
	return ring_once(0, &entry);
}

/* The file is the ring's and never a descriptor. */
static int act_ring_direct(const struct scene *s)
{
	struct io_uring_rsrc_register files = {.nr = 1, .flags = IORING_RSRC_REGISTER_SPARSE};
	char path[PATH_BYTES];
	struct io_uring_sqe entry = open_entry(s, path);
	struct ring r;
	int err = ring_open(&r, 0);

	if (err)
		return err;
	if (syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_FILES2, &files, sizeof(files)) < 0)
		return -errno;
	entry.file_index = 1;
	return ring_do(&r, &entry);
}

/* With credentials that were registered before. */
static int act_ring_personality(const struct scene *s)
{
	char path[PATH_BYTES];
	struct io_uring_sqe entry = open_entry(s, path);
	struct ring r;
	int err = ring_open(&r, 0);
	int id = err ? 0
		     : (int)syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_PERSONALITY, NULL,
				    0);

	if (err || id < 0)
		return err ? err : -errno;
	entry.personality = (__u16)id;
	err = ring_do(&r, &entry);
	return err > 0 ? 0 : err;
}

/* One that names one or two paths: where the second is, differs by operation. */
static int ring_paths(int opcode, const char *first, const char *second, bool beside)
{
	struct io_uring_sqe entry = {.opcode = (__u8)opcode, .fd = AT_FDCWD};

	entry.addr = (uintptr_t)first;
	if (second) {
		entry.off = (uintptr_t)second;
		entry.len = beside ? (__u32)AT_FDCWD : 0;
	}
	return ring_once(0, &entry);
}

static int act_ring_unlink(const struct scene *s)
{
	char path[PATH_BYTES];

	return ring_paths(IORING_OP_UNLINKAT, at(s, "secret/key", path), NULL, false);
}

static int act_ring_rename(const struct scene *s)
{
	char path[PATH_BYTES], other[PATH_BYTES];

	return ring_paths(IORING_OP_RENAMEAT, at(s, "secret/key", path), at(s, "ok/other", other),
			  true);
}

static int act_ring_link(const struct scene *s)
{
	char path[PATH_BYTES], other[PATH_BYTES];

	return ring_paths(IORING_OP_LINKAT, at(s, "secret/key", path), at(s, "ok/other", other),
			  true);
}

static int act_ring_symlink(const struct scene *s)
{
	char path[PATH_BYTES];

	return ring_paths(IORING_OP_SYMLINKAT, "anywhere", at(s, "secret/link", path), false);
}

static int act_ring_mkdir(const struct scene *s)
{
	struct io_uring_sqe entry = {.opcode = IORING_OP_MKDIRAT, .fd = AT_FDCWD, .len = 0700};
	char path[PATH_BYTES];

	entry.addr = (uintptr_t)at(s, "secret/folder", path);
	return ring_once(0, &entry);
}

static int act_ring_setxattr(const struct scene *s)
{
	struct io_uring_sqe entry = {.opcode = IORING_OP_SETXATTR, .len = 1};
	char path[PATH_BYTES];

	/* An access list: every file system here has those. */
	entry.addr = (uintptr_t) "trusted.attack";
	entry.off = (uintptr_t) "x";
	entry.addr3 = (uintptr_t)at(s, "secret/key", path);
	return ring_once(0, &entry);
}

static int act_ring_connect(const struct scene *s)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(PORT_DENIED),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct io_uring_sqe entry = {.opcode = IORING_OP_CONNECT, .off = sizeof(to)};

	entry.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	entry.addr = (uintptr_t)&to;
	return entry.fd < 0 ? -errno : ring_once(0, &entry);
}

static int act_ring_sendmsg(const struct scene *s)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(PORT_DENIED),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct iovec data = {.iov_base = (char *)"x", .iov_len = 1};
	struct msghdr message = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &data, .msg_iovlen = 1};
	struct io_uring_sqe entry = {.opcode = IORING_OP_SENDMSG, .len = 1};

	entry.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	entry.addr = (uintptr_t)&message;
	return entry.fd < 0 ? -errno : ring_once(0, &entry);
}

#define BY_RING(op) op, "./secret/key", "secret"

static const struct attack ring_attacks[] = {
	{"10-open", "an open through io_uring", act_ring_open, NULL, BOTH, EACCES, BY_RING("read")},
	{"10-worker", "the same by a worker", act_ring_worker, NULL, BOTH, EACCES, BY_RING("read")},
	{"10-sqpoll", "the same by a thread that polls", act_ring_polled, NULL, BOTH, EACCES,
	 BY_RING("read")},
	{"10-openat2", "openat2", act_ring_openat2, NULL, BOTH, EACCES, BY_RING("read")},
	{"10-direct", "an open into the ring's own files", act_ring_direct, NULL, BOTH, EACCES,
	 BY_RING("read")},
	{"10-personality", "with registered credentials", act_ring_personality, NULL, BOTH, EACCES,
	 BY_RING("read")},
	{"10-unlink", "unlink", act_ring_unlink, NULL, BOTH, EACCES, BY_RING("delete")},
	{"10-rename", "rename", act_ring_rename, NULL, BOTH, EACCES, BY_RING("rename")},
	{"10-link", "a hard link", act_ring_link, NULL, BOTH, EACCES, BY_RING("link")},
	{"10-symlink", "a symbolic link", act_ring_symlink, NULL, BOTH, EACCES, "create",
	 "./secret/link", "secret"},
	{"10-mkdir", "a folder", act_ring_mkdir, NULL, BOTH, EACCES, "create", "./secret/folder",
	 "secret"},
	{"10-setxattr", "an extended attribute", act_ring_setxattr, NULL, ROOT, EACCES,
	 BY_RING("attr")},
	{"10-connect", "a connection", act_ring_connect, NULL, BOTH, EACCES, "tcp",
	 "127.0.0.1:7400", "net.denied"},
	{"10-sendmsg", "a datagram", act_ring_sendmsg, NULL, BOTH, EACCES, "udp", "127.0.0.1:7400",
	 "net.denied"},
};
