/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `why`: explains one event to an operator, and to an agent its own last denials. The explaining is
 * event/why.h's; here are the files that it reads.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "agent/cgroup.h"
#include "agent/registry.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/run_verb.h"
#include "daemon/policy_archive.h"
#include "event/why.h"
#include "event/why_sensitive.h"

#define LAST_DEFAULT 5
#define SETTLE_MS    300 /* what was denied a moment ago is still on its way to the file */

struct args {
	const char *events;
	const char *policy;
	bool self;
	uint64_t last;
	bool as_json;
};

static const struct aw_option options[] = {
	{"events", 0, "FILE", AW_OPTION_TEXT, offsetof(struct args, events),
	 "the file that the event is in (default " AW_RUN_EVENTS_DEFAULT ")"},
	{"policy", 0, "FILE", AW_OPTION_TEXT, offsetof(struct args, policy),
	 "the policy's source, where it did not run on this host since it was booted"},
	{"self", 0, NULL, AW_OPTION_FLAG, offsetof(struct args, self),
	 "inside an agent: its own last denials"},
	{"last", 'n', "N", AW_OPTION_NUMBER, offsetof(struct args, last),
	 "with --self: how many (default 5)"},
	{"json", 0, NULL, AW_OPTION_FLAG, offsetof(struct args, as_json),
	 "for programs, not for people"},
	{},
};

static const struct aw_example examples[] = {
	{"why 3f2a9c1e-104c537e68-3-d17", "an event by its id, or the start of it"},
	{"why 3f2a9c1e-104c --events run.jsonl", "from another file"},
	{"why --self", "what was just denied to me, and what to do"},
	{},
};

static const struct aw_exit_row exits[] = {
	{"0", "explained"},
	{"1", "there is no such event; --self: not inside an agent, or nothing was denied"},
	{"2", "wrong usage, or a file cannot be read"},
	{},
};

/* The policy of the event, parsed when it is first asked for. */
struct sources {
	const char *file; /* --policy, or NULL */
	struct aw_policy *policy;
	struct aw_diag diag;
};

static const struct aw_policy *find_policy(void *userdata, const char *hash)
{
	struct sources *sources = userdata;

	if (sources->policy)
		return sources->policy;
	if (sources->file)
		(void)aw_policy_parse_file(&sources->policy, sources->file, NULL, &sources->diag);
	else
		(void)aw_policy_archive_get(AW_POLICY_ARCHIVE_DIR, hash, &sources->policy,
					    &sources->diag);
	return sources->policy;
}

static int open_events(const char *path, FILE **ret, struct aw_diag *reterr)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return aw_diag_set(reterr, -errno, path, 0, 0,
				   errno == ENOENT ? "--events FILE says which file" : NULL,
				   "cannot read the events: %m");
	*ret = file;
	return 0;
}

static int explain(const char *id, const struct args *args, struct aw_buffer *out,
		   struct aw_diag *reterr)
{
	struct sources sources = {.file = args->policy};
	struct aw_why_options why = {
		.policy = find_policy,
		.sensitive = aw_why_sensitive,
		.userdata = &sources,
	};
	_cleanup_fclose_ FILE *events = NULL;
	json_t *event = NULL;
	int r = open_events(args->events ?: AW_RUN_EVENTS_DEFAULT, &events, reterr);

	if (r < 0)
		return r == -ENOENT ? -ENODATA : r;
	r = aw_why_find(events, id, &event, reterr);
	if (r < 0)
		return r;
	r = args->as_json ? aw_why_format_json(event, &why, out) : aw_why_format(event, &why, out);
	json_decref(event);
	if (*sources.diag.message)
		aw_cli_note("warning: the policy's source cannot be read: %s",
			    sources.diag.message);
	aw_policy_free(sources.policy);
	return r;
}

