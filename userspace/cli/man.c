/* SPDX-License-Identifier: Apache-2.0 */
/* Manual pages in man(7) macros, from the tables that --help is made from. */
#include <ctype.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/help.h"

/* Text between macros: what troff would take for its own is escaped. */
static void text(struct aw_buffer *ret, const char *text)
{
	bool is_line_start = true;

	for (; *text; text++) {
		if (is_line_start && (*text == '.' || *text == '\''))
			aw_buffer_append_string(ret, "\\&");
		if (*text == '\\')
			aw_buffer_append_string(ret, "\\e");
		else if (*text == '-')
			aw_buffer_append_string(ret, "\\-");
		else if (*text == '\n' && text[1] == '\n')
			aw_buffer_append_string(ret, "\n.PP");
		else
			aw_buffer_append_char(ret, *text);
		is_line_start = *text == '\n';
	}
}

static void line(struct aw_buffer *ret, const char *content)
{
	text(ret, content);
	aw_buffer_append_char(ret, '\n');
}

/* "policy check" → "policy-check" */
static void dashed(struct aw_buffer *ret, const char *name, bool is_upper)
{
	for (; *name; name++)
		aw_buffer_append_char(ret, (char)(*name == ' ' ? '-'
						  : is_upper   ? toupper((unsigned char)*name)
							       : *name));
}

static void title(struct aw_buffer *ret, const char *name)
{
	aw_buffer_append_string(ret, ".\\\" SPDX-License-Identifier: Apache-2.0\n"
				     ".\\\" Made from the tables in userspace/cli: edit those.\n"
				     ".TH AGENTWATCH");
	if (name) {
		aw_buffer_append_char(ret, '-');
		dashed(ret, name, true);
	}
	aw_buffer_append_string(ret, " 1 \"\" agentwatch \"agentwatch manual\"\n");
}

static void tagged(struct aw_buffer *ret, const char *tag, const char *what)
{
	aw_buffer_append_string(ret, ".TP\n.B ");
	line(ret, tag);
	line(ret, what);
}

static void options(struct aw_buffer *ret, const struct aw_verb *verb)
{
	aw_buffer_append_string(ret, ".SH OPTIONS\n");
	for (const struct aw_option *o = verb->options; o->name; o++) {
		aw_buffer_append_string(ret, ".TP\n");
		if (o->letter)
			aw_buffer_append_format(ret, "\\fB\\-%c\\fR, ", o->letter);
		aw_buffer_append_string(ret, "\\fB\\-\\-");
		text(ret, o->name);
		aw_buffer_append_string(ret, "\\fR");
		if (o->argument) {
			aw_buffer_append_string(ret, " \\fI");
			text(ret, o->argument);
			aw_buffer_append_string(ret, "\\fR");
		}
		aw_buffer_append_char(ret, '\n');
		line(ret, o->help);
	}
	aw_buffer_append_string(ret, ".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nA short form of this "
				     "page.\n");
}

static void examples(struct aw_buffer *ret, const struct aw_verb *verb)
{
	aw_buffer_append_string(ret, ".SH EXAMPLES\n");
	for (const struct aw_example *e = verb->examples; e->command; e++) {
		aw_buffer_append_string(ret, ".TP\n.B agentwatch ");
		line(ret, e->command);
		line(ret, e->what);
	}
}

void aw_man_format(const struct aw_verb *verb, struct aw_buffer *ret)
{
	title(ret, verb->name);
	aw_buffer_append_string(ret, ".SH NAME\nagentwatch\\-");
	dashed(ret, verb->name, false);
	aw_buffer_append_string(ret, " \\- ");
	line(ret, verb->summary);
	aw_buffer_append_string(ret, ".SH SYNOPSIS\n.B agentwatch ");
	line(ret, verb->name);
	aw_buffer_append_string(ret, "[\\fIOPTION\\fR…] ");
	line(ret, verb->operands);
	aw_buffer_append_string(ret, ".SH DESCRIPTION\n");
	line(ret, verb->text);
	options(ret, verb);
	examples(ret, verb);
	aw_buffer_append_string(ret, ".SH EXIT STATUS\n");
	for (const struct aw_exit_row *e = verb->exits; e->status; e++)
		tagged(ret, e->status, e->what);
	aw_buffer_append_string(ret, ".SH SEE ALSO\n.BR agentwatch (1)\n");
}

static void rows(struct aw_buffer *ret, const char *heading, const struct aw_help_row *rows)
{
	aw_buffer_append_format(ret, ".SH %s\n", heading);
	for (; rows->name; rows++)
		tagged(ret, rows->name, rows->what);
}

void aw_man_format_overview(struct aw_buffer *ret)
{
	const struct aw_verb *verb;

	title(ret, NULL);
	aw_buffer_append_string(
		ret, ".SH NAME\nagentwatch \\- watch and confine AI agents\n"
		     ".SH SYNOPSIS\n.B agentwatch\n\\fIVERB\\fR [\\fIOPTION\\fR…]\n"
		     ".SH DESCRIPTION\n"
		     "Traces every file, exec and connect operation of an agent (a cgroup and all "
		     "that is started in it), learns what the agent normally does, turns that into "
		     "a policy that people can read, and enforces it in the kernel.\n"
		     ".SH VERBS\n");
	for (size_t i = 0; (verb = aw_verb_at(i)); i++) {
		aw_buffer_append_string(ret, ".TP\n.BR agentwatch\\-");
		dashed(ret, verb->name, false);
		aw_buffer_append_string(ret, " (1)\n");
		line(ret, verb->summary);
	}
	aw_buffer_append_string(ret, ".SH OPTIONS\n");
	tagged(ret, "-h, --help", "A list of the verbs; after a verb, the text of that verb.");
	tagged(ret, "--version", "The version of the program.");
	rows(ret, "ENVIRONMENT", aw_help_environment);
	rows(ret, "FILES", aw_help_files);
}
