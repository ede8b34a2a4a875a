/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The warnings of `why` from the list that learning uses (baseline/sensitive.h): what nothing is
 * generalised over is not allowed by hand without a word either. The one file of event/ that knows
 * of baseline/, whose headers include none of it.
 */
#pragma once

#include "event/event.h"

/* For aw_why_options.sensitive; needs no userdata. Static text, or NULL. */
const char *aw_why_sensitive(void *userdata, enum aw_op op, const char *anchor,
			     struct aw_bytes name, const uint8_t address[16]);
