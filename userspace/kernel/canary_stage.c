/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files and sockets that canaries act on, made and removed by the process outside.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "kernel/canary_acts.h"

/* Files that are there before, by the act that wants each, and what acts leave behind. */
static const char *const files[] = {"read",  "write", "link",  "rename",   "unlink",
				    "chmod", "chown", "times", "truncate", "open"};
static const char *const left_files[] = {"created", "fifo",   "symlink", "linked",
					 "renamed", "stream", "datagram"};
static const char *const left_folders[] = {"made", "rmdir"};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static int make_files(struct aw_canary_stage *stage)
{
	for (size_t i = 0; i < COUNT(files); i++) {
		int fd = openat(stage->dir, files[i], O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		if (fd < 0)
			return -errno;
		if (!strcmp(files[i], "open"))
			stage->file = fd;
		else
			close(fd);
	}
	if (mkdirat(stage->dir, "rmdir", 0700) < 0)
		return -errno;
	stage->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	stage->program = open(AW_CANARY_PROGRAM, O_RDONLY | O_CLOEXEC);
	if (stage->program < 0)
		return -errno;
	stage->page = mmap(NULL, stage->page_bytes, PROT_READ, MAP_PRIVATE, stage->program, 0);
	return stage->page == MAP_FAILED ? -errno : 0;
}

static int make_address(int type, int *ret, struct sockaddr_in *retaddress)
{
	socklen_t length = sizeof(*retaddress);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	*retaddress = (struct sockaddr_in){.sin_family = AF_INET,
					   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	*ret = fd;
	if (fd < 0 || bind(fd, (struct sockaddr *)retaddress, length) < 0 ||
	    getsockname(fd, (struct sockaddr *)retaddress, &length) < 0)
		return -errno;
	return type == SOCK_STREAM && listen(fd, 4) < 0 ? -errno : 0;
}

static int make_unix(int type, const char *dir, const char *name, int *ret,
		     struct sockaddr_un *retaddress)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	*retaddress = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(retaddress->sun_path, sizeof(retaddress->sun_path), "%s/%s", dir, name);
	*ret = fd;
	if (fd < 0 || bind(fd, (struct sockaddr *)retaddress, sizeof(*retaddress)) < 0)
		return -errno;
	return type == SOCK_STREAM && listen(fd, 4) < 0 ? -errno : 0;
}

/* The kernel chooses the name. */
static int make_abstract(struct aw_canary_stage *stage)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	stage->abstract = fd;
	stage->abstract_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	stage->abstract_length = sizeof(stage->abstract_address);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&stage->abstract_address, sizeof(sa_family_t)) < 0 ||
	    listen(fd, 4) < 0 ||
	    getsockname(fd, (struct sockaddr *)&stage->abstract_address, &stage->abstract_length) <
		    0)
		return -errno;
	return 0;
}

int aw_canary_stage_make(struct aw_canary_stage *stage, const char *parent, const char *name)
{
	int err;

	*stage = (struct aw_canary_stage){.dir = -1,
					  .file = -1,
					  .program = -1,
					  .page = MAP_FAILED,
					  .tcp = -1,
					  .udp = -1,
					  .stream = -1,
					  .datagram = -1,
					  .abstract = -1};
	snprintf(stage->path, sizeof(stage->path), "%s/%s", parent, name);
	if (mkdir(stage->path, 0700) < 0)
		return -errno;
	stage->dir = open(stage->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = stage->dir < 0 ? -errno : make_files(stage);
	if (!err)
		err = make_address(SOCK_STREAM, &stage->tcp, &stage->tcp_address);
	if (!err)
		err = make_address(SOCK_DGRAM, &stage->udp, &stage->udp_address);
	if (!err)
		err = make_unix(SOCK_STREAM, stage->path, "stream", &stage->stream,
				&stage->stream_address);
	if (!err)
		err = make_unix(SOCK_DGRAM, stage->path, "datagram", &stage->datagram,
				&stage->datagram_address);
	if (!err)
		err = make_abstract(stage);
	if (err < 0)
		aw_canary_stage_done(stage);
	return err;
}

void aw_canary_stage_done(struct aw_canary_stage *stage)
{
	int *const fds[] = {&stage->file,   &stage->program,  &stage->tcp,     &stage->udp,
			    &stage->stream, &stage->datagram, &stage->abstract};

	if (stage->page != MAP_FAILED)
		munmap(stage->page, stage->page_bytes);
	for (size_t i = 0; i < COUNT(fds); i++)
		aw_closep(fds[i]);
	if (stage->dir >= 0) {
		for (size_t i = 0; i < COUNT(files); i++)
			unlinkat(stage->dir, files[i], 0);
		for (size_t i = 0; i < COUNT(left_files); i++)
			unlinkat(stage->dir, left_files[i], 0);
		for (size_t i = 0; i < COUNT(left_folders); i++)
			unlinkat(stage->dir, left_folders[i], AT_REMOVEDIR);
		close(stage->dir);
	}
	rmdir(stage->path);
}
