/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything up to the command's first instruction. Each step leaves in the run what it made, so
 * that aw_run_undo can take it away wherever this stops.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "agent/cgroup.h"
#include "agent/registry.h"
#include "daemon/policy_archive.h"
#include "daemon/run_names.h"
#include "daemon/run_state.h"
#include "version.h"

/* Where only tracepoints load, nothing but addresses can be denied. */
static int set_modes(struct aw_run *run, struct aw_diag *reterr)
{
	bool only_observes = aw_host_attach(run->host) == AW_ATTACH_OBSERVE;

	for (enum aw_op_class c = 0; c < AW_OP_CLASSES; c++) {
		run->modes[c] = run->config->mode;
		if (!only_observes || c == AW_CLASS_NET)
			continue;
		if (!(run->config->allow_partial & (1u << c)))
			return aw_diag_set(reterr, -EOPNOTSUPP, NULL, 0, 0,
					   "run 'agentwatch doctor' for the cause; --allow-partial "
					   "CLASS accepts it for one class",
					   "this host can only observe %s operations, and only "
					   "after the fact",
					   aw_op_class_name(c));
		if (run->modes[c] == AW_MODE_ENFORCE)
			run->modes[c] = AW_MODE_AUDIT;
	}
	return 0;
}

static bool is_in_kernel(const struct aw_registry_entry *entry, void *userdata)
{
	struct aw_host *host = userdata;

	return aw_agent_tasks(host, (struct aw_agent_handle){.slot = entry->slot,
							     .generation = entry->generation}) > 0;
}

static int open_host(struct aw_run *run, struct aw_diag *reterr)
{
	struct aw_host_options options = {
		.attach = -1,
		.allow_observe = run->config->allow_partial != 0,
	};
	int r = aw_host_open(&run->host, &options, reterr);

	if (r < 0)
		return r;
	/* The host has reaped what died without an end; so do we for people. */
	(void)aw_registry_reap(AW_REGISTRY_DIR, is_in_kernel, run->host);
	return set_modes(run, reterr);
}

static int have_cgroup(struct aw_run *run, struct aw_diag *reterr)
{
	int r;

	if (!run->config->cgroup) {
		r = aw_cgroup_make(&run->cgroup, run->config->name, reterr);
		run->owns_cgroup = r == 0;
		return r;
	}
	run->cgroup = strdup(run->config->cgroup);
	if (!run->cgroup)
		return -ENOMEM;
	run->was_populated = aw_cgroup_is_populated(run->cgroup) > 0;
	if (!run->was_populated)
		aw_log_info(run->config->log, "nothing runs in %s yet: waiting for it",
			    run->cgroup);
	return 0;
}

static int take_record(enum aw_ring ring, const void *data, size_t size, void *userdata)
{
	struct aw_run *run = userdata;

	return aw_pipeline_record(ring, data, size, run->pipeline);
}

static int open_consumer(struct aw_run *run, struct aw_diag *reterr)
{
	size_t bytes = run->config->ring_bytes;
	size_t decisions = bytes / AW_RUN_DECISIONS_PART;

	return aw_consumer_open(&run->consumer, run->host,
				decisions > AW_RUN_RING_MIN ? decisions : AW_RUN_RING_MIN, bytes,
				take_record, run, reterr);
}

static int add_agent(struct aw_run *run, struct aw_diag *reterr)
{
	const struct aw_run_config *config = run->config;
	const char *slash = strrchr(run->cgroup, '/');
	struct aw_agent_config agent = {
		.name = slash ? slash + 1 : run->cgroup,
		.cgroup_path = run->cgroup,
		.image = config->image,
		.policy_hash = config->image ? run->policy_hash : NULL,
		.record_allowed = config->record_allowed,
		.verify_cache = config->verify_cache,
		.recheck = config->recheck,
		.grants_stdio = config->argv != NULL,
		.ring_slot = aw_consumer_slot(run->consumer),
		.names = aw_run_names(config->policy),
		.n_anchors = config->n_anchors,
	};
	struct aw_agent_state_now now;
	int r;

	memcpy(agent.modes, run->modes, sizeof(agent.modes));
	for (size_t i = 0; i < config->n_anchors; i++) {
		agent.anchors[i].name = config->anchors[i].name;
		agent.anchors[i].path = config->anchors[i].path;
		agent.anchors[i].index = config->anchors[i].index;
	}
	r = aw_agent_add(run->host, &agent, &run->agent, reterr);
	if (r == 0)
		aw_run_hosts_keep(&run->hosts, run->host, run->agent, config->image, config->log);
	if (r == 0 && aw_agent_read(run->host, run->agent, &now) == 0)
		run->control_generation = now.control_generation;
	return r;
}

