/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two ring buffers and a slot that agents name; see consumer.h.
 */
#include "kernel/consumer.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "abi/counters.h"
#include "kernel/host_private.h"
#include "kernel/lock.h"
#include "kernel/owner.h"

struct aw_consumer_ring {
	enum aw_ring kind;
	struct aw_consumer *consumer;
	struct ring_buffer *reader;
};

struct aw_consumer {
	struct aw_host *host; /* borrowed */
	uint32_t slot;
	int epoll_fd;
	aw_consumer_fn fn;
	void *userdata;
	struct aw_consumer_ring rings[AW_RINGS];
};

static const char *const outer_names[] = {
	[AW_RING_DECISIONS] = "aw_rings_decisions",
	[AW_RING_OBSERVATIONS] = "aw_rings_observations",
};
static_assert(sizeof(outer_names) / sizeof(*outer_names) == AW_RINGS, "a map for each");

static int hand_on(void *context, void *data, size_t size)
{
	struct aw_consumer_ring *ring = context;

	return ring->consumer->fn(ring->kind, data, size, ring->consumer->userdata);
}

static size_t ring_size(size_t wanted)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);

	while (size < wanted)
		size *= 2;
	return size;
}

static int make_ring(struct aw_consumer *consumer, enum aw_ring kind, size_t bytes)
{
	struct aw_consumer_ring *ring = &consumer->rings[kind];
	struct epoll_event event = {.events = EPOLLIN};
	_cleanup_close_ int map = -1;

	map = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "aw_ring", 0, 0, (__u32)ring_size(bytes), NULL);
	if (map < 0)
		return map;
	ring->kind = kind;
	ring->consumer = consumer;
	ring->reader = ring_buffer__new(map, hand_on, ring, NULL);
	if (!ring->reader)
		return -errno;
	if (epoll_ctl(consumer->epoll_fd, EPOLL_CTL_ADD, ring_buffer__epoll_fd(ring->reader),
		      &event) < 0)
		return -errno;
	if (bpf_map_update_elem(aw_host_map(consumer->host, outer_names[kind]), &consumer->slot,
				&map, BPF_ANY) < 0)
		return -errno;
	return 0;
}

/* Slot 0 is nobody's. A dead owner's slot is free again. */
static int claim_slot(struct aw_host *host, uint32_t *ret)
{
	int owners = aw_host_map(host, "aw_ring_owners");
	struct aw_owner owner, self;
	int err = aw_owner_of(getpid(), &self);

	if (err < 0)
		return err;
	for (uint32_t slot = 1; slot < AW_RINGS_MAX; slot++) {
		if (bpf_map_lookup_elem(owners, &slot, &owner) < 0)
			return -errno;
		if (aw_owner_alive(&owner))
			continue;
		if (bpf_map_update_elem(owners, &slot, &self, BPF_ANY) < 0)
			return -errno;
		*ret = slot;
		return 0;
	}
	return -ENOSPC;
}

static void release_slot(struct aw_consumer *consumer)
{
	struct aw_owner nobody = {0};

	if (!consumer->slot)
		return;
	for (int kind = 0; kind < AW_RINGS; kind++)
		bpf_map_delete_elem(aw_host_map(consumer->host, outer_names[kind]),
				    &consumer->slot);
	bpf_map_update_elem(aw_host_map(consumer->host, "aw_ring_owners"), &consumer->slot, &nobody,
			    BPF_ANY);
}

struct aw_consumer *aw_consumer_close(struct aw_consumer *consumer)
{
	_cleanup_close_ int lock = -1;

	if (!consumer)
		return NULL;
	aw_lock_take(&lock, NULL);
	release_slot(consumer);
	for (int kind = 0; kind < AW_RINGS; kind++)
		ring_buffer__free(consumer->rings[kind].reader);
	if (consumer->epoll_fd >= 0)
		close(consumer->epoll_fd);
	free(consumer);
	return NULL;
}

