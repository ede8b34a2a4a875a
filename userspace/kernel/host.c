/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One load per host: who opens first loads, who leaves last takes out. Loading is in load.c, what
 * is pinned in pins.c.
 */
#include "kernel/host.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/agents.h"
#include "kernel/host_private.h"
#include "kernel/lock.h"
#include "kernel/preflight.h"

const char *aw_attach_name(enum aw_attach attach)
{
	static const char *const names[] = {
		[AW_ATTACH_LSM] = "lsm",
		[AW_ATTACH_FMOD_RET] = "fmod_ret",
		[AW_ATTACH_OBSERVE] = "tracepoint",
	};

	static_assert(sizeof(names) / sizeof(*names) == AW_ATTACHES, "a name for each");
	return names[attach];
}

int aw_host_map(const struct aw_host *host, const char *name)
{
	for (size_t i = 0; i < host->n_maps; i++)
		if (!strcmp(host->maps[i].name, name))
			return host->maps[i].fd;
	return -ENOENT;
}

enum aw_attach aw_host_attach(const struct aw_host *host)
{
	return host->attach;
}

static void close_maps(struct aw_host *host)
{
	for (size_t i = 0; i < host->n_maps; i++)
		close(host->maps[i].fd);
	host->n_maps = 0;
	if (host->agents)
		munmap(host->agents, AW_AGENTS_MAX * sizeof(struct aw_agent));
	if (host->tasks_alive)
		munmap(host->tasks_alive, AW_AGENTS_MAX * sizeof(__s64));
	host->agents = NULL;
	host->tasks_alive = NULL;
}

static struct aw_host *host_free(struct aw_host *host)
{
	if (!host)
		return NULL;
	close_maps(host);
	if (host->join_fd >= 0)
		close(host->join_fd);
	free(host);
	return NULL;
}
AW_DEFINE_CLEANUP(struct aw_host *, host_free);

static int choose_attach(const struct aw_host_options *options, struct aw_running *running,
			 enum aw_attach *ret, struct aw_diag *reterr)
{
	int err;

	if (options->attach >= 0) {
		*ret = (enum aw_attach)options->attach;
		return 0;
	}
	err = aw_preflight_best_attach(running, ret, reterr);
	if (err < 0)
		return err;
	if (*ret == AW_ATTACH_OBSERVE && !options->allow_observe)
		return aw_diag_set(reterr, -EOPNOTSUPP, NULL, 0, 0, "run: agentwatch doctor",
				   "this host can observe file and exec operations but cannot "
				   "enforce them: LSM and fmod_ret programs are refused");
	return 0;
}

static int open_locked(struct aw_host *host, const struct aw_host_options *options,
		       struct aw_diag *reterr)
{
	_cleanup_running_ struct aw_running running = {};
	enum aw_attach attach;
	int err = aw_pins_open(host, reterr);

	if (err < 0)
		return err;
	if (!err) {
		close_maps(host);
		aw_pins_remove(); /* left-overs of a load that died */
		err = choose_attach(options, &running, &attach, reterr);
		if (err < 0)
			return err;
		err = aw_host_load(attach, &running, reterr);
		if (err < 0)
			return err;
		err = aw_pins_open(host, reterr);
		if (err < 0)
			return err;
		if (!err)
			return aw_diag_set(reterr, -EIO, NULL, 0, 0, NULL,
					   "the programs were pinned but are not there");
	}
	if (options->attach >= 0 && host->attach != (enum aw_attach)options->attach)
		return aw_diag_set(reterr, -EEXIST, NULL, 0, 0, NULL,
				   "the host's programs are already attached as %s",
				   aw_attach_name(host->attach));
	if (host->attach == AW_ATTACH_OBSERVE && !options->allow_observe)
		return aw_diag_set(reterr, -EOPNOTSUPP, NULL, 0, 0, "run: agentwatch doctor",
				   "this host's programs can only observe");
	return 0;
}

int aw_host_open(struct aw_host **ret, const struct aw_host_options *options,
		 struct aw_diag *reterr)
{
	_cleanup_(host_freep) struct aw_host *host = calloc(1, sizeof(*host));
	_cleanup_close_ int lock = -1;
	int err;

	if (!host)
		return aw_diag_set(reterr, -ENOMEM, NULL, 0, 0, NULL, "out of memory");
	host->join_fd = -1;
	err = aw_lock_take(&lock, reterr);
	if (err < 0)
		return err;
	err = aw_lock_join(&host->join_fd, reterr);
	if (err < 0)
		return err;
	err = open_locked(host, options, reterr);
	if (err < 0)
		return err;
	close(TAKE_FD(lock)); /* reaping takes it again */
	aw_agents_reap(host);
	*ret = TAKE_PTR(host);
	return 0;
}

struct aw_host *aw_host_close(struct aw_host *host)
{
	_cleanup_close_ int lock = -1;

	if (!host)
		return NULL;
	aw_agents_reap(host);
	if (aw_lock_take(&lock, NULL) == 0 && !aw_agents_any(host) && aw_lock_alone(host->join_fd))
		aw_pins_remove();
	return host_free(host);
}