static int begin_baseline(struct aw_run *run, struct aw_diag *reterr)
{
	const struct aw_run_config *config = run->config;
	struct aw_baseline_run_meta meta = {
		.uuid = run->result->run_id,
		.user = config->user ? config->user->name : NULL,
		.version = AW_VERSION,
		.labels = config->labels,
		.command = (const char *const *)config->argv,
		.start_ns = run->started_ns,
	};

	return aw_baseline_run_begin(&run->baseline_run, run->store, config->baseline, &meta,
				     reterr);
}

/* Where the agent's own user can read it; without it only `why --self` is lost. */
static int open_denials(struct aw_run *run, struct aw_diag *reterr)
{
	gid_t group = run->config->user ? run->config->user->gid : 0;
	int r = aw_registry_make_folder(AW_REGISTRY_DIR);

	run->denials_path = aw_registry_path(AW_REGISTRY_DIR, run->agent.slot, "denials");
	if (r == 0)
		r = run->denials_path ? aw_denials_open(&run->denials, run->denials_path, group)
				      : -ENOMEM;
	if (r < 0)
		return aw_diag_set(reterr, r, AW_REGISTRY_DIR, 0, 0, NULL,
				   "cannot keep the agent's denials here: %s", strerror(-r));
	return 0;
}

static int make_pipeline(struct aw_run *run, struct aw_diag *reterr)
{
	int procfs = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct aw_pipeline_options options = {
		.context = &run->context,
		.origin = aw_run_origin(run),
		.policy = run->config->policy,
		.policy_id = run->policy_id,
		.sink = run->sink,
		.denials = run->denials,
		.run = run->baseline_run,
		.procfs = procfs,
	};
	int r = aw_run_policies_new(&run->policies, &run->context, AW_POLICY_ARCHIVE_DIR);

	options.policies = run->policies;
	if (r == 0)
		r = aw_pipeline_new(&run->pipeline, &options);
	if (r < 0) {
		if (procfs >= 0)
			close(procfs);
		return aw_diag_set(reterr, r, NULL, 0, 0, NULL, "cannot take events: %s",
				   strerror(-r));
	}
	aw_pipeline_set_agent(run->pipeline, run->agent.slot, run->agent.generation);
	return 0;
}

struct anchor_texts {
	char *items[AW_ANCHORS_MAX + 1];
};

static void anchor_texts_done(struct anchor_texts *texts)
{
	for (size_t i = 0; i < AW_ANCHORS_MAX; i++)
		free(texts->items[i]);
}

/* By number, which is their place: it is told to those who change the agent's policy. */
static int format_anchors(const struct aw_run_config *config, struct anchor_texts *ret)
{
	for (size_t i = 0; i < config->n_anchors; i++) {
		char **text = &ret->items[config->anchors[i].index];

		if (asprintf(text, "%s=%s", config->anchors[i].name, config->anchors[i].path) < 0) {
			*text = NULL;
			return -ENOMEM;
		}
	}
	return 0;
}

