/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of text that a learned policy is made of. */
#include "policy/from_baseline_text.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "policy/policy.h"

#define TAB_COLUMNS 2

static void quote_character(struct aw_buffer *out, const char *text, size_t length,
			    uint32_t character)
{
	if (character == '"' || character == '\\')
		aw_buffer_append_format(out, "\\%c", (int)character);
	else if (aw_utf8_is_control(character))
		aw_buffer_append_format(out, "\\u%04X", character);
	else
		aw_buffer_append(out, text, length);
}

int aw_policy_text_quote(struct aw_buffer *out, const char *text)
{
	const size_t length = strlen(text);

	aw_buffer_append_char(out, '"');
	for (size_t i = 0; i < length;) {
		uint32_t character = 0;
		const size_t n = aw_utf8_next(text + i, length - i, &character);

		if (n > 0)
			quote_character(out, text + i, n, character);
		i += n ?: 1;
	}
	return aw_buffer_append_char(out, '"');
}

int aw_policy_text_comment(struct aw_buffer *out, const char *indent, const char *text)
{
	size_t column = 0;

	while (*text) {
		const size_t word = strcspn(text, " \n");
		const size_t width = aw_utf8_width(text, word);

		if (column == 0 || column + 1 + width > AW_POLICY_COLUMNS) {
			aw_buffer_append_format(out, "%s%s#", column ? "\n" : "", indent);
			column = strlen(indent) + 1;
		}
		aw_buffer_append_char(out, ' ');
		aw_buffer_append(out, text, word);
		column += 1 + width;
		text += word;
		if (*text == '\n') {
			aw_buffer_append_char(out, '\n');
			column = 0;
		}
		text += strspn(text, " \n");
	}
	return column ? aw_buffer_append_char(out, '\n') : out->error;
}

int aw_policy_text_date(struct aw_buffer *out, uint64_t ns)
{
	const time_t seconds = (time_t)(ns / AW_NS_PER_SECOND);
	struct tm tm = {0};

	gmtime_r(&seconds, &tm);
	return aw_buffer_append_format(out, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1,
				       tm.tm_mday);
}

int aw_policy_text_dates(struct aw_buffer *out, uint64_t first_ns, uint64_t last_ns)
{
	const uint64_t day = 86400 * AW_NS_PER_SECOND;

	aw_policy_text_date(out, first_ns);
	if (first_ns / day != last_ns / day) {
		aw_buffer_append_string(out, " to ");
		aw_policy_text_date(out, last_ns);
	}
	return out->error;
}

/* Text that is fit for one line of comment. */
static void append_name(struct aw_buffer *out, const char *name)
{
	const size_t length = strlen(name);

	for (size_t i = 0; i < length;) {
		uint32_t character = 0;
		const size_t n = aw_utf8_next(name + i, length - i, &character);

		if (n == 0 || aw_utf8_is_control(character))
			aw_buffer_append_char(out, '?');
		else
			aw_buffer_append(out, name + i, n);
		i += n ?: 1;
	}
}

int aw_policy_text_subjects(struct aw_buffer *out, const struct aw_learned *learned,
			    const uint32_t subjects[AW_FACT_SUBJECTS])
{
	const char *names[AW_FACT_SUBJECTS];
	size_t n = 0;

	for (int i = 0; i < AW_FACT_SUBJECTS; i++) {
		const char *path, *slash;

		if (subjects[i] == AW_FACT_NO_SUBJECT)
			continue;
		path = learned->evidence->subjects.items[subjects[i]];
		slash = strrchr(path, '/');
		/* Nobody's name is known before the agent's first exec. */
		if (*path)
			names[n++] = slash ? slash + 1 : path;
	}
	/* In the order of their names: which was noted first is chance. */
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && strcmp(names[k], names[k - 1]) < 0; k--) {
			const char *swapped = names[k];

			names[k] = names[k - 1];
			names[k - 1] = swapped;
		}
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && !strcmp(names[i], names[i - 1]))
			continue;
		aw_buffer_append_string(out, i ? ", " : ", by ");
		append_name(out, names[i]);
	}
	return out->error;
}

int aw_policy_text_ops(struct aw_buffer *out, uint32_t ops)
{
	int n = 0;

	for (int op = 0; op < AW_OPS; op++)
		if (ops >> op & 1)
			aw_buffer_append_format(out, "%s%s", n++ ? ", " : "[", aw_op_name(op));
	return aw_buffer_append_char(out, ']');
}
