/* SPDX-License-Identifier: Apache-2.0 */
/* learn, audit and enforce as a whole: options, plan, run, summary, status. */
#include "cli/run_verb.h"

#include <string.h>
#include <sys/wait.h>

#include "cli/run_plan.h"

const struct aw_exit_row aw_run_exits[] = {
	{"0", "the command's own status; with --cgroup: watched to the end"},
	{"128+N", "signal N killed the command"},
	{"125", "agentwatch itself failed, or wrong usage; nothing was run, or it was ended"},
	{"126", "the command cannot be run"},
	{"127", "the command was not found"},
	{},
};

static int check_usage(struct aw_run_plan *plan)
{
	const struct aw_run_args *args = &plan->args;

	if (args->cgroup && plan->operands.n > 0)
		return aw_usage_error(plan->verb, NULL,
				      "--cgroup and a command exclude each other");
	if (!args->cgroup && plan->operands.n == 0)
		return aw_usage_error(plan->verb, "put it behind --", "there is no command to run");
	if (args->cgroup && (args->user || args->as_root))
		return aw_usage_error(plan->verb, NULL,
				      "--cgroup runs nothing: --user and "
				      "--as-root mean nothing with it");
	if (args->ring_bytes < AW_RUN_RING_MIN || args->ring_bytes > AW_RUN_RING_MAX)
		return aw_usage_error(plan->verb, "64K to 1G", "--ring-size: out of range");
	if (plan->config.mode != AW_MODE_OBSERVE && !args->policy)
		return aw_usage_error(plan->verb, "agentwatch policy new makes one from a baseline",
				      "--policy FILE is missing");
	return -1;
}

static int status_of(const struct aw_run_result *result)
{
	if (!result->has_status)
		return 0;
	if (WIFSIGNALED(result->wait_status))
		return AW_EXIT_SIGNAL + WTERMSIG(result->wait_status);
	return WEXITSTATUS(result->wait_status);
}

static int carry_out(struct aw_run_plan *plan)
{
	struct aw_run_result result;
	int status = AW_EXIT_OWN, r = aw_run_plan_check_caller(plan);

	if (r == 0)
		r = aw_run_plan_make(plan, &status);
	if (r == 0) {
		status = AW_EXIT_OWN;
		r = aw_run(&plan->config, &result, &plan->diag);
	}
	if (r < 0) {
		if (!*plan->diag.message)
			aw_diag_set(&plan->diag, r, NULL, 0, 0, NULL, "%s", strerror(-r));
		aw_log_diag(&plan->log, AW_LOG_ERROR, &plan->diag);
		return status;
	}
	aw_run_summary_print(&plan->config, &result, stderr);
	status = status_of(&result);
	aw_run_result_clear(&result);
	return status;
}

int aw_run_verb(const struct aw_verb *verb, enum aw_mode mode, int argc, char **argv)
{
	_cleanup_(aw_run_plan_done) struct aw_run_plan plan = {
		.verb = verb,
		.args = {.ring_bytes = AW_RUN_RING_DEFAULT},
	};
	int status = aw_options_parse(verb, argc, argv, &plan.args, &plan.operands);

	if (status >= 0)
		return status;
	aw_log_init(&plan.log, stderr, AW_LOG_INFO);
	plan.config = (struct aw_run_config){
		.log = &plan.log,
		.verb = verb->name,
		.mode = mode,
		.record_allowed = plan.args.record_allowed,
		.verify_cache = plan.args.verify_cache,
		.recheck = mode != AW_MODE_OBSERVE && (plan.args.recheck || plan.args.cgroup),
		.ttl_ms = plan.args.ttl_ms,
		.ring_bytes = plan.args.ring_bytes,
		.labels = plan.args.labels.items,
	};
	status = check_usage(&plan);
	if (status >= 0)
		return status;
	return carry_out(&plan);
}