static int write_registry(struct aw_run *run, struct aw_diag *reterr)
{
	_cleanup_(anchor_texts_done) struct anchor_texts anchors = {};
	const struct aw_run_config *config = run->config;
	_cleanup_free_ char *events = config->events ? realpath(config->events, NULL) : NULL;
	_cleanup_free_ char *policy =
		config->policy_file ? realpath(config->policy_file, NULL) : NULL;
	struct aw_registry_entry entry = {
		.slot = run->agent.slot,
		.generation = run->agent.generation,
		.name = config->name,
		.run = run->result->run_id,
		.cgroup = run->cgroup,
		.uid = config->user ? config->user->uid : 0,
		.verb = config->verb,
		.attach = aw_attach_name(aw_host_attach(run->host)),
		.policy_name = run->context.policy_name,
		.policy_hash = run->context.policy_hash,
		.policy_file = policy,
		.home = config->user ? config->user->home : NULL,
		.anchors = (const char *const *)anchors.items,
		.labels = config->labels,
		.command = (const char *const *)config->argv,
		.events = events,
		.denials = run->denials_path,
		.started_ns = run->started_ns,
	};
	int r = aw_process_id_of(getpid(), &entry.owner);

	if (r == 0)
		r = format_anchors(config, &anchors);

	for (enum aw_op_class c = 0; c < AW_OP_CLASSES; c++)
		entry.modes[c] = aw_mode_name(run->modes[c]);
	if (r == 0)
		r = aw_registry_write(AW_REGISTRY_DIR, &entry);
	if (r == 0 && config->image)
		r = aw_policy_archive_put(AW_POLICY_ARCHIVE_DIR, run->policy_hash,
					  config->policy_file, config->parse_options, NULL);
	if (r < 0)
		return aw_diag_set(reterr, r, AW_RUN_DIR, 0, 0, NULL,
				   "cannot write down the agent here: %s", strerror(-r));
	return 0;
}

/*
 * Loading can take seconds. A signal that came meanwhile was for a command that did not exist yet,
 * so it could not reach it.
 */
static int check_interrupted(const struct aw_run *run, struct aw_diag *reterr)
{
	struct pollfd signals = {.fd = run->signal_fd, .events = POLLIN};

	if (poll(&signals, 1, 0) <= 0)
		return 0;
	return aw_diag_set(reterr, -EINTR, NULL, 0, 0, NULL,
			   "interrupted before anything was started");
}

/* The label was given when the process was made, before its first instruction: that is proved. */
static int start_command(struct aw_run *run, struct aw_diag *reterr)
{
	int r;

	if (!run->config->argv)
		return 0;
	run->command.argv = run->config->argv;
	run->command.path = run->config->path;
	run->command.user = run->config->user;
	run->command.cgroup = run->cgroup;
	r = aw_command_start(&run->command, reterr);
	if (r < 0)
		return r;
	if (aw_agent_tasks(run->host, run->agent) < 1)
		return aw_diag_set(reterr, -EIO, NULL, 0, 0, "run: agentwatch doctor",
				   "the command's process did not become the agent's");
	aw_pipeline_set_launcher(run->pipeline, run->command.pid);
	r = aw_command_release(&run->command);
	if (r < 0)
		return aw_diag_set(reterr, r, NULL, 0, 0, NULL, "the command's process is gone");
	return 0;
}

static void tell_start(struct aw_run *run)
{
	_cleanup_buffer_ struct aw_buffer line = {};
	struct aw_event_origin origin = aw_run_origin(run);
	struct aw_run_report report;

	aw_run_fill_report(run, &report);
	if (aw_run_start_to_json(&report, &origin, &line) == 0)
		aw_pipeline_line(run->pipeline, line.data, line.length);
}

int aw_run_begin(struct aw_run *run, struct aw_diag *reterr)
{
	const struct aw_run_config *config = run->config;
	int r = aw_run_name(run, reterr);

	if (r == 0 && config->events)
		r = aw_sink_open(&run->sink, config->events, reterr);
	if (r == 0 && config->baseline)
		r = aw_baseline_open(&run->store, NULL, reterr);
	if (r == 0)
		r = open_host(run, reterr);
	if (r == 0)
		r = have_cgroup(run, reterr);
	if (r == 0)
		r = open_consumer(run, reterr);
	if (r == 0)
		r = add_agent(run, reterr);
	if (r == 0)
		r = open_denials(run, reterr);
	if (r == 0)
		r = write_registry(run, reterr);
	if (r == 0)
		r = check_interrupted(run, reterr);
	if (r == 0 && config->baseline)
		r = begin_baseline(run, reterr);
	if (r == 0)
		r = make_pipeline(run, reterr);
	if (r < 0)
		return r;
	tell_start(run);
	if (config->ttl_ms > 0)
		run->ttl_end_ns = aw_clock_boot_now() + config->ttl_ms * 1000000;
	return start_command(run, reterr);
}
