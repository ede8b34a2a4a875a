/* SPDX-License-Identifier: Apache-2.0 */
/* From the command line to a struct aw_run_config; nothing on the host is changed here. */
#include "cli/run_verb.h"

#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "agent/cgroup.h"
#include "agent/command.h"
#include "agent/registry.h"
#include "cli/anchors.h"

#define NAME_MAX_BYTES 64 /* of an agent's name: it is part of its cgroup's */

const struct aw_exit_row aw_run_exits[] = {
	{"0", "the command's own status; with --cgroup: watched to the end"},
	{"128+N", "signal N killed the command"},
	{"125", "agentwatch itself failed, or wrong usage; nothing was run, or it was ended"},
	{"126", "the command cannot be run"},
	{"127", "the command was not found"},
	{},
};

/* All that a config borrows from. */
struct plan {
	const struct aw_verb *verb;
	struct aw_log log;
	struct aw_run_args args;
	struct aw_operands operands;
	struct aw_run_config config;
	struct aw_user *user;
	struct aw_policy *policy;
	struct aw_image *image;
	struct aw_parse_options parse_options;
	struct aw_anchor_set anchors;
	char *path;
	char *cgroup;
	char name[NAME_MAX_BYTES + 1];
	struct aw_diag diag;
};

static void plan_done(struct plan *plan)
{
	aw_user_free(plan->user);
	aw_policy_free(plan->policy);
	aw_image_free(plan->image);
	aw_anchor_set_done(&plan->anchors);
	free(plan->path);
	free(plan->cgroup);
}

static bool has_bpf_capability(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	if (syscall(SYS_capget, &head, data) < 0)
		return false;
	return data[CAP_BPF / 32].effective & (1u << (CAP_BPF % 32));
}

static int check_caller(struct plan *plan)
{
	char hint[128];

	if (geteuid() == 0 && getuid() != 0)
		return aw_diag_set(&plan->diag, -EPERM, NULL, 0, 0, "remove that bit; use sudo",
				   "agentwatch is not made to be set-user-id");
	if (geteuid() == 0 || has_bpf_capability())
		return 0;
	snprintf(hint, sizeof(hint), "sudo agentwatch %s …; the command still runs as you",
		 plan->verb->name);
	return aw_diag_set(&plan->diag, -EPERM, NULL, 0, 0, hint,
			   "%s loads programs into the kernel: only root may", plan->verb->name);
}

static int check_usage(struct plan *plan)
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

static int take_allow_partial(struct plan *plan)
{
	const struct aw_option_list *list = &plan->args.allow_partial;

	for (size_t i = 0; i < list->n; i++) {
		enum aw_op_class c = 0;

		while (c < AW_OP_CLASSES && strcmp(aw_op_class_name(c), list->items[i]) != 0)
			c++;
		if (c == AW_OP_CLASSES)
			return aw_diag_set(&plan->diag, -EINVAL, NULL, 0, 0,
					   "classes: file exec net unix guard",
					   "--allow-partial: there is no class \"%s\"",
					   list->items[i]);
		plan->config.allow_partial |= 1u << c;
	}
	return 0;
}

static int find_user(struct plan *plan)
{
	struct aw_user_request request = {
		.name = plan->args.user,
		/* A cgroup's processes run as whoever they are; only HOME is taken from the caller.
		 */
		.as_root = plan->args.as_root || (plan->args.cgroup && !getenv("SUDO_UID")),
		.real_uid = getuid(),
		.sudo_uid = getenv("SUDO_UID"),
		.sudo_gid = getenv("SUDO_GID"),
	};

	return aw_user_resolve(&plan->user, &request, &plan->diag);
}

static int find_cgroup(struct plan *plan)
{
	uint64_t id;
	int r;

	plan->cgroup = realpath(plan->args.cgroup, NULL);
	r = plan->cgroup ? aw_cgroup_id(plan->cgroup, &id) : -errno;
	if (r < 0)
		return aw_diag_set(&plan->diag, r, plan->args.cgroup, 0, 0,
				   "a folder of the cgroup v2 hierarchy, as in /sys/fs/cgroup/…",
				   "not a cgroup that can be watched: %s", strerror(-r));
	plan->config.cgroup = plan->cgroup;
	return 0;
}

/* Before anything is made, for the commonest mistake of all. */
static int find_command(struct plan *plan, int *retstatus)
{
	const char *name = plan->operands.items[0];
	int r = aw_command_find(name, getenv("PATH"), &plan->path);

	if (r == 0) {
		plan->config.argv = plan->operands.items;
		plan->config.path = plan->path;
		return 0;
	}
	*retstatus = r == -ENOENT ? AW_EXIT_MISSING : AW_EXIT_CANNOT;
	return aw_diag_set(
		&plan->diag, r, NULL, 0, 0,
		r == -ENOENT && !strchr(name, '/') ? "it is searched in PATH as sudo has "
						     "it; or give its full path"
						   : NULL,
		r == -ENOENT ? "there is no command \"%s\"" : "\"%s\" cannot be run", name);
}

