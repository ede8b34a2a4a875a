/* SPDX-License-Identifier: Apache-2.0 */
/* Tables: cells are kept as given; widths and escapes are worked out when printed. */
#include "base/table.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/term.h"
#include "base/utf8.h"
#include "base/vec.h"

#define COLUMN_GAP 2

struct aw_table {
	const struct aw_table_column *columns;
	size_t n_columns;
	AW_VEC(char *) cells; /* row by row; NULL where absent */
};

int aw_table_new(struct aw_table **ret, const struct aw_table_column *columns, size_t n_columns)
{
	struct aw_table *table = calloc(1, sizeof(*table));

	assert(n_columns > 0 && n_columns <= AW_TABLE_COLUMNS_MAX);
	if (!table)
		return -ENOMEM;
	table->columns = columns;
	table->n_columns = n_columns;
	*ret = table;
	return 0;
}

struct aw_table *aw_table_free(struct aw_table *table)
{
	if (!table)
		return NULL;
	aw_vec_for_each (cell, &table->cells)
		free(*cell);
	aw_vec_done(&table->cells);
	free(table);
	return NULL;
}

size_t aw_table_rows(const struct aw_table *table)
{
	assert(table->n_columns > 0);
	return table->cells.n / table->n_columns;
}

int aw_table_add(struct aw_table *table, const char *const *cells)
{
	size_t before = table->cells.n;

	for (size_t i = 0; i < table->n_columns; i++) {
		char *copy = cells[i] ? strdup(cells[i]) : NULL;

		if ((cells[i] && !copy) || aw_vec_push(&table->cells, copy) < 0) {
			free(copy);
			goto undo;
		}
	}
	return 0;

undo:
	while (table->cells.n > before)
		free(table->cells.items[--table->cells.n]);
	return -ENOMEM;
}

/* A cell as it is shown. */
static void append_cell(struct aw_buffer *out, const char *cell)
{
	if (cell)
		aw_term_append_text(out, cell, strlen(cell));
	else
		aw_buffer_append_char(out, '-');
}

static size_t width_of(const char *cell)
{
	_cleanup_buffer_ struct aw_buffer shown = {};

	append_cell(&shown, cell);
	return aw_utf8_width(shown.data, shown.length);
}

static void pad(struct aw_buffer *out, size_t width)
{
	while (width-- > 0)
		aw_buffer_append_char(out, ' ');
}

static void format_row(const struct aw_table *table, char *const *cells, const size_t *widths,
		       struct aw_buffer *out)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		size_t missing = widths[i] - width_of(cells[i]);

		if (i > 0)
			pad(out, COLUMN_GAP);
		if (table->columns[i].kind == AW_TABLE_NUMBER)
			pad(out, missing);
		append_cell(out, cells[i]);
		if (table->columns[i].kind != AW_TABLE_NUMBER && i + 1 < table->n_columns)
			pad(out, missing);
	}
	aw_buffer_append_char(out, '\n');
}

int aw_table_format(const struct aw_table *table, struct aw_buffer *ret)
{
	char *titles[AW_TABLE_COLUMNS_MAX];
	size_t widths[AW_TABLE_COLUMNS_MAX];

	assert(table->n_columns > 0);
	for (size_t i = 0; i < table->n_columns; i++) {
		titles[i] = (char *)table->columns[i].title;
		widths[i] = width_of(titles[i]);
	}
	for (size_t i = 0; i < table->cells.n; i++) {
		size_t width = width_of(table->cells.items[i]);

		if (width > widths[i % table->n_columns])
			widths[i % table->n_columns] = width;
	}
	format_row(table, titles, widths, ret);
	for (size_t row = 0; row < aw_table_rows(table); row++)
		format_row(table, table->cells.items + row * table->n_columns, widths, ret);
	return ret->error;
}

/* An integer or decimal fraction as JSON spells them. */
static bool is_number(const char *text)
{
	size_t n;

	if (*text == '-')
		text++;
	n = strspn(text, "0123456789");
	if (n == 0 || (n > 1 && *text == '0'))
		return false;
	text += n;
	if (*text == '.') {
		n = strspn(text + 1, "0123456789");
		if (n == 0)
			return false;
		text += 1 + n;
	}
	return *text == '\0';
}

static void json_cell(struct aw_json *json, const struct aw_table_column *column, const char *cell)
{
	if (cell && column->kind == AW_TABLE_BOOL) {
		aw_json_field_bool(json, column->key, strcmp(cell, "yes") == 0);
	} else if (cell && column->kind != AW_TABLE_TEXT && is_number(cell)) {
		aw_json_key(json, column->key);
		aw_json_separate(json);
		aw_buffer_append_string(json->out, cell);
	} else {
		aw_json_field_string(json, column->key, cell);
	}
}

int aw_table_format_json(const struct aw_table *table, struct aw_buffer *ret)
{
	struct aw_json json;

	aw_json_init(&json, ret);
	aw_json_begin_array(&json);
	for (size_t i = 0; i < table->cells.n; i++) {
		if (i % table->n_columns == 0)
			aw_json_begin_object(&json);
		json_cell(&json, &table->columns[i % table->n_columns], table->cells.items[i]);
		if ((i + 1) % table->n_columns == 0)
			aw_json_end_object(&json);
	}
	aw_json_end_array(&json);
	aw_buffer_append_char(ret, '\n');
	return aw_json_finish(&json);
}

int aw_table_print(const struct aw_table *table, FILE *stream, int as_json)
{
	_cleanup_buffer_ struct aw_buffer text = {};
	int r = as_json ? aw_table_format_json(table, &text) : aw_table_format(table, &text);

	if (r < 0)
		return r;
	if (fwrite(text.data, 1, text.length, stream) != text.length || fflush(stream) != 0)
		return -EIO;
	return 0;
}
