/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts on descriptors that are open already: opened by a process before it enters the agent, or
 * received from one outside. Opening them was nobody's business; using them is.
 */
#pragma once

#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "task_rows.h"

typedef int (*use_fn)(int fd);

static int use_after_entering(const struct scene *scene, const char *object, int flags, use_fn use)
{
	pid_t pid = fork();
	int fd;

	if (pid == 0) {
		fd = open(object, flags | O_CLOEXEC);
		if (fd < 0 || enter(scene->cgroup))
			_exit(STATUS_LOST);
		become(scene);
		_exit(-use(fd));
	}
	return wait_for(pid);
}

static int use_read(int fd)
{
	char byte;

	return done((int)read(fd, &byte, 1));
}

static int use_write(int fd)
{
	return done((int)write(fd, "x", 1));
}

static int use_allocate(int fd)
{
	return done(fallocate(fd, 0, 0, 1));
}

static int use_send(int fd)
{
	int to = memfd_create("copy", MFD_CLOEXEC), err = done((int)sendfile(to, fd, NULL, 1));

	close(to);
	return err;
}

static int use_list(int fd)
{
	char entries[512];

	return done((int)syscall(SYS_getdents64, fd, entries, sizeof(entries)));
}

static int mapped(int fd, int protection, int flags)
{
	void *memory = mmap(NULL, 1, protection, flags, fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	munmap(memory, 1);
	return 0;
}

static int use_map(int fd)
{
	return mapped(fd, PROT_NONE, MAP_PRIVATE);
}

static int use_map_shared(int fd)
{
	return mapped(fd, PROT_READ, MAP_SHARED);
}

#define USE_AFTER_ENTERING(name, flags)                                          \
	static int act_old_##name(const struct scene *scene, const char *object) \
	{                                                                        \
		return use_after_entering(scene, object, flags, use_##name);     \
	}
USE_AFTER_ENTERING(read, O_RDONLY)
USE_AFTER_ENTERING(write, O_WRONLY)
USE_AFTER_ENTERING(allocate, O_WRONLY)
USE_AFTER_ENTERING(send, O_RDONLY)
USE_AFTER_ENTERING(list, O_RDONLY | O_DIRECTORY)
USE_AFTER_ENTERING(map, O_RDONLY)
USE_AFTER_ENTERING(map_shared, O_RDWR)

static int send_descriptor(int socket, int fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)),
			      .cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS}};
	struct iovec byte = {"x", 1};
	struct msghdr message = {.msg_iov = &byte,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1 ? 0 : -errno;
}

/* A refused descriptor is missing from a message that comes all the same. */
static int receive_descriptor(int socket)
{
	char data, control[CMSG_SPACE(sizeof(int))];
	struct iovec byte = {&data, 1};
	struct msghdr message = {.msg_iov = &byte,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
		return -STATUS_LOST;
	if (CMSG_FIRSTHDR(&message))
		return 0;
	return message.msg_flags & MSG_CTRUNC ? -EACCES : -STATUS_LOST;
}

static int received(const struct scene *scene, const char *object, int flags)
{
	int pair[2], fd = open(object, flags | O_CLOEXEC), err;
	pid_t pid;

	if (fd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -STATUS_LOST;
	pid = fork();
	if (pid == 0) {
		close(fd);
		if (enter(scene->cgroup))
			_exit(STATUS_LOST);
		become(scene);
		_exit(-receive_descriptor(pair[1]));
	}
	err = send_descriptor(pair[0], fd);
	close(fd);
	err = wait_for(pid) ?: err;
	close(pair[0]);
	close(pair[1]);
	return err;
}

static int act_receive(const struct scene *scene, const char *object)
{
	return received(scene, object, O_RDONLY);
}

static int act_receive_writable(const struct scene *scene, const char *object)
{
	return received(scene, object, O_RDWR);
}

#define PERMISSION(op) "aw_file_permission", "file_permission", op, "only"
#define MAPPING(op)    "aw_mmap_file/aw_mmap_file_fmod", "mmap_file", op, "only"
#define RECEIVE(op)    "aw_file_receive", "file_receive", op, "only"

static const struct row descriptor_rows[] = {
	{"reading what was opened before", PERMISSION("read"), "read-open", NEEDS_FILE,
	 act_old_read, NULL, OUTSIDE},
	{"writing what was opened before", PERMISSION("write"), "write-open", NEEDS_FILE,
	 act_old_write, NULL, OUTSIDE},
	{"allocating space in what was opened before", PERMISSION("write"), "allocate-open",
	 NEEDS_FILE, act_old_allocate, NULL, OUTSIDE},
	{"copying from what was opened before", PERMISSION("read"), "send-open", NEEDS_FILE,
	 act_old_send, NULL, OUTSIDE},
	{"listing what was opened before", PERMISSION("read"), "list-open", NEEDS_FOLDER,
	 act_old_list, NULL, OUTSIDE},
	{"mapping what was opened before", MAPPING("read"), "map-open", NEEDS_FILE, act_old_map,
	 NULL, OUTSIDE},
	{"mapping shared what was opened before", MAPPING("write"), "map-shared-open", NEEDS_FILE,
	 act_old_map_shared, NULL, OUTSIDE},
	{"receiving a descriptor for reading", RECEIVE("read"), "received", NEEDS_FILE, act_receive,
	 NULL, OUTSIDE},
	{"receiving a descriptor for writing", RECEIVE("write"), "received-writable", NEEDS_FILE,
	 act_receive_writable, NULL, OUTSIDE},
};
