/* SPDX-License-Identifier: Apache-2.0 */
/* An operation's line read back. For the why files of this folder only. */
#pragma once

#include <jansson.h>

#include "base/buffer.h"
#include "event/event.h"
#include "policy/policy.h"

/* Text is borrowed from the JSON and NULL where absent; the buffers are owned. */
struct aw_why_event {
	enum aw_op op;
	enum aw_object object;
	enum aw_verdict verdict;
	enum aw_effect effect;
	enum aw_reason reason;
	enum aw_lost lost;     /* why the process did not have what its classes give */
	struct aw_buffer name; /* as the kernel matched it: below the anchor, or all of it */
	struct aw_buffer host; /* that was asked for, or that the address is leased to */
	struct aw_buffer path; /* where it really is; empty for what has no path */
	const char *anchor;    /* "HOME"; NULL: none */
	bool is_bound;	       /* the anchor's name is known */
	uint8_t address[16];
	uint16_t port;
	uint32_t conditions; /* bits of enum aw_condition; 0 where they were not looked at */
	const char *rule_id;
	const char *rule_reason;
	const json_t *budget; /* that is spent; NULL where the line tells of none */
	const char *policy_name;
	const char *policy_hash;
};

#define _cleanup_why_event_ _cleanup_(aw_why_event_done)

/* -EBADMSG: not the line of an operation, -ENOMEM. */
int aw_why_event_read(const json_t *line, struct aw_why_event *ret);
void aw_why_event_done(struct aw_why_event *event);

/* A field of an object as text; NULL where it is absent or none. */
const char *aw_why_text(const json_t *object, const char *key);
/* The bytes of a field: its sibling "_hex" where it has one. Nothing where it is absent. */
int aw_why_bytes(const json_t *object, const char *key, struct aw_buffer *ret);
/* The deciding rule in the policy: by the id in the event, else asked for; NULL where unknown. */
const struct aw_rule *aw_why_rule(const struct aw_why_event *event, const struct aw_policy *policy);

struct aw_why_options;

/* Why it is dangerous to allow this; NULL where nothing is known. */
const char *aw_why_warning(const struct aw_why_event *event, const struct aw_why_options *options);
