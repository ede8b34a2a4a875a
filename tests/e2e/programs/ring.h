/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of io_uring for one entry at a time, without liburing. */
#pragma once

#include <errno.h>
#include <linux/io_uring.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RING_ENTRIES 4

struct ring {
	int fd;
	unsigned int flags;
	unsigned int *tail, *array, *ring_flags;
	struct io_uring_sqe *entries;
	unsigned int *head_done, *tail_done;
	struct io_uring_cqe *done;
};

static inline int ring_open(struct ring *r, unsigned int flags)
{
	struct io_uring_params p = {.flags = flags, .sq_thread_idle = 1000};
	int prot = PROT_READ | PROT_WRITE;
	size_t bytes;
	char *queue;

	*r = (struct ring){.flags = flags};
	r->fd = (int)syscall(SYS_io_uring_setup, RING_ENTRIES, &p);
	if (r->fd < 0)
		return -errno;
	bytes = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	if (bytes < p.sq_off.array + p.sq_entries * sizeof(unsigned int))
		bytes = p.sq_off.array + p.sq_entries * sizeof(unsigned int);
	queue = mmap(NULL, bytes, prot, MAP_SHARED, r->fd, IORING_OFF_SQ_RING);
	r->entries = mmap(NULL, p.sq_entries * sizeof(*r->entries), prot, MAP_SHARED, r->fd,
			  IORING_OFF_SQES);
	if (queue == MAP_FAILED || r->entries == MAP_FAILED)
		return -errno;
	r->tail = (void *)(queue + p.sq_off.tail);
	r->array = (void *)(queue + p.sq_off.array);
	r->ring_flags = (void *)(queue + p.sq_off.flags);
	r->head_done = (void *)(queue + p.cq_off.head);
	r->tail_done = (void *)(queue + p.cq_off.tail);
	r->done = (void *)(queue + p.cq_off.cqes);
	return 0;
}

/* Has one entry done and returns what came of it. */
static inline int ring_do(struct ring *r, const struct io_uring_sqe *entry)
{
	unsigned int head = *r->head_done, flags = IORING_ENTER_GETEVENTS;

	r->entries[0] = *entry;
	r->array[*r->tail % RING_ENTRIES] = 0;
	__atomic_store_n(r->tail, *r->tail + 1, __ATOMIC_SEQ_CST);
	if (r->flags & IORING_SETUP_SQPOLL &&
	    __atomic_load_n(r->ring_flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP)
		flags |= IORING_ENTER_SQ_WAKEUP;
	while (syscall(SYS_io_uring_enter, r->fd, r->flags & IORING_SETUP_SQPOLL ? 0 : 1, 1, flags,
		       NULL, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (__atomic_load_n(r->tail_done, __ATOMIC_ACQUIRE) == head)
		return -EIO;
	__atomic_store_n(r->head_done, head + 1, __ATOMIC_RELEASE);
	return r->done[head % (2 * RING_ENTRIES)].res;
}

static inline int ring_once(unsigned int flags, const struct io_uring_sqe *entry)
{
	struct ring r;
	int err = ring_open(&r, flags);

	err = err ?: ring_do(&r, entry);
	return err > 0 ? 0 : err;
}
