/* SPDX-License-Identifier: Apache-2.0 */
/* `enforce`: runs a command under a policy, in the kernel. */
#include "cli/run_verb.h"

static const struct aw_option options[] = {
	AW_RUN_OPTIONS_POLICY,
	AW_RUN_OPTIONS_COMMON,
	{},
};

static const struct aw_example examples[] = {
	{"enforce --policy ci.yaml -- make test", "what no rule allows is denied with EACCES"},
	{"enforce --policy agent.yaml --var REGION=eu --ttl 2h -- ./agent.sh",
	 "with a variable of the policy, ended after two hours"},
	{"enforce --policy web.yaml --anchor WORKSPACE=/srv/web --cgroup "
	 "/sys/fs/cgroup/system.slice/web.service",
	 "a service that runs already"},
	{},
};

int aw_cmd_enforce(int argc, char **argv)
{
	return aw_run_verb(&aw_verb_enforce, AW_MODE_ENFORCE, argc, argv);
}

const struct aw_verb aw_verb_enforce = {
	.name = "enforce",
	.operands = "--policy FILE -- COMMAND [ARGUMENT…]",
	.summary = "run a command and deny what its policy does not allow",
	.text = "Runs COMMAND as an agent of its own under a policy that the kernel enforces: what "
		"no rule allows is denied, and recorded. Whatever the command starts is the "
		"agent's too, wherever it goes; what is left when the command ends is ended.\n\n"
		"Called with sudo, the command runs as who called it. It cannot gain privileges: "
		"sudo and other set-user-id programs do not work inside.\n\n"
		"Where this kernel cannot enforce a class of operations, nothing is run, unless "
		"--allow-partial accepts it.",
	.options = options,
	.examples = examples,
	.exits = aw_run_exits,
	.takes_command = true,
	.usage_status = AW_EXIT_OWN,
	.run = aw_cmd_enforce,
};
