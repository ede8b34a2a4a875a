/* SPDX-License-Identifier: Apache-2.0 */
/* A run while it lasts. For the files run*.c only. */
#pragma once

#include "agent/command.h"
#include "agent/denials.h"
#include "base/clock.h"
#include "daemon/run.h"
#include "daemon/run_hosts.h"
#include "kernel/consumer.h"

struct aw_run {
	const struct aw_run_config *config;
	struct aw_run_result *result;
	enum aw_mode modes[AW_OP_CLASSES];
	char boot_id[AW_CLOCK_BOOT_ID_SIZE];
	char host_name[256];
	char policy_hash[65];
	uint64_t policy_id;
	uint64_t started_ns; /* wall clock */

	char *cgroup;
	bool owns_cgroup;
	bool was_populated; /* a foreign cgroup: processes were inside before the agent was */
	struct aw_host *host;
	struct aw_consumer *consumer;
	struct aw_agent_handle agent; /* slot 0: none yet */
	struct aw_sink *sink;
	struct aw_denials *denials;
	char *denials_path;
	struct aw_pipeline *pipeline;
	struct aw_baseline_store *store;
	struct aw_baseline_run *baseline_run;
	struct aw_run_policies *policies;
	struct aw_event_context context;	 /* as it began: what the pipeline has */
	struct aw_event_context context_now;	 /* what lines about the run say */
	char *policy_name_now, *policy_hash_now; /* of context_now, where they are not its own */
	uint64_t policy_id_now;
	struct aw_command command;
	int signal_fd;
	struct aw_run_hosts hosts;

	/* The loop. */
	uint64_t ttl_end_ns;	     /* boot time; 0: none */
	uint32_t control_generation; /* of the agent's control word that there was a line for */
	unsigned int stops;	     /* signals to end so far */
	bool is_over;
	bool has_been_populated;
	bool baseline_failed; /* and was reported */
	uint64_t losses_checked_ns;
	uint64_t told[AW_LOSS_CAUSES][AW_RINGS]; /* losses that there was a line for */
};

/* Draws the run's id and fills what events say of the run. run_name.c */
int aw_run_name(struct aw_run *run, struct aw_diag *reterr);
int aw_run_begin(struct aw_run *run, struct aw_diag *reterr); /* run_begin.c */
void aw_run_loop(struct aw_run *run);			      /* run_loop.c */
void aw_run_end(struct aw_run *run);			      /* run_end.c */
/* Takes away whatever is there; after aw_run_end, or after a begin that failed. run_end.c */
void aw_run_undo(struct aw_run *run);

/* Reports once what sink and store complain of. */
void aw_run_report_outages(struct aw_run *run);
/* Writes a line for each kind of loss that has grown. run_losses.c */
void aw_run_tell_losses(struct aw_run *run, const struct aw_counters *counters);
/* The same with the kernel's counters of now, once a second. */
void aw_run_check_losses(struct aw_run *run);
/* Writes a line where another command changed policy or modes. run_change.c */
void aw_run_check_change(struct aw_run *run);
/* Fills what the lines about the run as a whole need. run_name.c */
void aw_run_fill_report(const struct aw_run *run, struct aw_run_report *ret);
struct aw_event_origin aw_run_origin(const struct aw_run *run);
