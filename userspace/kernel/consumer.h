/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reading end of the rings: one slot with two rings for this process. Records are handed on as
 * bytes; event/decode.h knows what they mean.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "abi/event.h"
#include "kernel/host.h"

struct aw_consumer;

/* data is borrowed for the call. A negative return stops the poll and is passed on. */
typedef int (*aw_consumer_fn)(enum aw_ring ring, const void *data, size_t size, void *userdata);

/* Sizes are rounded up to powers of two of at least a page. −ENOSPC: AW_RINGS_MAX consumers. */
int aw_consumer_open(struct aw_consumer **ret, struct aw_host *host, size_t decisions_bytes,
		     size_t observations_bytes, aw_consumer_fn fn, void *userdata,
		     struct aw_diag *reterr);
struct aw_consumer *aw_consumer_close(struct aw_consumer *consumer);
AW_DEFINE_CLEANUP(struct aw_consumer *, aw_consumer_close);

uint32_t aw_consumer_slot(const struct aw_consumer *consumer);

/* For poll(2) together with other files: readable when records wait. */
int aw_consumer_fd(const struct aw_consumer *consumer);

/*
 * Hands on what is there; decisions first. timeout_ms as in poll(2). Returns records, or −errno.
 * Call it at least every AW_DEFERRED_NS, whether aw_consumer_fd() is readable or not: a refused
 * create of a task that does nothing afterwards is handed on from here.
 */
int aw_consumer_poll(struct aw_consumer *consumer, int timeout_ms);