static int read_policy(struct plan *plan)
{
	int r;

	plan->parse_options = (struct aw_parse_options){
		.home = plan->user->home,
		.pack_dir = getenv("AGENTWATCH_PACK_DIR"),
		.variables = plan->args.variables.items,
	};
	if (!plan->args.policy)
		return 0;
	r = aw_policy_parse_file(&plan->policy, plan->args.policy, &plan->parse_options,
				 &plan->diag);
	if (r == 0)
		r = aw_policy_compile(&plan->image, plan->policy, &plan->diag);
	plan->config.policy = plan->policy;
	plan->config.image = plan->image;
	plan->config.policy_file = plan->args.policy;
	plan->config.parse_options = &plan->parse_options;
	return r;
}

static int bind_anchors(struct plan *plan)
{
	const struct aw_option_list *pairs = &plan->args.anchors;
	const char *home = plan->user->home;
	int r = plan->policy ? aw_anchor_set_for_policy(&plan->anchors, plan->policy, pairs, home,
							&plan->diag)
			     : aw_anchor_set_for_learning(&plan->anchors, pairs, home, &plan->diag);

	for (size_t i = 0; r == 0 && i < plan->anchors.n; i++)
		plan->config.anchors[i] = (struct aw_run_anchor){
			.name = plan->anchors.items[i].name,
			.path = plan->anchors.items[i].path,
			.index = (uint32_t)i,
		};
	plan->config.n_anchors = plan->anchors.n;
	return r;
}

/* What is given as it is; what is derived, with other characters than a name may have replaced. */
static void choose_name(struct plan *plan)
{
	const char *from = plan->policy	  ? plan->policy->name
			   : plan->cgroup ? strrchr(plan->cgroup, '/') + 1
					  : plan->operands.items[0];
	const char *slash = strrchr(from, '/');
	size_t n = 0;

	plan->config.name = plan->args.name ?: plan->name;
	for (from = slash ? slash + 1 : from; *from && n < NAME_MAX_BYTES; from++)
		plan->name[n++] =
			isalnum((unsigned char)*from) || strchr("._-", *from) ? *from : '-';
	if (n == 0 || plan->name[0] == '.' || plan->name[0] == '-')
		plan->name[0] = 'x';
}

static int check_name(struct plan *plan)
{
	const char *name = plan->config.name;

	if (strlen(name) > NAME_MAX_BYTES || *name == '.' || *name == '-' ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")])
		return aw_diag_set(&plan->diag, -EINVAL, NULL, 0, 0,
				   "letters, digits, '.', '_' and '-', at most 64, no dot or dash "
				   "first",
				   "--name: \"%s\" is no name", name);
	return 0;
}

static int choose_events(struct plan *plan)
{
	const char *events = plan->args.events;
	int r;

	if (!events && plan->config.mode == AW_MODE_OBSERVE)
		return 0;
	if (events && strcmp(events, AW_RUN_EVENTS_NONE) == 0)
		return 0;
	plan->config.events = events ?: AW_RUN_EVENTS_DEFAULT;
	if (events)
		return 0;
	r = aw_registry_make_folder("/var/log/agentwatch");
	if (r < 0)
		return aw_diag_set(&plan->diag, r, "/var/log/agentwatch", 0, 0,
				   "--events FILE puts them elsewhere",
				   "cannot make the folder for events: %s", strerror(-r));
	return 0;
}

/* 0, or −errno with the diagnosis set; *retstatus is what to exit with then. */
static int make_plan(struct plan *plan, int *retstatus)
{
	int r = check_caller(plan);

	*retstatus = AW_EXIT_OWN;
	if (r == 0)
		r = take_allow_partial(plan);
	if (r == 0)
		r = find_user(plan);
	if (r == 0)
		r = plan->args.cgroup ? find_cgroup(plan) : find_command(plan, retstatus);
	if (r == 0)
		r = read_policy(plan);
	if (r == 0)
		r = bind_anchors(plan);
	if (r < 0)
		return r;
	choose_name(plan);
	if (plan->config.mode == AW_MODE_OBSERVE)
		plan->config.baseline = plan->config.name;
	plan->config.user = plan->user;
	r = check_name(plan);
	return r < 0 ? r : choose_events(plan);
}

static int status_of(const struct aw_run_result *result)
{
	if (!result->has_status)
		return 0;
	if (WIFSIGNALED(result->wait_status))
		return AW_EXIT_SIGNAL + WTERMSIG(result->wait_status);
	return WEXITSTATUS(result->wait_status);
}

static int carry_out(struct plan *plan)
{
	struct aw_run_result result;
	int status, r = make_plan(plan, &status);

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
	_cleanup_(plan_done) struct plan plan = {
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
		.ttl_ms = plan.args.ttl_ms,
		.ring_bytes = plan.args.ring_bytes,
		.labels = plan.args.labels.items,
	};
	status = check_usage(&plan);
	if (status >= 0)
		return status;
	return carry_out(&plan);
}
