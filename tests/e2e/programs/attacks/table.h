/* SPDX-License-Identifier: Apache-2.0 */
/* All rows. */
#pragma once

#include "descriptor_rows.h"
#include "exec_rows.h"
#include "label_rows.h"
#include "net_rows.h"
#include "object_rows.h"
#include "path_rows.h"
#include "place_rows.h"
#include "ring_rows.h"
#include "tool_rows.h"
#include "unix_rows.h"

static const struct {
	const struct attack *rows;
	size_t n;
} tables[] = {
#define TABLE(rows)                                  \
	{                                            \
		rows, sizeof(rows) / sizeof(*(rows)) \
	}
	TABLE(path_attacks),	   TABLE(object_attacks), TABLE(exec_attacks),	TABLE(ring_attacks),
	TABLE(unix_attacks),	   TABLE(label_attacks),  TABLE(place_attacks), TABLE(tool_attacks),
	TABLE(descriptor_attacks), TABLE(net_attacks),
#undef TABLE
};

/* The n-th row, or NULL at the end. */
static const struct attack *attack_at(size_t n)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		if (n < tables[i].n)
			return &tables[i].rows[n];
		n -= tables[i].n;
	}
	return NULL;
}
