/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act: open a token through io_uring, without a system call for it
 * expect: read {HOME}/.git-credentials
 */
#include <linux/io_uring.h>

#include "act.h"

static int open_by_ring(int ring, const struct io_uring_params *p, const char *path)
{
	size_t sq_bytes = p->sq_off.array + p->sq_entries * sizeof(unsigned);
	size_t cq_bytes = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	size_t bytes = sq_bytes > cq_bytes ? sq_bytes : cq_bytes;
	int prot = PROT_READ | PROT_WRITE;
	char *queue = mmap(NULL, bytes, prot, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	struct io_uring_sqe *entry =
		mmap(NULL, p->sq_entries * sizeof(*entry), prot, MAP_SHARED, ring, IORING_OFF_SQES);
	struct io_uring_cqe *done;

	if (queue == MAP_FAILED || entry == MAP_FAILED)
		return errno;
	memset(entry, 0, sizeof(*entry));
	entry->opcode = IORING_OP_OPENAT;
	entry->fd = AT_FDCWD;
	entry->addr = (unsigned long)path;
	entry->open_flags = O_RDONLY;
	*(unsigned *)(queue + p->sq_off.array) = 0;
	__atomic_store_n((unsigned *)(queue + p->sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return errno;
	done = (struct io_uring_cqe *)(queue + p->cq_off.cqes);
	return done->res < 0 ? -done->res : 0;
}

int act(void)
{
	struct io_uring_params p = {.flags = 0};
	int ring = (int)syscall(SYS_io_uring_setup, 2, &p);

	if (ring < 0)
		return errno;
	return open_by_ring(ring, &p, ACT_HOME "/.git-credentials");
}
