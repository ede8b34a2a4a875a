/* SPDX-License-Identifier: Apache-2.0 */
/* --help: usage, text, options in two columns, examples, exit statuses. */
#include "cli/help.h"

#include <string.h>

#include "base/utf8.h"
#include "cli/commands.h"

#define NAME_COLUMN 26 /* where the texts of options begin */

const struct aw_help_row aw_help_environment[] = {
	{"AGENTWATCH_STATE_DIR", "folder of the baseline store, instead of /var/lib/agentwatch"},
	{"AGENTWATCH_PACK_DIR", "folder of the policy packs, instead of the installed one"},
	{"NO_COLOR", "set to anything: no colours"},
	{"SUDO_UID, SUDO_GID", "who called sudo: the command runs as this user"},
	{},
};

const struct aw_help_row aw_help_files[] = {
	{"/var/log/agentwatch/events.jsonl", "events of audit and enforce, one JSON object a line"},
	{"/var/lib/agentwatch/baseline.db", "the baseline store"},
	{"/run/agentwatch/agents/", "the agents of this host, for status and why"},
	{"/run/agentwatch/policies/", "the policies that were used since boot, by their hash"},
	{"/sys/fs/bpf/agentwatch/", "the programs and maps, while there is an agent"},
	{},
};

static void spaces(struct aw_buffer *ret, size_t n)
{
	while (n-- > 0)
		aw_buffer_append_char(ret, ' ');
}

void aw_help_wrap(struct aw_buffer *ret, const char *text, size_t column, size_t indent)
{
	bool is_line_start = true;

	while (*text) {
		size_t length = strcspn(text, " \n");
		size_t width = aw_utf8_width(text, length);

		if (!is_line_start && column + 1 + width > AW_HELP_WIDTH) {
			aw_buffer_append_char(ret, '\n');
			spaces(ret, indent);
			column = indent;
			is_line_start = true;
		}
		if (!is_line_start)
			aw_buffer_append_char(ret, ' ');
		aw_buffer_append(ret, text, length);
		column += width + !is_line_start;
		is_line_start = false;
		text += length;
		if (*text == '\n') {
			aw_buffer_append_char(ret, '\n');
			if (text[1] && text[1] != '\n')
				spaces(ret, indent);
			column = indent;
			is_line_start = true;
		}
		text += *text != '\0';
	}
	aw_buffer_append_char(ret, '\n');
}

/* A row of two columns; a long name gets a line of its own. */
static void row(struct aw_buffer *ret, const char *name, const char *what)
{
	size_t width = aw_utf8_width(name, strlen(name));

	aw_buffer_append_format(ret, "  %s", name);
	if (width + 4 > NAME_COLUMN) {
		aw_buffer_append_char(ret, '\n');
		width = 0;
		spaces(ret, NAME_COLUMN);
	} else {
		spaces(ret, NAME_COLUMN - 2 - width);
	}
	aw_help_wrap(ret, what, NAME_COLUMN, NAME_COLUMN);
}

static void options(struct aw_buffer *ret, const struct aw_verb *verb)
{
	aw_buffer_append_string(ret, "\nOptions:\n");
	for (const struct aw_option *o = verb->options; o->name; o++) {
		_cleanup_buffer_ struct aw_buffer name = {};

		if (o->letter)
			aw_buffer_append_format(&name, "-%c, ", o->letter);
		aw_buffer_append_format(&name, "--%s", o->name);
		if (o->argument)
			aw_buffer_append_format(&name, " %s", o->argument);
		row(ret, aw_buffer_string(&name) ?: o->name, o->help);
	}
	row(ret, "-h, --help", "this text");
}

static void examples(struct aw_buffer *ret, const struct aw_verb *verb)
{
	aw_buffer_append_string(ret, "\nExamples:\n");
	for (const struct aw_example *e = verb->examples; e->command; e++) {
		aw_buffer_append_format(ret, "  agentwatch %s\n      ", e->command);
		aw_help_wrap(ret, e->what, 6, 6);
	}
}

void aw_help_format(const struct aw_verb *verb, struct aw_buffer *ret)
{
	aw_buffer_append_format(ret, "Usage: agentwatch %s [OPTION…]%s%s\n\n", verb->name,
				*verb->operands ? " " : "", verb->operands);
	aw_help_wrap(ret, verb->text, 0, 0);
	options(ret, verb);
	examples(ret, verb);
	aw_buffer_append_string(ret, "\nExit status:\n");
	for (const struct aw_exit_row *e = verb->exits; e->status; e++)
		row(ret, e->status, e->what);
}

void aw_help_format_overview(struct aw_buffer *ret)
{
	const struct aw_verb *verb;

	aw_buffer_append_string(ret, "Usage: agentwatch VERB [OPTION…]\n\n");
	aw_help_wrap(ret,
		     "Watches AI agents on this host, learns what each normally does, turns that "
		     "into a policy that people can read, and enforces the policy in the kernel.",
		     0, 0);
	aw_buffer_append_string(ret, "\nVerbs:\n");
	for (size_t i = 0; (verb = aw_verb_at(i)); i++)
		row(ret, verb->name, verb->summary);
	aw_buffer_append_string(ret, "\nOptions:\n");
	row(ret, "-h, --help", "this text; after a verb, the text of that verb");
	row(ret, "--version", "version of the program");
	aw_buffer_append_string(ret, "\nThe first day:\n");
	aw_buffer_append_string(ret, "  sudo agentwatch learn --name ci -- make test\n"
				     "  sudo agentwatch policy new --from ci -o ci.yaml\n"
				     "  sudo agentwatch audit --policy ci.yaml -- make test\n"
				     "  sudo agentwatch enforce --policy ci.yaml -- make test\n");
}

static void print(struct aw_buffer *text, FILE *stream)
{
	if (text->error == 0)
		fwrite(text->data, 1, text->length, stream);
	fflush(stream);
}

void aw_help_print(const struct aw_verb *verb, FILE *stream)
{
	_cleanup_buffer_ struct aw_buffer text = {};

	aw_help_format(verb, &text);
	print(&text, stream);
}

void aw_help_print_overview(FILE *stream)
{
	_cleanup_buffer_ struct aw_buffer text = {};

	aw_help_format_overview(&text);
	print(&text, stream);
}
