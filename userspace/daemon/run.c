/* SPDX-License-Identifier: Apache-2.0 */
/* The order of things, and what all parts of a run share. */
#include "daemon/run.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "daemon/run_state.h"

void aw_run_result_clear(struct aw_run_result *result)
{
	aw_tally_free(result->tally);
	result->tally = NULL;
}

void aw_run_report_outages(struct aw_run *run)
{
	struct aw_pipeline_stats stats;
	int error;

	if (run->sink && aw_sink_take_report(run->sink, &error)) {
		if (error < 0)
			aw_log_warning(run->config->log,
				       "events cannot be written to %s: %s; they are kept and "
				       "tried again, what does not fit is counted",
				       run->config->events, strerror(-error));
		else
			aw_log_info(run->config->log, "events are written to %s again",
				    run->config->events);
	}
	aw_pipeline_stats(run->pipeline, &stats);
	if (stats.baseline_error < 0 && !run->baseline_failed)
		aw_log_warning(run->config->log, "the baseline cannot be written: %s",
			       strerror(-stats.baseline_error));
	run->baseline_failed = run->baseline_failed || stats.baseline_error < 0;
}

/* What ends a run is read from a descriptor; what only disturbs is ignored. */
static int catch_signals(sigset_t *retold)
{
	static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		sigaddset(&set, ending[i]);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, retold) < 0)
		return -errno;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int aw_run(const struct aw_run_config *config, struct aw_run_result *ret, struct aw_diag *reterr)
{
	struct aw_run run = {.config = config, .result = ret, .command = AW_COMMAND_NONE};
	sigset_t old;
	int r;

	*ret = (struct aw_run_result){};
	run.signal_fd = catch_signals(&old);
	if (run.signal_fd < 0)
		return aw_diag_set(reterr, -errno, NULL, 0, 0, NULL, "signalfd: %m");
	r = aw_run_begin(&run, reterr);
	if (r == 0) {
		aw_run_loop(&run);
		aw_run_end(&run);
	}
	aw_run_undo(&run);
	close(run.signal_fd);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}
