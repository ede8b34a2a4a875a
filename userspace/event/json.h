/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events as lines of JSON, in the format that docs/EVENTS.md and docs/events.schema.json describe.
 * Where the lines go is a sink's business.
 */
#pragma once

#include "abi/counters.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "event/event.h"

#define AW_EVENT_FORMAT_VERSION 1 /* of the lines; new fields alone do not raise it */

/* Where the lines come from. Borrowed. */
struct aw_event_origin {
	const char *host;
	const char *boot_id; /* as aw_clock_boot_id gives it */
};

/* All of these append one line with its "\n"; the buffer's error, nothing is appended then. */

int aw_event_to_json(const struct aw_event *event, const struct aw_event_origin *origin,
		     struct aw_buffer *ret);

/* Who a line that is not a kernel record is about. */
struct aw_event_agent {
	uint32_t agent; /* slot */
	uint32_t agent_generation;
	const struct aw_event_context *context;
	uint64_t wall_ns; /* of the line */
};

/* What was lost on the way, besides what the kernel counts. */
struct aw_run_losses {
	uint64_t received[AW_RINGS]; /* records of this agent that came out of the rings */
	bool has_received;	     /* else they were not counted apart */
	uint64_t undecodable;
	uint64_t unwritten; /* lines that a sink could not take */
	uint64_t forgotten; /* living processes that the process table had no room for */
};

struct aw_run_report {
	struct aw_event_agent agent;
	const char *agentwatch;	    /* version of the program */
	const char *const *command; /* NULL-terminated, or NULL: an existing cgroup */
	enum aw_mode modes[AW_OP_CLASSES];
	uint64_t policy_id; /* 0: none */

	/* At the end. */
	int wait_status; /* as wait(2) has it */
	bool has_status; /* false: nothing was started, or its end was not seen */
	const struct aw_counters *counters;
	struct aw_run_losses losses;
	const char *why_partial; /* what else was wrong; NULL: nothing */
};

int aw_run_start_to_json(const struct aw_run_report *run, const struct aw_event_origin *origin,
			 struct aw_buffer *ret);
/* Its policy or modes were changed while it runs. */
int aw_run_change_to_json(const struct aw_run_report *run, const struct aw_event_origin *origin,
			  struct aw_buffer *ret);
int aw_run_end_to_json(const struct aw_run_report *run, const struct aw_event_origin *origin,
		       struct aw_buffer *ret);
/* Whether everything that happened is known: nothing lost anywhere, nothing else wrong. */
bool aw_run_is_complete(const struct aw_run_report *run);

enum aw_loss_cause {
	AW_LOSS_RING,	/* a ring had no room */
	AW_LOSS_DECODE, /* a record could not be decoded */
	AW_LOSS_SINK,	/* a sink could not take a line */
	AW_LOSS_CAUSES,
};

struct aw_loss {
	struct aw_event_agent agent;
	enum aw_loss_cause cause;
	enum aw_ring ring; /* AW_LOSS_RING */
	uint64_t lost;	   /* since the last such line */
	uint64_t total;	   /* of this run */
};

int aw_loss_to_json(const struct aw_loss *loss, const struct aw_event_origin *origin,
		    struct aw_buffer *ret);
const char *aw_loss_cause_name(enum aw_loss_cause cause);
