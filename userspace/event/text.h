/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events in words: the names of what the records number, full paths, addresses, event ids and one
 * line for people. The names are part of the documented format (docs/EVENTS.md): they never change.
 */
#pragma once

#include "base/buffer.h"
#include "base/clock.h"
#include "event/event.h"

/* "policy", "denied", "file_open", "path" …; "unknown" outside the range. */
const char *aw_reason_name(enum aw_reason reason);
/* One sentence for people: why an object got its verdict without the policy being asked. */
const char *aw_reason_text(enum aw_reason reason);
/* Why a process does not have what its classes give: "mapped" …, and in words. */
const char *aw_lost_name(enum aw_lost lost);
const char *aw_lost_text(enum aw_lost lost);
const char *aw_effect_name(enum aw_effect effect);
const char *aw_hook_name(enum aw_hook hook);
const char *aw_object_name(enum aw_object object);
const char *aw_role_name(enum aw_role role);
const char *aw_ring_name(enum aw_ring ring);
/* "operation", "exec", "fork", "exit", "cgroup". */
const char *aw_rec_type_name(enum aw_rec_type type);

#define AW_ERRNO_NAME_SIZE 24
/* "EACCES" for 13 and -13; "ERRNO_513" where libc has no name. Returns ret. */
const char *aw_errno_name(int error, char ret[static AW_ERRNO_NAME_SIZE]);
/* "tcp", "udp", "icmp" … of an IPPROTO_ number; NULL where it is none of these. */
const char *aw_protocol_name(uint8_t protocol);
#define AW_ADDRESS_TEXT_SIZE 46
/* Network order; ::ffff:a.b.c.d is written "a.b.c.d". Returns ret. */
const char *aw_address_text(const uint8_t address[16], char ret[static AW_ADDRESS_TEXT_SIZE]);

/*
 * Where a name really is: the anchor's folder and the rest; names without an anchor are absolute
 * already. An anchor that the context does not bind becomes "${ANCHOR_0}". context may be NULL.
 */
int aw_event_append_path(struct aw_buffer *buffer, const struct aw_event_context *context,
			 uint8_t anchor, struct aw_bytes name);

/*
 * The id of an event: "<boot, 8 digits>-<time, hex>-<cpu>-<d or o><seq>", unique on a host and
 * in the order of time. boot_id as aw_clock_boot_id gives it.
 */
#define AW_EVENT_ID_SIZE 64
void aw_event_id(const struct aw_event *event, const char *boot_id,
		 char ret[static AW_EVENT_ID_SIZE]);

/* The object as people read it: "~/.bashrc", "a.example (10.0.0.1) port 443 (tcp)" …, harmless. */
int aw_event_append_object(struct aw_buffer *buffer, const struct aw_event *event);
/*
 * One line without its end: "DENIED write ~/.bashrc by /usr/bin/python3 (pid 12 ← bash ← claude)
 * rule home.startup: reason". Untrusted text is harmless.
 */
int aw_event_append_text(struct aw_buffer *buffer, const struct aw_event *event);
