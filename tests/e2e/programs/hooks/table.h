/* SPDX-License-Identifier: Apache-2.0 */
/* All rows, numbered through. */
#pragma once

#include "attr_rows.h"
#include "descriptor_rows.h"
#include "exec_rows.h"
#include "file_rows.h"
#include "net_rows.h"
#include "task_rows.h"
#include "unix_rows.h"

static const struct {
	const struct row *rows;
	size_t n;
} tables[] = {
#define TABLE(rows)                                  \
	{                                            \
		rows, sizeof(rows) / sizeof(*(rows)) \
	}
	TABLE(net_rows),  TABLE(file_rows), TABLE(attr_rows),	    TABLE(exec_rows),
	TABLE(unix_rows), TABLE(task_rows), TABLE(descriptor_rows),
#undef TABLE
};

/* The n-th row, or NULL at the end. */
static const struct row *row_at(size_t n)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		if (n < tables[i].n)
			return &tables[i].rows[n];
		n -= tables[i].n;
	}
	return NULL;
}
