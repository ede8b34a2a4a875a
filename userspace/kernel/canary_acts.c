/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One small function a family of operations, and their table.
 */
#include "kernel/canary_acts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>

static int result_of(int returned)
{
	return returned < 0 ? -errno : 0;
}

static int close_result(int fd)
{
	int err = result_of(fd);

	if (fd >= 0)
		close(fd);
	return err;
}

static int act_read(const struct aw_canary_stage *stage)
{
	return close_result(openat(stage->dir, "read", O_RDONLY | O_CLOEXEC));
}

static int act_write(const struct aw_canary_stage *stage)
{
	return close_result(openat(stage->dir, "write", O_WRONLY | O_CLOEXEC));
}

static int act_create(const struct aw_canary_stage *stage)
{
	return close_result(
		openat(stage->dir, "created", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

static int act_list(const struct aw_canary_stage *stage)
{
	return close_result(openat(stage->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int act_mkdir(const struct aw_canary_stage *stage)
{
	return result_of(mkdirat(stage->dir, "made", 0700));
}

static int act_mknod(const struct aw_canary_stage *stage)
{
	return result_of(mknodat(stage->dir, "fifo", S_IFIFO | 0600, 0));
}

static int act_symlink(const struct aw_canary_stage *stage)
{
	return result_of(symlinkat("read", stage->dir, "symlink"));
}

static int act_link(const struct aw_canary_stage *stage)
{
	return result_of(linkat(stage->dir, "link", stage->dir, "linked", 0));
}

static int act_rename(const struct aw_canary_stage *stage)
{
	return result_of(renameat(stage->dir, "rename", stage->dir, "renamed"));
}

static int act_unlink(const struct aw_canary_stage *stage)
{
	return result_of(unlinkat(stage->dir, "unlink", 0));
}

static int act_rmdir(const struct aw_canary_stage *stage)
{
	return result_of(unlinkat(stage->dir, "rmdir", AT_REMOVEDIR));
}

static int act_chmod(const struct aw_canary_stage *stage)
{
	return result_of(fchmodat(stage->dir, "chmod", 0640, 0));
}

static int act_chown(const struct aw_canary_stage *stage)
{
	return result_of(fchownat(stage->dir, "chown", geteuid(), getegid(), 0));
}

static int act_xattr(const struct aw_canary_stage *stage)
{
	return result_of(fsetxattr(stage->file, "trusted.agentwatch", "x", 1, 0));
}

static int act_times(const struct aw_canary_stage *stage)
{
	const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

	return result_of(utimensat(stage->dir, "times", times, 0));
}

static int act_truncate(const struct aw_canary_stage *stage)
{
	char path[sizeof(stage->path) + 16];

	snprintf(path, sizeof(path), "%s/truncate", stage->path);
	return result_of(truncate(path, 0));
}

static int act_ftruncate(const struct aw_canary_stage *stage)
{
	return result_of(ftruncate(stage->file, 0));
}

static int act_map(const struct aw_canary_stage *stage)
{
	void *page = mmap(NULL, stage->page_bytes, PROT_READ | PROT_EXEC, MAP_PRIVATE,
			  stage->program, 0);

	return page == MAP_FAILED ? -errno : 0;
}

static int act_protect(const struct aw_canary_stage *stage)
{
	return result_of(mprotect(stage->page, stage->page_bytes, PROT_READ | PROT_EXEC));
}

static int connect_to(int domain, int type, const void *address, socklen_t length)
{
	_cleanup_close_ int fd = socket(domain, type | SOCK_CLOEXEC, 0);

	return result_of(fd < 0 ? fd : connect(fd, address, length));
}

static int send_to(int domain, const void *address, socklen_t length)
{
	_cleanup_close_ int fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return result_of(fd < 0 ? fd : (int)sendto(fd, "x", 1, 0, address, length));
}

static int act_tcp(const struct aw_canary_stage *stage)
{
	return connect_to(AF_INET, SOCK_STREAM, &stage->tcp_address, sizeof(stage->tcp_address));
}

static int act_udp_connect(const struct aw_canary_stage *stage)
{
	return connect_to(AF_INET, SOCK_DGRAM, &stage->udp_address, sizeof(stage->udp_address));
}

static int act_udp_send(const struct aw_canary_stage *stage)
{
	return send_to(AF_INET, &stage->udp_address, sizeof(stage->udp_address));
}

static int act_unix_stream(const struct aw_canary_stage *stage)
{
	return connect_to(AF_UNIX, SOCK_STREAM, &stage->stream_address,
			  sizeof(stage->stream_address));
}

static int act_unix_datagram(const struct aw_canary_stage *stage)
{
	return send_to(AF_UNIX, &stage->datagram_address, sizeof(stage->datagram_address));
}

static int act_unix_abstract(const struct aw_canary_stage *stage)
{
	return connect_to(AF_UNIX, SOCK_STREAM, &stage->abstract_address, stage->abstract_length);
}

static int act_exec(const struct aw_canary_stage *stage)
{
	char *const argv[] = {AW_CANARY_PROGRAM, NULL};
	char *const environment[] = {NULL};

	return result_of(execve(AW_CANARY_PROGRAM, argv, environment));
}

static const struct aw_canary_act acts[] = {
	{"read", AW_CLASS_FILE, act_read},
	{"write", AW_CLASS_FILE, act_write},
	{"list a folder", AW_CLASS_FILE, act_list},
	{"create", AW_CLASS_FILE, act_create},
	{"mkdir", AW_CLASS_FILE, act_mkdir},
	{"mknod", AW_CLASS_FILE, act_mknod},
	{"symlink", AW_CLASS_FILE, act_symlink},
	{"link", AW_CLASS_FILE, act_link},
	{"rename", AW_CLASS_FILE, act_rename},
	{"unlink", AW_CLASS_FILE, act_unlink},
	{"rmdir", AW_CLASS_FILE, act_rmdir},
	{"chmod", AW_CLASS_FILE, act_chmod},
	{"chown", AW_CLASS_FILE, act_chown},
	{"set an attribute", AW_CLASS_FILE, act_xattr},
	{"set times", AW_CLASS_FILE, act_times},
	{"truncate", AW_CLASS_FILE, act_truncate},
	{"ftruncate", AW_CLASS_FILE, act_ftruncate},
	{"map to execute", AW_CLASS_EXEC, act_map},
	{"protect to execute", AW_CLASS_EXEC, act_protect},
	{"tcp connect", AW_CLASS_NET, act_tcp},
	{"udp connect", AW_CLASS_NET, act_udp_connect},
	{"udp send", AW_CLASS_NET, act_udp_send},
	{"unix stream", AW_CLASS_UNIX, act_unix_stream},
	{"unix datagram", AW_CLASS_UNIX, act_unix_datagram},
	{"unix abstract", AW_CLASS_UNIX, act_unix_abstract},
	{"exec", AW_CLASS_EXEC, act_exec},
};

const struct aw_canary_act *aw_canary_act_at(size_t i)
{
	return i < sizeof(acts) / sizeof(*acts) ? &acts[i] : NULL;
}
