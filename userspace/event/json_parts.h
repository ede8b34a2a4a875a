/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that several kinds of lines share. For the json files of this folder only. */
#pragma once

#include "base/json.h"
#include "event/json.h"

/* Begins the object of a line: version, type, time, host. */
void aw_line_begin(struct aw_json *json, struct aw_buffer *out, const char *type, uint64_t wall_ns,
		   const struct aw_event_origin *origin);
/* Ends it. On an error the buffer is cut back to `before` bytes and keeps the error. */
int aw_line_end(struct aw_json *json, size_t before);

void aw_line_time(struct aw_json *json, const char *key, uint64_t wall_ns);
void aw_line_agent(struct aw_json *json, uint32_t agent, uint32_t generation,
		   const struct aw_event_context *context);
void aw_line_policy(struct aw_json *json, uint64_t policy_id,
		    const struct aw_event_context *context);
/* {"code":0} or {"signal":"SIGKILL","core":false} */
void aw_line_status(struct aw_json *json, const char *key, int wait_status);
/* An array of strings, and "<key>_hex" where one of them is no text. */
void aw_line_strings(struct aw_json *json, const char *key, const struct aw_bytes *strings,
		     size_t n);

/* The process of an event, and what it did: operation, object, verdict, rule … */
void aw_line_process(struct aw_json *json, const struct aw_event *event);
void aw_line_operation(struct aw_json *json, const struct aw_event *event);