static int open_rings(struct aw_consumer *consumer, size_t decisions_bytes,
		      size_t observations_bytes)
{
	int err;

	consumer->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (consumer->epoll_fd < 0)
		return -errno;
	err = claim_slot(consumer->host, &consumer->slot);
	if (!err)
		err = make_ring(consumer, AW_RING_DECISIONS, decisions_bytes);
	if (!err)
		err = make_ring(consumer, AW_RING_OBSERVATIONS, observations_bytes);
	return err;
}

int aw_consumer_open(struct aw_consumer **ret, struct aw_host *host, size_t decisions_bytes,
		     size_t observations_bytes, aw_consumer_fn fn, void *userdata,
		     struct aw_diag *reterr)
{
	struct aw_consumer *consumer = calloc(1, sizeof(*consumer));
	_cleanup_close_ int lock = -1;
	int err;

	if (!consumer)
		return aw_diag_set(reterr, -ENOMEM, NULL, 0, 0, NULL, "out of memory");
	*consumer =
		(struct aw_consumer){.host = host, .epoll_fd = -1, .fn = fn, .userdata = userdata};
	err = aw_lock_take(&lock, reterr);
	if (!err)
		err = open_rings(consumer, decisions_bytes, observations_bytes);
	if (lock >= 0)
		close(TAKE_FD(lock)); /* closing takes it again */
	if (err < 0) {
		aw_consumer_close(consumer);
		return aw_diag_set(reterr, err, NULL, 0, 0, NULL,
				   err == -ENOSPC ? "%d commands read events already "
						    "(AW_RINGS_MAX)"
						  : "cannot open the event rings of %d slots",
				   AW_RINGS_MAX - 1);
	}
	*ret = consumer;
	return 0;
}

uint32_t aw_consumer_slot(const struct aw_consumer *consumer)
{
	return consumer->slot;
}

int aw_consumer_fd(const struct aw_consumer *consumer)
{
	return consumer->epoll_fd;
}

static uint64_t boot_time_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool is_ours(const struct aw_consumer *consumer, const struct aw_deferred *deferred)
{
	return deferred->head.agent < AW_AGENTS_MAX &&
	       consumer->host->agents[deferred->head.agent].ring_slot == consumer->slot;
}

/*
 * Creates whose task has done nothing since: their outcome is that they were refused, or that the
 * file system failed. Taken out of the map in one step, so that it is told once.
 */
static int take_deferred(struct aw_consumer *consumer)
{
	int map = aw_host_map(consumer->host, "aw_deferred");
	uint64_t now = boot_time_ns();
	struct aw_deferred deferred;
	__u32 key, next;
	int err, n = 0, more = bpf_map_get_next_key(map, NULL, &next);

	while (!more) {
		key = next;
		more = bpf_map_get_next_key(map, &key, &next);
		if (bpf_map_lookup_elem(map, &key, &deferred) < 0 ||
		    !is_ours(consumer, &deferred) || deferred.head.time_ns + AW_DEFERRED_NS > now)
			continue;
		if (bpf_map_lookup_and_delete_elem(map, &key, &deferred) < 0 ||
		    deferred.head.size > sizeof(deferred.record))
			continue;
		err = consumer->fn(deferred.head.kind, deferred.record, deferred.head.size,
				   consumer->userdata);
		if (err < 0)
			return err;
		n++;
	}
	return n;
}

int aw_consumer_poll(struct aw_consumer *consumer, int timeout_ms)
{
	struct epoll_event events[AW_RINGS];
	int n, total = 0;

	if (timeout_ms && epoll_wait(consumer->epoll_fd, events, AW_RINGS, timeout_ms) < 0)
		return errno == EINTR ? 0 : -errno;
	for (int kind = 0; kind < AW_RINGS; kind++) {
		n = ring_buffer__consume(consumer->rings[kind].reader);
		if (n < 0)
			return n;
		total += n;
	}
	n = take_deferred(consumer);
	return n < 0 ? n : total + n;
}
