/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libyaml's complaints mean to someone who writes globs: where the mistake starts, and which
 * quotes mend it. It only looks at the text around the place; the parsing itself is libyaml's.
 */
#include "policy/yaml_error.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "policy/yaml_tree.h"

#define TOKEN_SHOWN_MAX 120 /* bytes of the offending text that a hint repeats */

/* The text at a mark of libyaml; its columns count characters. */
static const char *text_at(const char *text, size_t length, yaml_mark_t mark)
{
	const char *end = text + length;

	for (size_t line = 0; line < mark.line && text < end; line++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));

		text = newline ? newline + 1 : end;
	}
	for (size_t column = 0; column < mark.column && text < end; column++) {
		text++;
		while (text < end && ((unsigned char)*text & 0xc0) == 0x80)
			text++;
	}
	return text;
}

/* How long the unquoted word is that starts here: to a space, or to what closes a list around it.
 */
static int word_length(const char *word, const char *end)
{
	int depth = 0, length = 0;

	while (word + length < end && length < TOKEN_SHOWN_MAX) {
		char c = word[length];

		if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
			break;
		if (depth == 0 && (c == ',' || c == ']' || c == '}'))
			break;
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		length++;
	}
	return length;
}

static int reader_error(const yaml_parser_t *parser, const char *file, const char *text,
			size_t length, struct aw_diag *reterr)
{
	size_t offset = parser->problem_offset < length ? parser->problem_offset : length;
	int line, column;

	aw_yaml_locate(text, offset, &line, &column);
	return aw_diag_set(reterr, -EINVAL, file, line, column, NULL, "%s", parser->problem);
}

static void hint_for(char *hint, size_t size, const char *problem, const char *word,
		     const char *end)
{
	int length = word_length(word, end);
	char first = '\0';

	if (word < end)
		first = *word;
	hint[0] = '\0';
	if (first == '\t')
		snprintf(hint, size, "YAML indents with spaces, not with tabs");
	else if (first == '*' || first == '@' || first == '`' || first == '%')
		snprintf(hint, size, "quote the glob: \"%.*s\"", length, word);
	else if (first == '{' || first == '[')
		snprintf(hint, size, "quote globs that hold \"{\" or \"[\"");
	else if (strstr(problem, "unknown escape"))
		snprintf(hint, size,
			 "single quotes keep a backslash as it is; double quotes need two");
	else if (strstr(problem, "mapping values are not allowed"))
		snprintf(hint, size, "quote text that holds \": \", and check the indentation");
	else if (strstr(problem, "quoted scalar") || strstr(problem, "unexpected end of stream"))
		snprintf(hint, size, "a quote is not closed");
}

int aw_yaml_error(const yaml_parser_t *parser, const char *file, const char *text, size_t length,
		  struct aw_diag *reterr)
{
	const char *problem = parser->problem ?: "malformed YAML";
	const char *context = parser->context ?: "";
	bool is_alias = strstr(context, "alias") != NULL;
	yaml_mark_t mark = is_alias ? parser->context_mark : parser->problem_mark;
	char hint[sizeof(((struct aw_diag *)NULL)->hint)];

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR)
		return reader_error(parser, file, text, length, reterr);
	hint_for(hint, sizeof(hint), problem, text_at(text, length, mark), text + length);
	if (is_alias)
		return aw_diag_set(reterr, -EINVAL, file, (int)mark.line + 1, (int)mark.column + 1,
				   hint, "an unquoted * starts a YAML alias");
	return aw_diag_set(reterr, -EINVAL, file, (int)mark.line + 1, (int)mark.column + 1, hint,
			   "%s%s%s", context, *context ? ": " : "", problem);
}
