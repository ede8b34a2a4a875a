/* SPDX-License-Identifier: Apache-2.0 */
/* Each step fills a part of the plan; the first that fails says why. */
#include "cli/run_plan.h"

#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>

#include "agent/cgroup.h"
#include "agent/command.h"
#include "agent/registry.h"

void aw_run_plan_done(struct aw_run_plan *plan)
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

int aw_run_plan_check_caller(struct aw_run_plan *plan)
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

static int take_allow_partial(struct aw_run_plan *plan)
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

static int find_user(struct aw_run_plan *plan)
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

static int find_cgroup(struct aw_run_plan *plan)
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
static int find_command(struct aw_run_plan *plan, int *retstatus)
{
	const char *name = plan->operands.items[0];
	char hint[AW_RUN_NAME_MAX + 64];
	int r = aw_command_find(name, getenv("PATH"), plan->user, &plan->path);

	if (r == 0) {
		plan->config.argv = plan->operands.items;
		plan->config.path = plan->path;
		return 0;
	}
	*retstatus = r == -ENOENT ? AW_EXIT_MISSING : AW_EXIT_CANNOT;
	if (r != -ENOENT) {
		snprintf(hint, sizeof(hint), "user %s may not execute it", plan->user->name);
		return aw_diag_set(&plan->diag, r, NULL, 0, 0, r == -EACCES ? hint : NULL,
				   "\"%s\" cannot be run: %s", name, strerror(-r));
	}
	return aw_diag_set(&plan->diag, r, NULL, 0, 0,
			   strchr(name, '/') ? NULL
					     : "it is searched in PATH as sudo has it; or give its "
					       "full path",
			   "there is no command \"%s\"", name);
}

static int read_policy(struct aw_run_plan *plan)
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

static int bind_anchors(struct aw_run_plan *plan)
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
static void choose_name(struct aw_run_plan *plan)
{
	const char *from = plan->policy	  ? plan->policy->name
			   : plan->cgroup ? strrchr(plan->cgroup, '/') + 1
					  : plan->operands.items[0];
	const char *slash = strrchr(from, '/');
	size_t n = 0;

	plan->config.name = plan->args.name ?: plan->name;
	for (from = slash ? slash + 1 : from; *from && n < AW_RUN_NAME_MAX; from++)
		plan->name[n++] =
			isalnum((unsigned char)*from) || strchr("._-", *from) ? *from : '-';
	if (n == 0 || plan->name[0] == '.' || plan->name[0] == '-')
		plan->name[0] = 'x';
}

static int check_name(struct aw_run_plan *plan)
{
	const char *name = plan->config.name;

	if (strlen(name) > AW_RUN_NAME_MAX || *name == '.' || *name == '-' ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")])
		return aw_diag_set(&plan->diag, -EINVAL, NULL, 0, 0,
				   "letters, digits, '.', '_' and '-', at most 64, no dot or dash "
				   "first",
				   "--name: \"%s\" is no name", name);
	return 0;
}

static int choose_events(struct aw_run_plan *plan)
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

int aw_run_plan_make(struct aw_run_plan *plan, int *retstatus)
{
	int r = take_allow_partial(plan);

	*retstatus = AW_EXIT_OWN;
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
