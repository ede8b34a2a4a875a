/* SPDX-License-Identifier: Apache-2.0 */
/* `audit`: runs a command, allows everything, and tells what a policy would have denied. */
#include "cli/run_verb.h"

static const struct aw_option options[] = {
	AW_RUN_OPTIONS_POLICY,
	AW_RUN_OPTIONS_COMMON,
	{},
};

static const struct aw_example examples[] = {
	{"audit --policy ci.yaml -- make test", "what would this policy break?"},
	{"audit --policy ci.yaml --events - -- make test", "with the events on standard output"},
	{"audit --policy web.yaml --anchor WORKSPACE=/srv/web --cgroup "
	 "/sys/fs/cgroup/system.slice/web.service",
	 "a service that runs already"},
	{},
};

int aw_cmd_audit(int argc, char **argv)
{
	return aw_run_verb(&aw_verb_audit, AW_MODE_AUDIT, argc, argv);
}

const struct aw_verb aw_verb_audit = {
	.name = "audit",
	.operands = "--policy FILE -- COMMAND [ARGUMENT…]",
	.summary = "run a command and tell what a policy would deny",
	.text = "Runs COMMAND as an agent of its own under a policy that is evaluated and not "
		"enforced: everything is allowed, and what would have been denied is recorded.\n\n"
		"Called with sudo, the command runs as who called it. It cannot gain privileges: "
		"sudo and other set-user-id programs do not work inside.",
	.options = options,
	.examples = examples,
	.exits = aw_run_exits,
	.takes_command = true,
	.usage_status = AW_EXIT_OWN,
	.run = aw_cmd_audit,
};
