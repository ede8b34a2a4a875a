/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and columns, printed aligned for people or as a JSON array of objects for programs. */
#pragma once

#include <stdio.h>

#include "base/buffer.h"

#define AW_TABLE_COLUMNS_MAX 32

enum aw_table_kind {
	AW_TABLE_TEXT,
	AW_TABLE_NUMBER, /* right-aligned; a JSON number where the cell is one */
	AW_TABLE_BOOL,	 /* cells "yes" and "no"; true and false in JSON */
};

struct aw_table_column {
	const char *title; /* "AGENT" */
	const char *key;   /* "agent", in JSON */
	enum aw_table_kind kind;
};

struct aw_table;

/* Columns are borrowed (usually a static table). -ENOMEM. */
int aw_table_new(struct aw_table **ret, const struct aw_table_column *columns, size_t n_columns);
struct aw_table *aw_table_free(struct aw_table *table);
AW_DEFINE_CLEANUP(struct aw_table *, aw_table_free);

/* Copies one cell per column; NULL is "-" and null. Cells may hold untrusted text. -ENOMEM. */
int aw_table_add(struct aw_table *table, const char *const *cells);
size_t aw_table_rows(const struct aw_table *table);

/* To a buffer; the buffer's error. Without rows: the titles, or "[]". */
int aw_table_format(const struct aw_table *table, struct aw_buffer *ret);
int aw_table_format_json(const struct aw_table *table, struct aw_buffer *ret);
/* To a stream, as JSON or not; -EIO where that fails. */
int aw_table_print(const struct aw_table *table, FILE *stream, int as_json);
