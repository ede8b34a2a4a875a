/* SPDX-License-Identifier: Apache-2.0 */
/* One line of an events file in words, on one line. Untrusted text is made harmless. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/buffer.h"

/* Without an end of line. −EBADMSG: a JSON object that is no event. */
int aw_event_line_format(const json_t *event, bool has_colour, struct aw_buffer *ret);

/* Whether it is of this agent (slot number or name; NULL: any), and a denial, where asked for. */
bool aw_event_line_matches(const json_t *event, const char *agent, bool only_denials);
