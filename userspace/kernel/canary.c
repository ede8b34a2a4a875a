/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the acts of canary_acts.c outside and inside, and compares. What is measured comes back
 * through shared memory, since the process inside can neither write nor speak.
 */
#include "kernel/canary.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "agent/cgroup.h"
#include "kernel/agents.h"
#include "kernel/canary_acts.h"
#include "policy/parse.h"

#define PARENT_FOLDER "/tmp/agentwatch-canary-XXXXXX"
#define TRY_SECONDS   10 /* for all acts together */
#define KILL_MS	      2000
#define NOT_TRIED     1 /* in place of an error */

/* Says nothing of anything that an act does. */
static const char policy_text[] = "version: 1\n"
				  "name: canary\n"
				  "rules:\n"
				  "  - {id: nothing, allow: [read], path: [/agentwatch-canary]}\n"
				  "  - {id: attributes, lift: guard.capability}\n";

const char *aw_canary_result_name(enum aw_canary_result result)
{
	static const char *const names[] = {
		[AW_CANARY_PROVED] = "denied",	      [AW_CANARY_NOT_DENIED] = "NOT denied",
		[AW_CANARY_OTHER] = "other error",    [AW_CANARY_NO_CONTROL] = "not tried",
		[AW_CANARY_EXEMPT] = "only observed",
	};

	static_assert(sizeof(names) / sizeof(*names) == AW_CANARY_RESULTS, "a name for each");
	return names[result];
}

/* In the forked process. The last act's success ends it by replacing it. */
static void try_all(const struct aw_canary_stage *stage, int *errors)
{
	const struct aw_canary_act *act;

	alarm(TRY_SECONDS);
	for (size_t i = 0; (act = aw_canary_act_at(i)); i++) {
		errors[i] = 0;
		errors[i] = act->act(stage);
	}
	_exit(0);
}

/* In a process of the cgroup, or in an ordinary one where that is NULL. */
static int try_in(const char *cgroup, const struct aw_canary_stage *stage, int *errors)
{
	int status;
	pid_t pid = cgroup ? aw_cgroup_fork(cgroup) : fork();

	if (pid < 0)
		return -errno;
	if (!pid)
		try_all(stage, errors);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EPROTO;
}

static int try_both(const char *cgroup, const char *parent, int *outside, int *inside)
{
	struct aw_canary_stage stage;
	int err = aw_canary_stage_make(&stage, parent, "outside");

	if (err < 0)
		return err;
	err = try_in(NULL, &stage, outside);
	aw_canary_stage_done(&stage);
	if (err < 0)
		return err;
	err = aw_canary_stage_make(&stage, parent, "inside");
	if (err < 0)
		return err;
	err = try_in(cgroup, &stage, inside);
	aw_canary_stage_done(&stage);
	return err;
}

static enum aw_canary_result judge(int outside, int inside, bool decides)
{
	if (outside)
		return AW_CANARY_NO_CONTROL;
	if (inside == -EACCES)
		return AW_CANARY_PROVED;
	if (inside)
		return AW_CANARY_OTHER;
	return decides ? AW_CANARY_NOT_DENIED : AW_CANARY_EXEMPT;
}

static void compare(enum aw_attach attach, const int *outside, const int *inside,
		    struct aw_canary_row *ret, size_t *retn)
{
	const struct aw_canary_act *act;
	size_t n;

	for (n = 0; n < AW_CANARIES_MAX && (act = aw_canary_act_at(n)); n++) {
		bool decides = attach != AW_ATTACH_OBSERVE || act->op_class == AW_CLASS_NET;

		ret[n].name = act->name;
		ret[n].result = judge(outside[n], inside[n], decides);
		ret[n].error = outside[n] ? outside[n] : inside[n];
	}
	*retn = n;
}

/* Registers the cgroup, tries, and takes everything away again. */
static int run_in(struct aw_host *host, const char *cgroup, const struct aw_image *image,
		  const char *parent, int *errors, struct aw_diag *reterr)
{
	struct aw_agent_config config = {
		.name = "canary", .cgroup_path = cgroup, .image = image, .ring_slot = 0};
	struct aw_agent_handle agent;
	int err;

	for (int i = 0; i < AW_OP_CLASSES; i++)
		config.modes[i] = AW_MODE_ENFORCE;
	err = aw_agent_add(host, &config, &agent, reterr);
	if (err < 0)
		return err;
	err = try_both(cgroup, parent, errors, errors + AW_CANARIES_MAX);
	aw_cgroup_kill(cgroup, KILL_MS);
	aw_agent_remove(host, agent);
	if (err < 0)
		return aw_diag_set(reterr, err, NULL, 0, 0, NULL, "the acts could not be tried: %s",
				   strerror(-err));
	return 0;
}

static int compile_policy(struct aw_image **ret, struct aw_diag *reterr)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
	int err = aw_policy_parse_text(&policy, "canary", policy_text, sizeof(policy_text) - 1,
				       NULL, reterr);

	return err < 0 ? err : aw_policy_compile(ret, policy, reterr);
}

int aw_canary_run(struct aw_host *host, struct aw_canary_row ret[AW_CANARIES_MAX], size_t *retn,
		  struct aw_diag *reterr)
{
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	const size_t bytes = 2 * AW_CANARIES_MAX * sizeof(int);
	_cleanup_free_ char *cgroup = NULL;
	char parent[] = PARENT_FOLDER;
	int *errors;
	int err = compile_policy(&image, reterr);

	if (!err)
		err = aw_cgroup_make(&cgroup, "canary", reterr);
	if (err < 0)
		return err;
	errors = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (errors == MAP_FAILED || !mkdtemp(parent)) {
		err = aw_diag_set(reterr, -errno, NULL, 0, 0, NULL, "cannot make %s: %s", parent,
				  strerror(errno));
	} else {
		for (size_t i = 0; i < 2 * AW_CANARIES_MAX; i++)
			errors[i] = NOT_TRIED;
		err = run_in(host, cgroup, image, parent, errors, reterr);
		rmdir(parent);
	}
	if (!err)
		compare(aw_host_attach(host), errors, errors + AW_CANARIES_MAX, ret, retn);
	if (errors != MAP_FAILED)
		munmap(errors, bytes);
	aw_cgroup_remove(cgroup);
	return err;
}
