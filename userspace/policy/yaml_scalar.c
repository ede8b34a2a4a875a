/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How plain scalars are read: the core schema of YAML 1.2.2 (section 10.3.2), which libyaml leaves
 * to its callers. Also the byte level: how far a text is valid, and which line an offset is on.
 */
#include "policy/yaml_tree.h"

#include <string.h>

#include "base/utf8.h"

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static bool is_all_of(const char *text, const char *characters)
{
	return *text && text[strspn(text, characters)] == '\0';
}

static bool is_int(const char *text)
{
	if (strncmp(text, "0o", 2) == 0)
		return is_all_of(text + 2, "01234567");
	if (strncmp(text, "0x", 2) == 0)
		return is_all_of(text + 2, "0123456789abcdefABCDEF");
	if (*text == '-' || *text == '+')
		text++;
	return is_all_of(text, "0123456789");
}

static bool is_float(const char *text)
{
	static const char *const words[] = {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", NULL};
	size_t whole, fraction = 0;

	if (*text == '-' || *text == '+')
		text++;
	if (is_one_of(text, words))
		return true;
	whole = strspn(text, "0123456789");
	text += whole;
	if (*text == '.') {
		fraction = strspn(text + 1, "0123456789");
		text += 1 + fraction;
	}
	if (whole + fraction == 0)
		return false;
	if (*text == 'e' || *text == 'E') {
		text++;
		if (*text == '-' || *text == '+')
			text++;
		return is_all_of(text, "0123456789");
	}
	return *text == '\0';
}

enum aw_yaml_type aw_yaml_type_of(const struct aw_yaml_node *scalar)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const bools[] = {"true",  "True",  "TRUE", "false",
					    "False", "FALSE", NULL};

	if (!scalar->is_plain)
		return AW_YAML_TEXT;
	if (is_one_of(scalar->text, nulls))
		return AW_YAML_NULL;
	if (is_one_of(scalar->text, bools))
		return AW_YAML_BOOL;
	if (is_int(scalar->text))
		return AW_YAML_INT;
	return is_float(scalar->text) ? AW_YAML_FLOAT : AW_YAML_TEXT;
}

const char *aw_yaml_type_name(enum aw_yaml_type type)
{
	switch (type) {
	case AW_YAML_NULL:
		return "nothing";
	case AW_YAML_BOOL:
		return "a boolean";
	case AW_YAML_INT:
		return "a number";
	case AW_YAML_FLOAT:
		return "a decimal number";
	default:
		return "text";
	}
}

void aw_yaml_locate(const char *text, size_t offset, int *retline, int *retcolumn)
{
	int line = 1, column = 1;

	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	*retline = line;
	*retcolumn = column;
}

size_t aw_yaml_valid_prefix(const char *text, size_t length)
{
	size_t offset = 0, step;
	uint32_t character;

	while (offset < length && text[offset]) {
		step = aw_utf8_next(text + offset, length - offset, &character);
		if (step == 0)
			break;
		offset += step;
	}
	return offset;
}
