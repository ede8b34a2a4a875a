/* SPDX-License-Identifier: Apache-2.0 */
/* `baseline list` and `baseline show`: what the store knows. */
#include <errno.h>

#include "baseline/generalize.h"
#include "baseline/show.h"
#include "cli/commands.h"
#include "cli/common.h"

struct args {
	const char *store;
	bool as_json;
};

static const struct aw_option options[] = {
	{"store", 0, "FILE", AW_OPTION_TEXT, offsetof(struct args, store),
	 "read this store instead of the default one"},
	{"json", 0, NULL, AW_OPTION_FLAG, offsetof(struct args, as_json),
	 "for programs, not for people"},
	{},
};

static const struct aw_example list_examples[] = {
	{"baseline list", "which baselines there are, with their runs"},
	{},
};

static const struct aw_example show_examples[] = {
	{"baseline show ci", "its runs, what they taught, and how far that can be trusted"},
	{"baseline show ci --json", "all runs and rules, for programs"},
	{},
};

static const struct aw_exit_row exits[] = {
	{"0", "shown"},
	{"1", "there is no such baseline, or no store yet"},
	{"2", "wrong usage, or the store cannot be read"},
	{},
};

static int fail(int r, const struct aw_diag *diag)
{
	return aw_cli_fail(r == -ENOENT ? AW_EXIT_NO : AW_EXIT_USAGE, r, diag);
}

int aw_cmd_baseline_list(int argc, char **argv)
{
	_cleanup_(aw_baseline_closep) struct aw_baseline_store *store = NULL;
	_cleanup_buffer_ struct aw_buffer out = {};
	struct aw_baseline_list list = {};
	struct aw_operands operands;
	struct aw_diag diag = {};
	struct args args = {};
	int r, status = aw_options_parse(&aw_verb_baseline_list, argc, argv, &args, &operands);

	if (status >= 0)
		return status;
	if (operands.n > 0)
		return aw_usage_error(&aw_verb_baseline_list, NULL, "it takes no \"%s\"",
				      operands.items[0]);
	r = aw_baseline_open_reader(&store, args.store, &diag);
	if (r < 0)
		return fail(r, &diag);
	r = aw_baseline_list_read(store, &list);
	if (r < 0)
		return fail(r, &diag);
	aw_baseline_list_format(&out, &list, args.as_json);
	aw_baseline_list_clear(&list);
	return aw_cli_print(&out);
}

static int show(const char *name, const struct args *args, struct aw_buffer *out,
		struct aw_diag *reterr)
{
	_cleanup_(aw_baseline_closep) struct aw_baseline_store *store = NULL;
	_cleanup_(aw_evidence_freep) struct aw_evidence *evidence = NULL;
	_cleanup_(aw_learned_freep) struct aw_learned *learned = NULL;
	int r = aw_baseline_open_reader(&store, args->store, reterr);

	if (r == 0)
		r = aw_evidence_read(&evidence, store, name, reterr);
	if (r == 0)
		r = aw_generalize(&learned, evidence);
	return r < 0 ? r : aw_baseline_show_format(out, learned, args->as_json);
}

int aw_cmd_baseline_show(int argc, char **argv)
{
	_cleanup_buffer_ struct aw_buffer out = {};
	struct aw_operands operands;
	struct aw_diag diag = {};
	struct args args = {};
	int r, status = aw_options_parse(&aw_verb_baseline_show, argc, argv, &args, &operands);

	if (status >= 0)
		return status;
	if (operands.n != 1)
		return aw_usage_error(&aw_verb_baseline_show, "agentwatch baseline list names them",
				      "it takes the name of one baseline");
	r = show(operands.items[0], &args, &out, &diag);
	if (r < 0)
		return fail(r, &diag);
	return aw_cli_print(&out);
}

const struct aw_verb aw_verb_baseline_list = {
	.name = "baseline list",
	.operands = "",
	.summary = "list the baselines",
	.text = "Lists the baselines of the store, with how many runs each has and how many of "
		"these are complete.",
	.options = options,
	.examples = list_examples,
	.exits = exits,
	.run = aw_cmd_baseline_list,
};

const struct aw_verb aw_verb_baseline_show = {
	.name = "baseline show",
	.operands = "NAME",
	.summary = "show the runs of a baseline and what they taught",
	.text = "Shows the runs of a baseline, the rules that its complete runs support, and how "
		"far these can be trusted: how many runs would have broken, and how much the next "
		"run may still bring.",
	.options = options,
	.examples = show_examples,
	.exits = exits,
	.run = aw_cmd_baseline_show,
};
