/* SPDX-License-Identifier: Apache-2.0 */
/* `learn`: runs a command, allows everything, and stores what it did as one run of a baseline. */
#include "cli/run_verb.h"

static const struct aw_option options[] = {
	AW_RUN_OPTION("name", "NAME", AW_OPTION_TEXT, name,
		      "the baseline to add the run to (default: the command's name)"),
	AW_RUN_OPTIONS_COMMON,
	AW_RUN_OPTION("events", "FILE", AW_OPTION_TEXT, events,
		      "append events to this file too, one JSON object a line; - is standard "
		      "output (default: none)"),
	{},
};

static const struct aw_example examples[] = {
	{"learn --name ci -- make test", "one more run of the baseline ci"},
	{"learn --name ci --label task=42 --ttl 30m -- ./agent.sh",
	 "with a label, ended after half an hour"},
	{"learn --name shop --cgroup /sys/fs/cgroup/system.slice/shop.service",
	 "what a service does, until a signal ends the watching"},
	{},
};

int aw_cmd_learn(int argc, char **argv)
{
	return aw_run_verb(&aw_verb_learn, AW_MODE_OBSERVE, argc, argv);
}

const struct aw_verb aw_verb_learn = {
	.name = "learn",
	.operands = "-- COMMAND [ARGUMENT…]",
	.summary = "run a command and remember what it does",
	.text = "Runs COMMAND as an agent of its own, allows everything, and stores every distinct "
		"file, exec and network operation as one run of a baseline. A run teaches only if "
		"nothing of it was lost and the command exited with 0; others are kept as "
		"Partial.\n\n"
		"Called with sudo, the command runs as who called it. It cannot gain privileges: "
		"sudo and other set-user-id programs do not work inside.",
	.options = options,
	.examples = examples,
	.exits = aw_run_exits,
	.takes_command = true,
	.usage_status = AW_EXIT_OWN,
	.run = aw_cmd_learn,
};
