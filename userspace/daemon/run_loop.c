/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting: for records, for signals, for the command's end, for time. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

#include "agent/cgroup.h"
#include "daemon/run_state.h"

#define TICK_MS 250

static void send_signal(const struct aw_run *run, int signo)
{
	(void)syscall(SYS_pidfd_send_signal, run->command.pidfd, signo, NULL, 0);
}

/*
 * What the terminal sends reaches the command by itself, for it is in our process group; what was
 * sent to us alone is passed on. Who goes on asking gets everything ended.
 */
static void on_signal(struct aw_run *run, const struct signalfd_siginfo *info)
{
	run->stops++;
	if (run->config->cgroup) {
		run->is_over = true;
		return;
	}
	if (info->ssi_code != SI_KERNEL)
		send_signal(run, (int)info->ssi_signo);
	if (run->stops < AW_RUN_STOPS_MAX)
		return;
	aw_log_warning(run->config->log, "ending everything in %s", run->cgroup);
	aw_cgroup_kill(run->cgroup, 0);
}

static void take_signals(struct aw_run *run)
{
	struct signalfd_siginfo info;

	while (read(run->signal_fd, &info, sizeof(info)) == sizeof(info))
		on_signal(run, &info);
}

static void check_ttl(struct aw_run *run)
{
	if (run->ttl_end_ns == 0 || aw_clock_boot_now() < run->ttl_end_ns)
		return;
	run->ttl_end_ns = 0;
	run->result->was_killed_by_ttl = true;
	aw_log_warning(run->config->log, "--ttl is over: ending everything in %s", run->cgroup);
	aw_cgroup_kill(run->cgroup, AW_RUN_KILL_MS);
	if (run->config->cgroup)
		run->is_over = true;
}

/* A foreign cgroup: until it is gone, or empty after it was not. */
static void check_cgroup(struct aw_run *run)
{
	int populated;

	if (!run->config->cgroup)
		return;
	populated = aw_cgroup_is_populated(run->cgroup);
	if (populated < 0 || (populated == 0 && run->has_been_populated))
		run->is_over = true;
	run->has_been_populated = run->has_been_populated || populated > 0;
}

static int wait_ms(const struct aw_run *run)
{
	uint64_t now = aw_clock_boot_now(), left;

	if (run->ttl_end_ns == 0)
		return TICK_MS;
	left = run->ttl_end_ns > now ? (run->ttl_end_ns - now) / 1000000 + 1 : 0;
	return left < TICK_MS ? (int)left : TICK_MS;
}

void aw_run_loop(struct aw_run *run)
{
	struct pollfd fds[] = {
		{.fd = aw_consumer_fd(run->consumer), .events = POLLIN},
		{.fd = run->signal_fd, .events = POLLIN},
		{.fd = run->command.pidfd, .events = POLLIN}, /* −1 is passed over */
	};
	int r;

	run->has_been_populated = run->was_populated;
	while (!run->is_over) {
		if (poll(fds, sizeof(fds) / sizeof(*fds), wait_ms(run)) < 0 && errno != EINTR)
			break;
		r = aw_consumer_poll(run->consumer, 0);
		if (r < 0 && r != -EINTR && r != -EAGAIN) {
			snprintf(run->result->why_partial, sizeof(run->result->why_partial),
				 "the rings could not be read: %s", strerror(-r));
			fds[0].fd =
				-1; /* the command goes on, its records are counted as missing */
		}
		aw_pipeline_settle(run->pipeline);
		take_signals(run);
		check_ttl(run);
		check_cgroup(run);
		if (fds[2].revents)
			run->is_over = true;
		aw_run_check_change(run);
		aw_run_hosts_keep(&run->hosts, run->host, run->agent, run->config->image,
				  run->config->log);
		aw_run_check_losses(run);
		aw_pipeline_flush(run->pipeline);
		aw_run_report_outages(run);
	}
}
