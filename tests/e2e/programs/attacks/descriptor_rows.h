/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows 9, 10 and 34: files that are open. Opened while the policy let it, or by the process
 * outside, which renames them into secret/ meanwhile or hands them over: the descriptor is old, its
 * use new.
 */
#pragma once

#include <sys/prctl.h>

#include "outside.h"

/* ok/old, opened, and then moved out of the policy's reach by the one outside. */
static int open_old(const struct scene *s, int flags)
{
	char path[PATH_BYTES];
	int fd, err = write_file(at(s, "ok/old", path), SECRET, 0644);

	if (err)
		return err;
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = ask_outside("hide", path);
	return err ? err : fd;
}

static int act_old_read(const struct scene *s)
{
	int fd = open_old(s, O_RDONLY);
	char byte;

	return fd < 0 ? fd : done(read(fd, &byte, 1));
}

static int act_old_write(const struct scene *s)
{
	int fd = open_old(s, O_WRONLY);

	return fd < 0 ? fd : done(write(fd, "x", 1));
}

static int act_old_copy(const struct scene *s)
{
	int fd = open_old(s, O_RDONLY), to = memfd_create("copy", MFD_CLOEXEC);

	return fd < 0 ? fd : done(sendfile(to, fd, NULL, 1));
}

static int act_old_splice(const struct scene *s)
{
	int fd = open_old(s, O_RDONLY), ends[2];

	if (fd < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return fd < 0 ? fd : -errno;
	return done(splice(fd, NULL, ends[1], NULL, 1, 0));
}

static int act_old_map(const struct scene *s)
{
	int fd = open_old(s, O_RDONLY);

	if (fd < 0)
		return fd;
	return mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -errno : 0;
}

static int act_received(const struct scene *s)
{
	char path[PATH_BYTES];
	int fd = ask_for_file(at(s, "secret/key", path));

	return fd < 0 ? fd : 0;
}

static int read_of_ring(struct ring *r)
{
	struct io_uring_sqe entry = {.opcode = IORING_OP_READ, .flags = IOSQE_FIXED_FILE, .len = 1};
	char byte;
	int err;

	entry.addr = (uintptr_t)&byte;
	err = ring_do(r, &entry);
	return err < 0 ? err : 0;
}

/* The file is the ring's; the descriptor is closed. */
static int act_old_registered(const struct scene *s)
{
	struct ring r;
	int fd = open_old(s, O_RDONLY), err = fd < 0 ? fd : ring_open(&r, 0);

	if (err)
		return err;
	if (syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_FILES, &fd, 1) < 0)
		return -errno;
	close(fd);
	return read_of_ring(&r);
}

/* The one outside has the ring, and puts a file into it. */
static int act_ring_message(const struct scene *s)
{
	struct io_uring_rsrc_register files = {.nr = 1, .flags = IORING_RSRC_REGISTER_SPARSE};
	char path[PATH_BYTES];
	struct ring r;
	int err = ring_open(&r, 0);

	if (err)
		return err;
	if (syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_FILES2, &files, sizeof(files)) < 0)
		return -errno;
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	if (dup3(r.fd, RING_AT, O_CLOEXEC) < 0)
		return -errno;
	err = ask_outside("ring", at(s, "secret/key", path));
	return err ? err : read_of_ring(&r);
}

#define OLD(op) op, "./secret/old", "secret"

static const struct attack descriptor_attacks[] = {
	{"9-old-read", "reading what was opened while it was allowed", act_old_read, NULL, BOTH,
	 EACCES, OLD("read")},
	{"9-old-write", "writing it", act_old_write, NULL, BOTH, EACCES, OLD("write")},
	{"9-old-copy", "copying from it", act_old_copy, NULL, BOTH, EACCES, OLD("read")},
	{"9-old-splice", "splicing from it", act_old_splice, NULL, BOTH, EACCES, OLD("read")},
	{"9-old-map", "mapping it", act_old_map, NULL, BOTH, EACCES, OLD("read")},
	{"9-received", "a descriptor in a message", act_received, NULL, BOTH, EACCES, "read",
	 "./secret/key", "secret"},
	{"10-registered", "a file that was registered while it was allowed", act_old_registered,
	 NULL, BOTH, EACCES, OLD("read")},
	{"34-message", "a file put into a ring by another", act_ring_message, NULL, BOTH, EACCES,
	 "read", "./secret/key", "secret"},
};
