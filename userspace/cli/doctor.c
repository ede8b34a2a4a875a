/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `doctor`: what this host lets agentwatch do, in plain words, and what mends it. The probes are
 * kernel/preflight.h, the proof kernel/canary.h, the boot parameter kernel/preflight_boot.h; how it
 * is shown is doctor_report.c.
 */
#include <errno.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/common.h"
#include "cli/doctor_report.h"
#include "kernel/preflight_boot.h"

struct args {
	bool as_json;
	bool fix;
	bool prove;
};

static const struct aw_option options[] = {
	{"fix", 0, NULL, AW_OPTION_FLAG, offsetof(struct args, fix),
	 "add bpf to the kernel's lsm= list, for the next boot"},
	{"prove", 0, NULL, AW_OPTION_FLAG, offsetof(struct args, prove),
	 "load everything, and have each kind of operation denied in a throw-away cgroup"},
	{"json", 0, NULL, AW_OPTION_FLAG, offsetof(struct args, as_json),
	 "for programs, not for people"},
	{},
};

static const struct aw_example examples[] = {
	{"doctor", "what works here, and why the rest does not"},
	{"doctor --prove", "and that denials really happen"},
	{"doctor --fix", "write the boot parameter that LSM programs need"},
	{},
};

static const struct aw_exit_row exits[] = {
	{"0", "this host can enforce (and with --prove: every denial was seen)"},
	{"1", "it can only observe, or not even that, or a denial was not seen"},
	{"2", "wrong usage, or --fix or --prove could not be carried out"},
	{},
};

/* Whether a denial that should have been seen was not. */
static bool has_gap(const struct aw_doctor *doctor)
{
	for (size_t i = 0; i < doctor->n_canaries; i++)
		if (doctor->canaries[i].result == AW_CANARY_NOT_DENIED ||
		    doctor->canaries[i].result == AW_CANARY_OTHER)
			return true;
	return false;
}

static int prove(struct aw_doctor *doctor, struct aw_diag *reterr)
{
	const struct aw_host_options host_options = {.attach = -1, .allow_observe = true};
	_cleanup_(aw_host_closep) struct aw_host *host = NULL;
	int err = aw_host_open(&host, &host_options, reterr);

	if (err < 0)
		return err;
	return aw_canary_run(host, doctor->canaries, &doctor->n_canaries, reterr);
}

static int fix(struct aw_doctor *doctor, struct aw_diag *reterr)
{
	if (!doctor->preflight.has_idle_lsm)
		return 0;
	return aw_boot_enable_bpf("", doctor->preflight.lsm_list, doctor->changes,
				  &doctor->n_changes, reterr);
}

int aw_cmd_doctor(int argc, char **argv)
{
	_cleanup_free_ struct aw_doctor *doctor = calloc(1, sizeof(*doctor));
	_cleanup_buffer_ struct aw_buffer text = {};
	_cleanup_running_ struct aw_running running = {};
	struct aw_operands operands;
	struct aw_diag diag = {};
	struct args args = {};
	int r = 0, status = aw_options_parse(&aw_verb_doctor, argc, argv, &args, &operands);

	if (status >= 0)
		return status;
	if (operands.n > 0)
		return aw_usage_error(&aw_verb_doctor, NULL, "it takes no \"%s\"",
				      operands.items[0]);
	if (!doctor)
		return aw_cli_fail(AW_EXIT_USAGE, -ENOMEM, &diag);
	aw_preflight_run(&running, &doctor->preflight);
	doctor->verdict =
		aw_preflight_choose(&doctor->preflight, &doctor->attach, &doctor->obstacle);
	doctor->asked_fix = args.fix;
	if (args.fix)
		r = fix(doctor, &diag);
	if (!r && args.prove && !doctor->verdict)
		r = prove(doctor, &diag);
	if (args.as_json)
		aw_doctor_json(doctor, &text);
	else
		aw_doctor_text(doctor, aw_doctor_marks(), &text);
	status = aw_cli_print(&text);
	if (r < 0)
		return aw_cli_fail(AW_EXIT_USAGE, r, &diag);
	if (status)
		return status;
	return doctor->verdict || doctor->attach == AW_ATTACH_OBSERVE || has_gap(doctor)
		       ? AW_EXIT_NO
		       : 0;
}

const struct aw_verb aw_verb_doctor = {
	.name = "doctor",
	.operands = "",
	.summary = "say what this host can do, and what mends it",
	.text = "Tries what agentwatch needs of the kernel, with tiny programs that concern nobody "
		"but the doctor itself, and says what works, what does not, why, and the mend.\n\n"
		"Where `bpf` is not in the kernel's lsm= list, fmod_ret programs enforce instead "
		"and "
		"no reboot is needed. --fix writes the parameter for the next boot all the same: "
		"the "
		"kernel's own list with bpf at its end, into /etc/default/grub.d/agentwatch.cfg "
		"(Debian, Ubuntu) or /etc/kernel/cmdline (systemd-boot). It runs nothing.\n\n"
		"--prove loads everything and has a process in a throw-away cgroup try each kind "
		"of "
		"operation under a policy that allows nothing; each must be denied there while it "
		"succeeds outside.",
	.options = options,
	.examples = examples,
	.exits = exits,
	.run = aw_cmd_doctor,
};
