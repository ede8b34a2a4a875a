/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BPF iterators: a link on one of them is read like a file. See identify.h.
 */
#include "kernel/identify.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "kernel/host_private.h"

#define KERNEL_MINOR_BITS 20

/* An open iterator of a pinned program; pid 0: over all tasks. */
static int open_iterator(const char *program, uint32_t pid, int *ret_fd)
{
	_cleanup_close_ int fd = bpf_obj_get(program), link = -1, iterator = -1;
	union bpf_iter_link_info info = {.task = {.pid = pid}};
	LIBBPF_OPTS(bpf_link_create_opts, options);

	if (fd < 0)
		return -errno;
	if (pid) {
		options.iter_info = &info;
		options.iter_info_len = sizeof(info);
	}
	link = bpf_link_create(fd, 0, BPF_TRACE_ITER, &options);
	if (link < 0)
		return -errno;
	iterator = bpf_iter_create(link);
	if (iterator < 0)
		return -errno;
	*ret_fd = TAKE_FD(iterator);
	return 0;
}

static int ask_kernel(int fd, struct aw_identity *ret)
{
	_cleanup_close_ int iterator = -1;
	struct aw_identity identity;
	ssize_t n;
	int err = open_iterator(AW_PIN_PROGRAMS "/aw_identify", (uint32_t)getpid(), &iterator);

	if (err < 0)
		return err;
	while ((n = read(iterator, &identity, sizeof(identity))) == sizeof(identity)) {
		if (identity.fd == (uint32_t)fd) {
			*ret = identity;
			return 0;
		}
	}
	return n < 0 ? -errno : -ENOENT;
}

int aw_identify_folder(struct aw_host *host, const char *path, uint32_t *ret_dev, uint64_t *ret_ino)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st, root;

	if (fd < 0 || fstat(fd, &st) < 0 || stat("/", &root) < 0)
		return -errno;
	if (st.st_dev == root.st_dev && st.st_ino == root.st_ino)
		return -EINVAL;
	return aw_identify_descriptor(host, fd, ret_dev, ret_ino);
}

int aw_identify_descriptor(struct aw_host *host, int fd, uint32_t *ret_dev, uint64_t *ret_ino)
{
	struct aw_identity identity = {0};
	struct stat st;
	int err;

	if (host->attach == AW_ATTACH_OBSERVE) {
		/* Iterators are refused here too; right on everything but btrfs and overlayfs. */
		if (fstat(fd, &st) < 0)
			return -errno;
		*ret_dev = major(st.st_dev) << KERNEL_MINOR_BITS | minor(st.st_dev);
		*ret_ino = st.st_ino;
		return 0;
	}
	err = ask_kernel(fd, &identity);
	if (err < 0)
		return err;
	*ret_dev = identity.dev;
	*ret_ino = identity.ino;
	return 0;
}

int aw_label_tasks_inside(struct aw_host *host)
{
	_cleanup_close_ int iterator = -1;
	char buffer[64];
	ssize_t n;
	int err;

	if (host->attach == AW_ATTACH_OBSERVE)
		return 0;
	err = open_iterator(AW_PIN_PROGRAMS "/aw_label_inside", 0, &iterator);
	if (err < 0)
		return err;
	do
		n = read(iterator, buffer, sizeof(buffer));
	while (n > 0 || (n < 0 && errno == EAGAIN));
	return n < 0 ? -errno : 0;
}