/* The caller's cgroup as a path of this host. */
static int own_cgroup(char **ret, struct aw_diag *reterr)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/cgroup", "re");
	_cleanup_free_ char *root = NULL, *line = NULL;
	size_t size = 0;
	int r = aw_cgroup_find_root(&root, reterr);

	if (r < 0)
		return r;
	while (file && getline(&line, &size, file) > 0) {
		if (strncmp(line, "0::", 3) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		return asprintf(ret, "%s%s", root, line + 3) < 0 ? -ENOMEM : 0;
	}
	return aw_diag_set(reterr, -ENOENT, "/proc/self/cgroup", 0, 0, NULL,
			   "this process is in no cgroup of the v2 hierarchy");
}

static int explain_agent(const struct aw_registry_entry *agent, const struct args *args,
			 struct aw_buffer *out, struct aw_diag *reterr)
{
	_cleanup_fclose_ FILE *denials = NULL;
	size_t last = args->last ?: LAST_DEFAULT;
	int r;

	if (!agent)
		return aw_diag_set(reterr, -ENOENT, NULL, 0, 0, NULL,
				   "this process is not part of an agent");
	if (!agent->denials || !agent->run)
		return aw_diag_set(reterr, -ENOENT, NULL, 0, 0, NULL,
				   "agent %s keeps no list of its denials", agent->name);
	poll(NULL, 0, SETTLE_MS);
	r = open_events(agent->denials, &denials, reterr);
	if (r < 0)
		return r;
	return args->as_json ? aw_why_self_json(denials, agent->run, last, out)
			     : aw_why_self(denials, agent->run, last, out);
}

static int explain_self(const struct args *args, struct aw_buffer *out, struct aw_diag *reterr)
{
	_cleanup_free_ char *cgroup = NULL;
	struct aw_registry_list list;
	size_t damaged;
	int r = own_cgroup(&cgroup, reterr);

	if (r < 0)
		return r == -ENODEV ? -ENOENT : r; /* without the hierarchy there is no agent */
	r = aw_registry_read(AW_REGISTRY_DIR, &list, &damaged);
	if (r < 0)
		return aw_diag_set(reterr, r, AW_REGISTRY_DIR, 0, 0,
				   r == -EACCES ? "the agent's policy must allow reading it" : NULL,
				   "cannot be read: %s", strerror(-r));
	r = explain_agent(aw_registry_find_cgroup(&list, cgroup), args, out, reterr);
	aw_registry_clear(&list);
	return r;
}

int aw_cmd_why(int argc, char **argv)
{
	_cleanup_buffer_ struct aw_buffer out = {};
	struct aw_operands operands;
	struct aw_diag diag = {};
	struct args args = {};
	int r, status = aw_options_parse(&aw_verb_why, argc, argv, &args, &operands);

	if (status >= 0)
		return status;
	if (operands.n != (args.self ? 0 : 1))
		return aw_usage_error(&aw_verb_why, NULL,
				      "it takes the id of one event, or --self");
	if (args.last > AW_WHY_SELF_MAX)
		return aw_usage_error(&aw_verb_why, NULL, "--last: at most %d", AW_WHY_SELF_MAX);
	r = args.self ? explain_self(&args, &out, &diag)
		      : explain(operands.items[0], &args, &out, &diag);
	if (r < 0)
		return aw_cli_fail(r == -ENOENT || r == -ENOTUNIQ ? AW_EXIT_NO : AW_EXIT_USAGE, r,
				   &diag);
	return aw_cli_print(&out);
}

const struct aw_verb aw_verb_why = {
	.name = "why",
	.operands = "EVENT",
	.summary = "explain an event, or an agent's own last denials",
	.text = "Explains one event: what happened, who did it, which rule of which policy "
		"decided, "
		"and the line that would allow it. With --self, which works inside an agent and "
		"needs no root, an agent reads its own last denials and nobody else's.",
	.options = options,
	.examples = examples,
	.exits = exits,
	.run = aw_cmd_why,
};
