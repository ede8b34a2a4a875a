/* SPDX-License-Identifier: Apache-2.0 */
/* `events`: an events file for people, or filtered for programs; follows it as it grows. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "base/term.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/event_line.h"
#include "cli/run_verb.h"

#define FOLLOW_MS     200
#define LINE_MAX_SIZE (1u << 20) /* longer lines are passed over, and said to be */

struct args {
	const char *agent;
	bool follow;
	bool only_denials;
	bool as_json;
};

static const struct aw_option options[] = {
	{"follow", 'f', NULL, AW_OPTION_FLAG, offsetof(struct args, follow),
	 "go on with what is appended, also when the file is replaced"},
	{"agent", 0, "NAME", AW_OPTION_TEXT, offsetof(struct args, agent),
	 "of this agent only: its name or its slot"},
	{"denied", 0, NULL, AW_OPTION_FLAG, offsetof(struct args, only_denials),
	 "only what was denied, or would have been"},
	{"json", 0, NULL, AW_OPTION_FLAG, offsetof(struct args, as_json),
	 "the lines as they are in the file"},
	{},
};

static const struct aw_example examples[] = {
	{"events -f --denied", "what is denied now, on this host"},
	{"events --agent ci run.jsonl", "one agent's events of another file"},
	{"events --denied --json | jq -r .object.path", "for other programs"},
	{},
};

static const struct aw_exit_row exits[] = {
	{"0", "shown to the end"},
	{"2", "wrong usage, or the file cannot be read"},
	{},
};

struct reader {
	const struct args *args;
	const char *path;
	FILE *file;
	struct aw_buffer line; /* the part of a line that is there so far */
	struct aw_buffer out;
	bool has_colour;
	bool is_too_long;
	size_t passed_over; /* lines that are no events */
};

static void show(struct reader *reader)
{
	json_t *event = json_loadb(reader->line.data ?: "", reader->line.length, 0, NULL);
	const struct args *args = reader->args;

	aw_buffer_clear(&reader->out);
	if (!event) {
		reader->passed_over++;
		return;
	}
	if (aw_event_line_matches(event, args->agent, args->only_denials)) {
		if (args->as_json)
			aw_buffer_append(&reader->out, reader->line.data, reader->line.length);
		else if (aw_event_line_format(event, reader->has_colour, &reader->out) < 0)
			reader->passed_over++;
	}
	json_decref(event);
	if (reader->out.length == 0)
		return;
	aw_buffer_append_char(&reader->out, '\n');
	fwrite(reader->out.data, 1, reader->out.length, stdout);
}

static void end_line(struct reader *reader)
{
	if (reader->is_too_long)
		reader->passed_over++;
	else if (reader->line.length > 0)
		show(reader);
	aw_buffer_clear(&reader->line);
	reader->is_too_long = false;
}

/* To the end of the file, as it is now. A line without an end stays for later. */
static void read_on(struct reader *reader)
{
	char part[8192];

	clearerr(reader->file);
	while (fgets(part, sizeof(part), reader->file)) {
		size_t length = strlen(part);
		bool is_end = length > 0 && part[length - 1] == '\n';

		if (reader->line.length + length > LINE_MAX_SIZE)
			reader->is_too_long = true;
		if (!reader->is_too_long)
			aw_buffer_append(&reader->line, part, length - is_end);
		if (is_end)
			end_line(reader);
	}
	fflush(stdout);
}

/* Log rotation puts another file under the name; cutting it short begins it again. */
static void look_for_replacement(struct reader *reader)
{
	struct stat own, named;
	FILE *file;

	if (fstat(fileno(reader->file), &own) < 0 || stat(reader->path, &named) < 0)
		return;
	if (own.st_dev == named.st_dev && own.st_ino == named.st_ino) {
		if (own.st_size < ftello(reader->file))
			rewind(reader->file);
		return;
	}
	file = fopen(reader->path, "re");
	if (!file)
		return;
	read_on(reader); /* what came last to the old one */
	fclose(reader->file);
	reader->file = file;
	aw_buffer_clear(&reader->line);
}

static int read_all(struct reader *reader)
{
	read_on(reader);
	while (reader->args->follow && !ferror(stdout)) {
		poll(NULL, 0, FOLLOW_MS);
		look_for_replacement(reader);
		read_on(reader);
	}
	end_line(reader);
	if (reader->passed_over > 0)
		aw_cli_note("warning: %zu lines are no events and were passed over",
			    reader->passed_over);
	return fflush(stdout) < 0 || ferror(stdout) ? -EIO : 0;
}

int aw_cmd_events(int argc, char **argv)
{
	struct aw_operands operands;
	struct aw_diag diag = {};
	struct args args = {};
	struct reader reader = {.args = &args, .path = AW_RUN_EVENTS_DEFAULT};
	int r, status = aw_options_parse(&aw_verb_events, argc, argv, &args, &operands);

	if (status >= 0)
		return status;
	if (operands.n > 1)
		return aw_usage_error(&aw_verb_events, NULL, "it takes one FILE");
	if (operands.n == 1)
		reader.path = operands.items[0];
	reader.has_colour = aw_term_has_colour(stdout);
	reader.file = strcmp(reader.path, "-") == 0 ? stdin : fopen(reader.path, "re");
	if (!reader.file) {
		r = aw_diag_set(&diag, -errno, reader.path, 0, 0,
				errno == EACCES ? "events are root's: sudo agentwatch events"
						: NULL,
				"cannot read the events: %m");
		return aw_cli_fail(AW_EXIT_USAGE, r, &diag);
	}
	r = read_all(&reader);
	if (reader.file != stdin)
		fclose(reader.file);
	aw_buffer_done(&reader.line);
	aw_buffer_done(&reader.out);
	return r < 0 ? AW_EXIT_USAGE : 0;
}

const struct aw_verb aw_verb_events = {
	.name = "events",
	.operands = "[FILE]",
	.summary = "show recorded events, also as they come",
	.text = "Shows the events of FILE (default " AW_RUN_EVENTS_DEFAULT "; - is standard "
		"input), one in a line: time, agent, what was done to what by whom, and the rule "
		"that decided. The id at the end is what why takes.",
	.options = options,
	.examples = examples,
	.exits = exits,
	.run = aw_cmd_events,
};
