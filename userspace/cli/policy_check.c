/* SPDX-License-Identifier: Apache-2.0 */
/* `policy check`: whether files are policies, and what they compile to. */
#include <errno.h>
#include <string.h>

#include "base/table.h"
#include "cli/commands.h"
#include "cli/common.h"

#define HASH_SHOWN 12

struct args {
	struct aw_option_list variables;
	bool as_json;
};

static const struct aw_option options[] = {
	{"var", 0, "NAME=VALUE", AW_OPTION_PAIRS, offsetof(struct args, variables),
	 "what ${NAME} stands for in the policy; may be repeated"},
	{"json", 0, NULL, AW_OPTION_FLAG, offsetof(struct args, as_json),
	 "for programs, not for people"},
	{},
};

static const struct aw_example examples[] = {
	{"policy check ci.yaml", "errors have file, line, column and the mend"},
	{"policy check policies/*.yaml", "all of them, as a build server does"},
	{},
};

static const struct aw_exit_row exits[] = {
	{"0", "all of them are policies"},
	{"1", "at least one is not"},
	{"2", "wrong usage"},
	{},
};

static const struct aw_table_column columns[] = {
	{"FILE", "file", AW_TABLE_TEXT},       {"NAME", "name", AW_TABLE_TEXT},
	{"HASH", "hash", AW_TABLE_TEXT},       {"RULES", "rules", AW_TABLE_NUMBER},
	{"STATES", "states", AW_TABLE_NUMBER}, {"CELLS", "cells", AW_TABLE_NUMBER},
	{"BYTES", "bytes", AW_TABLE_NUMBER},   {"ANCHORS", "anchors", AW_TABLE_TEXT},
};
#define N_COLUMNS (sizeof(columns) / sizeof(*columns))

static void anchor_names(const struct aw_policy *policy, struct aw_buffer *ret)
{
	for (size_t i = 0; i < policy->n_anchors; i++)
		aw_buffer_append_format(ret, "%s%s", i ? " " : "", policy->anchors[i].name);
}

static int add_row(struct aw_table *table, const char *path, const struct aw_policy *policy,
		   const struct aw_image *image, bool as_json)
{
	_cleanup_buffer_ struct aw_buffer anchors = {};
	const struct aw_dfa *dfa = image->head->dfa;
	char hash[65], rules[32], states[32], cells[32], bytes[32];

	aw_cli_hash(image, hash);
	if (!as_json)
		hash[HASH_SHOWN] = '\0';
	anchor_names(policy, &anchors);
	snprintf(rules, sizeof(rules), "%zu", policy->n_written);
	snprintf(states, sizeof(states), "%u",
		 dfa[AW_DFA_PATH].n_states + dfa[AW_DFA_NET].n_states);
	snprintf(cells, sizeof(cells), "%u", dfa[AW_DFA_PATH].n_cells + dfa[AW_DFA_NET].n_cells);
	snprintf(bytes, sizeof(bytes), "%zu", image->bytes);
	return aw_table_add(table, (const char *const[N_COLUMNS]){
					   path, policy->name, hash, rules, states, cells, bytes,
					   policy->n_anchors ? aw_buffer_string(&anchors) : NULL});
}

static int check_one(struct aw_table *table, const char *path,
		     const struct aw_parse_options *parse_options, bool as_json)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	struct aw_diag diag = {};
	int r = aw_cli_policy(&policy, &image, path, parse_options, &diag);

	if (r == 0)
		r = add_row(table, path, policy, image, as_json);
	return r < 0 ? aw_cli_fail(AW_EXIT_NO, r, &diag) : 0;
}

int aw_cmd_policy_check(int argc, char **argv)
{
	_cleanup_(aw_table_freep) struct aw_table *table = NULL;
	_cleanup_free_ char *home = NULL;
	struct aw_operands operands;
	struct args args = {};
	struct aw_parse_options parse_options;
	int status = aw_options_parse(&aw_verb_policy_check, argc, argv, &args, &operands), r;

	if (status >= 0)
		return status;
	if (operands.n == 0)
		return aw_usage_error(&aw_verb_policy_check, NULL, "there is no FILE to check");
	home = aw_cli_home();
	parse_options = (struct aw_parse_options){
		.home = home,
		.pack_dir = getenv("AGENTWATCH_PACK_DIR"),
		.variables = args.variables.items,
	};
	r = aw_table_new(&table, columns, N_COLUMNS);
	if (r < 0)
		return aw_cli_fail(AW_EXIT_USAGE, r, &(struct aw_diag){});
	status = 0;
	for (int i = 0; i < operands.n; i++)
		status =
			check_one(table, operands.items[i], &parse_options, args.as_json) ?: status;
	if (args.as_json || aw_table_rows(table) > 0)
		r = aw_table_print(table, stdout, args.as_json);
	return r < 0 ? aw_cli_fail(AW_EXIT_USAGE, r, &(struct aw_diag){}) : status;
}

const struct aw_verb aw_verb_policy_check = {
	.name = "policy check",
	.operands = "FILE…",
	.summary = "check policy files and compile them",
	.text = "Reads each file with its includes, compiles it, and prints what it compiles to: "
		"its hash, by which events name the policy, its rules, the states of its automata, "
		"and the anchors that it wants bound.",
	.options = options,
	.examples = examples,
	.exits = exits,
	.run = aw_cmd_policy_check,
};
