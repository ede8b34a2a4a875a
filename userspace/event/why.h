/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explains one recorded event from the events file alone (and the policy's source, where it is at
 * hand): what happened, who did it, which rule of which policy decided, and the exact line of YAML
 * that would allow it. For operators (`why EVENT`), and for an agent about itself (`why --self`).
 */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/diag.h"
#include "event/event.h"
#include "policy/policy.h"

#define AW_WHY_LINE_MAX (1u << 20) /* bytes of one line; longer ones are skipped */
#define AW_WHY_SELF_MAX 1000	   /* denials that an agent gets to see at once */

struct aw_why_options {
	/* The source of the policy with this hash (64 hex digits); NULL where it is not at hand. */
	const struct aw_policy *(*policy)(void *userdata, const char *hash);
	/*
	 * Why it is dangerous to allow this, for people; NULL: nothing is known. anchor is NULL for
	 * absolute names; both are NULL for addresses. May be NULL itself.
	 */
	const char *(*sensitive)(void *userdata, enum aw_op op, const char *anchor,
				 struct aw_bytes name, const uint8_t address[16]);
	void *userdata;
};

/*
 * Finds the event with this id, or the only one whose id starts with it, in a stream of lines.
 * -ENOENT, -ENOTUNIQ, -EINVAL (no id at all), -EIO; reterr says more. ret: json_decref.
 */
int aw_why_find(FILE *events, const char *id, json_t **ret, struct aw_diag *reterr);

/* The explanation of one event line, for people or as one JSON object. -EBADMSG: not an event. */
int aw_why_format(const json_t *event, const struct aw_why_options *options, struct aw_buffer *ret);
int aw_why_format_json(const json_t *event, const struct aw_why_options *options,
		       struct aw_buffer *ret);

/*
 * The last denials (1 to AW_WHY_SELF_MAX) of one run, oldest first, short, with what to do about
 * them, for the agent itself; nothing of any other run. -EINVAL: no run or number.
 */
int aw_why_self(FILE *events, const char *run_id, size_t n, struct aw_buffer *ret);
int aw_why_self_json(FILE *events, const char *run_id, size_t n, struct aw_buffer *ret);

enum aw_fix_kind {
	AW_FIX_NONE,  /* no rule would help; note says why */
	AW_FIX_ALLOW, /* add a rule that allows it */
	AW_FIX_LIFT,  /* add a rule that lifts the denial for this object */
};

/* What would allow an operation. Free yaml. */
struct aw_fix {
	enum aw_fix_kind kind;
	char *yaml;	  /* "- {id: …}", one line; NULL for AW_FIX_NONE */
	const char *note; /* static text, or NULL */
};

/* -EBADMSG: the line is not an operation. */
int aw_why_fix(const json_t *event, const struct aw_why_options *options, struct aw_fix *ret);
