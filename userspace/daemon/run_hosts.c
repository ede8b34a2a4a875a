/* SPDX-License-Identifier: Apache-2.0 */
/* Looks whether the file is another one, by inode, size and time of change. */
#include "daemon/run_hosts.h"

#include <string.h>

#include "base/clock.h"
#include "kernel/leases.h"

#define LOOK_NS	 1000000000ull
#define AGAIN_NS (30 * LOOK_NS) /* what was pushed out of the kernel's table is put there again */

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool is_changeable(const struct aw_image *image)
{
	return image && aw_image_is_changeable(image, aw_image_walk_path(image, -1, AW_HOSTS_FILE,
									 strlen(AW_HOSTS_FILE)));
}

void aw_run_hosts_keep(struct aw_run_hosts *hosts, struct aw_host *host,
		       struct aw_agent_handle agent, const struct aw_image *image,
		       const struct aw_log *log)
{
	uint64_t now = aw_clock_boot_now();
	struct aw_hosts read = {};
	struct stat file = {};

	if (hosts->is_refused || (hosts->looked_ns && now - hosts->looked_ns < LOOK_NS))
		return;
	hosts->looked_ns = now;
	if (is_changeable(image)) {
		hosts->is_refused = true;
		aw_log_warning(log,
			       "the policy lets the agent change %s: names in it are not taken "
			       "from there",
			       AW_HOSTS_FILE);
		return;
	}
	(void)stat(AW_HOSTS_FILE, &file); /* zeroes where there is none */
	if (hosts->put_ns && is_same(&file, &hosts->file) && now - hosts->put_ns < AGAIN_NS)
		return;
	if (aw_hosts_read(AW_HOSTS_FILE, &read) < 0)
		return;
	if (!is_same(&file, &hosts->file))
		aw_leases_take_back(host, agent, &hosts->leased);
	(void)aw_leases_put(host, agent, &read);
	aw_hosts_clear(&hosts->leased);
	hosts->leased = read;
	hosts->file = file;
	hosts->put_ns = now;
}

void aw_run_hosts_clear(struct aw_run_hosts *hosts)
{
	aw_hosts_clear(&hosts->leased);
}
