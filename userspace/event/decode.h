/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the bytes of a ring record to an event. Nothing in the bytes is trusted: every length is
 * checked against the size, every enum against its range, before anything is read through it.
 */
#pragma once

#include <stddef.h>

#include "event/event.h"

/*
 * Decodes one record of `size` bytes that came through this kind of ring. Byte strings of the event
 * are borrowed from the record; what enrich fills is zero. A record that is larger than this
 * version knows is accepted, its end ignored. Errors, for the caller to count:
 *   -EBADMSG          too short, a length beyond the record, a value outside its range
 *   -EPROTONOSUPPORT  another version of the records
 *   -ENOMSG           a type of record that this version does not know
 */
int aw_event_decode(const void *record, size_t size, enum aw_ring ring, struct aw_event *ret);
