/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of JSON values, one line each, with tabs between them: what the tests ask of events and of
 * `status --json`, in a tenth of the time that jq takes to start where every instruction is
 * emulated.
 *
 *   fields FILE [FIELD=VALUE…] FIELD…
 *
 * FILE is a sequence of values; `-` is the standard input. Of an array each element is a value.
 * Shown are those whose fields have the values. A field is a path `a.b`; of `a|b` the first that is
 * there; `a:b` is both with a colon between them. What is not there, or null, is `-`; an array its
 * elements with `+` between them; any other value that is no text as JSON has it. The status is 0
 * if any value was shown, 1 if none was, 2 if FILE cannot be read.
 */
#include <err.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BAD 2

/* The value at a path of `length` bytes, or NULL. */
static const json_t *at(const json_t *value, const char *path, size_t length)
{
	char key[128];
	size_t n;

	while (value && length) {
		n = strcspn(path, ".|:=");
		if (n > length)
			n = length;
		snprintf(key, sizeof(key), "%.*s", (int)n, path);
		value = json_object_get(value, key);
		path += n + (n < length);
		length -= n + (n < length);
	}
	return json_is_null(value) ? NULL : value;
}

static void put(FILE *out, const json_t *value)
{
	const json_t *element;
	size_t i;

	if (json_is_string(value)) {
		fputs(json_string_value(value), out);
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, element)
		{
			if (i)
				putc('+', out);
			put(out, element);
		}
	} else {
		json_dumpf(value, out, JSON_ENCODE_ANY | JSON_COMPACT);
	}
}

/* One alternative: paths with colons between them. Returns whether all are there. */
static bool put_paths(FILE *out, const json_t *value, const char *paths, size_t length)
{
	const char *path = paths, *end = paths + length;
	size_t n;

	for (; path < end; path += n + 1) {
		n = strcspn(path, ":|=");
		if (!at(value, path, n))
			return false;
	}
	for (path = paths; path < end; path += n + 1) {
		n = strcspn(path, ":|=");
		if (path != paths)
			putc(':', out);
		put(out, at(value, path, n));
	}
	return true;
}

static void put_field(FILE *out, const json_t *value, const char *field)
{
	size_t n;

	for (;; field += n + 1) {
		n = strcspn(field, "|=");
		if (put_paths(out, value, field, n))
			return;
		if (field[n] != '|')
			break;
	}
	putc('-', out);
}

static bool is_selected(const json_t *value, char *const *fields)
{
	char text[4096];
	const char *equals;
	FILE *out;

	for (; *fields; fields++) {
		equals = strchr(*fields, '=');
		if (!equals)
			continue;
		out = fmemopen(text, sizeof(text), "w");
		if (!out)
			err(BAD, "memory");
		put_field(out, value, *fields);
		if (fclose(out))
			errx(BAD, "a value of %s is too long", *fields);
		if (strcmp(text, equals + 1) != 0)
			return false;
	}
	return true;
}

static bool show(const json_t *value, char *const *fields)
{
	const json_t *element;
	bool shown = false, first = true;
	size_t i;

	if (json_is_array(value)) {
		json_array_foreach(value, i, element) shown |= show(element, fields);
		return shown;
	}
	if (!is_selected(value, fields))
		return false;
	for (; *fields; fields++) {
		if (strchr(*fields, '='))
			continue;
		if (!first)
			putchar('\t');
		put_field(stdout, value, *fields);
		first = false;
	}
	putchar('\n');
	return true;
}

int main(int argc, char **argv)
{
	bool shown = false;
	json_error_t error;
	json_t *value;
	FILE *in;
	int c;

	if (argc < 3)
		errx(BAD, "usage: fields FILE [FIELD=VALUE...] FIELD...");
	in = strcmp(argv[1], "-") ? fopen(argv[1], "r") : stdin;
	if (!in)
		err(BAD, "%s", argv[1]);
	for (;;) {
		do
			c = getc(in);
		while (c == '\n' || c == ' ');
		if (c == EOF)
			break;
		ungetc(c, in);
		value = json_loadf(in, JSON_DISABLE_EOF_CHECK, &error);
		if (!value)
			errx(BAD, "%s: %s", argv[1], error.text);
		shown |= show(value, argv + 2);
		json_decref(value);
	}
	return shown ? 0 : 1;
}
