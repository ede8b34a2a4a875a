/* SPDX-License-Identifier: Apache-2.0 */
/* `apply`: another policy, other modes, for an agent that runs. */
#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "daemon/apply.h"

#define HASH_SHOWN 12

struct args {
	const char *policy;
	struct aw_option_list modes;
	struct aw_option_list variables;
};

static const struct aw_option options[] = {
	{"policy", 0, "FILE", AW_OPTION_TEXT, offsetof(struct args, policy),
	 "the new policy (default: the one that it has)"},
	{"mode", 0, "[CLASS=]MODE", AW_OPTION_LIST, offsetof(struct args, modes),
	 "observe, audit or enforce; of all operations, or of one class: file, exec, net, unix, "
	 "guard; may be repeated, the last one counts"},
	{"var", 0, "NAME=VALUE", AW_OPTION_PAIRS, offsetof(struct args, variables),
	 "what ${NAME} stands for in the policy; may be repeated"},
	{},
};

static const struct aw_example examples[] = {
	{"apply ci --policy ci-2.yaml", "from the next operation on, this policy decides"},
	{"apply ci --mode audit", "let through what it denies, and tell of it"},
	{"apply ci --policy ci-2.yaml --mode enforce --mode net=audit",
	 "both at once: no operation is decided by the one without the other"},
	{},
};

static const struct aw_exit_row exits[] = {
	{"0", "changed: no operation is decided by what was before any more"},
	{"1", "there is no such agent"},
	{"2", "wrong usage, or the policy or mode cannot be the agent's; nothing was changed"},
	{},
};

static int find_class(const char *text, size_t length)
{
	for (int c = 0; c < AW_OP_CLASSES; c++)
		if (strlen(aw_op_class_name(c)) == length &&
		    strncmp(aw_op_class_name(c), text, length) == 0)
			return c;
	return -1;
}

/* "MODE", or "CLASS=MODE". −1, or an exit status. */
static int take_mode(const char *text, int modes[AW_OP_CLASSES])
{
	const char *equals = strchr(text, '='), *name = equals ? equals + 1 : text;
	int c = equals ? find_class(text, (size_t)(equals - text)) : 0;
	enum aw_mode mode;

	if (c < 0)
		return aw_usage_error(&aw_verb_apply, "classes: file exec net unix guard",
				      "--mode %s: there is no such class", text);
	if (aw_mode_from_name(name, &mode) < 0)
		return aw_usage_error(&aw_verb_apply, "modes: observe audit enforce",
				      "--mode %s: there is no such mode", text);
	if (equals)
		modes[c] = mode;
	for (int i = 0; !equals && i < AW_OP_CLASSES; i++)
		modes[i] = mode;
	return -1;
}

static int read_arguments(const struct args *args, const struct aw_operands *operands,
			  struct aw_apply_config *config)
{
	int status = -1;

	if (operands->n != 1)
		return aw_usage_error(&aw_verb_apply, "agentwatch status lists them",
				      operands->n ? "it takes one agent" : "which agent?");
	if (!args->policy && args->modes.n == 0)
		return aw_usage_error(&aw_verb_apply, NULL,
				      "nothing to change: give --policy, --mode or both");
	if (!args->policy && args->variables.n > 0)
		return aw_usage_error(&aw_verb_apply, NULL, "--var means nothing without --policy");
	for (size_t i = 0; i < args->modes.n && status < 0; i++)
		status = take_mode(args->modes.items[i], config->modes);
	return status;
}

static void tell(const char *agent, const struct aw_apply_result *result)
{
	_cleanup_buffer_ struct aw_buffer modes = {};
	bool is_one = true;

	for (int c = 1; c < AW_OP_CLASSES; c++)
		is_one = is_one && result->modes[c] == result->modes[0];
	if (is_one)
		aw_buffer_append_string(&modes, aw_mode_name(result->modes[0]));
	for (int c = 0; !is_one && c < AW_OP_CLASSES; c++)
		aw_buffer_append_format(&modes, "%s%s=%s", c ? " " : "", aw_op_class_name(c),
					aw_mode_name(result->modes[c]));
	aw_cli_note("%s is now under %s%s%.*s%s: %s", agent,
		    *result->policy_name ? result->policy_name : "no policy",
		    *result->policy_hash ? " (" : "", HASH_SHOWN, result->policy_hash,
		    *result->policy_hash ? ")" : "", aw_buffer_string(&modes));
}

int aw_cmd_apply(int argc, char **argv)
{
	struct aw_apply_config config = {.modes = {-1, -1, -1, -1, -1}};
	struct aw_apply_result result;
	struct aw_operands operands;
	struct aw_diag diag = {};
	struct args args = {};
	int r, status = aw_options_parse(&aw_verb_apply, argc, argv, &args, &operands);

	static_assert(AW_OP_CLASSES == 5, "a −1 for each");
	if (status < 0)
		status = read_arguments(&args, &operands, &config);
	if (status >= 0)
		return status;
	config.agent = operands.items[0];
	config.policy_file = args.policy;
	config.variables = args.variables.items;
	r = aw_apply(&config, &result, &diag);
	if (r < 0)
		return aw_cli_fail(r == -ESRCH ? AW_EXIT_NO : AW_EXIT_USAGE, r, &diag);
	tell(config.agent, &result);
	return 0;
}

const struct aw_verb aw_verb_apply = {
	.name = "apply",
	.operands = "AGENT [--policy FILE] [--mode [CLASS=]MODE…]",
	.summary = "change the policy or the modes of an agent that runs",
	.text = "Changes what decides for an agent while it runs, policy and modes in one step: "
		"every "
		"operation is decided by all of the old or by all of the new. When the command "
		"returns, nothing is decided by the old any more. AGENT is a name as status shows "
		"it, or the id of a run.\n\n"
		"The command that started the agent goes on: its events name the policy that "
		"decided each, and it writes a line of type run with phase change.\n\n"
		"What the agent has open is decided again by the new policy wherever it is used, "
		"but "
		"for the standard input, output and errors that it was started with.\n\n"
		"Anchors stay bound as they were when the agent was started; a policy that "
		"declares "
		"another one is refused.",
	.options = options,
	.examples = examples,
	.exits = exits,
	.run = aw_cmd_apply,
};
