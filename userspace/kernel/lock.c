/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flock(2) on two files under AW_RUN_DIR; see lock.h.
 */
#include "kernel/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "kernel/host.h"

static int lock_file(int *ret_fd, const char *path, int operation, struct aw_diag *reterr)
{
	_cleanup_close_ int fd = -1;

	if (mkdir(AW_RUN_DIR, 0755) < 0 && errno != EEXIST)
		return aw_diag_set(reterr, -errno, NULL, 0, 0, "run as root, for example with sudo",
				   "cannot make %s: %s", AW_RUN_DIR, strerror(errno));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return aw_diag_set(reterr, -errno, NULL, 0, 0, "run as root, for example with sudo",
				   "cannot open %s: %s", path, strerror(errno));
	while (flock(fd, operation) < 0)
		if (errno != EINTR)
			return aw_diag_set(reterr, -errno, NULL, 0, 0, NULL, "cannot lock %s: %s",
					   path, strerror(errno));
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int aw_lock_take(int *ret_fd, struct aw_diag *reterr)
{
	return lock_file(ret_fd, AW_RUN_DIR "/lock", LOCK_EX, reterr);
}

int aw_lock_join(int *ret_fd, struct aw_diag *reterr)
{
	return lock_file(ret_fd, AW_RUN_DIR "/commands", LOCK_SH, reterr);
}

bool aw_lock_alone(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return false;
	flock(fd, LOCK_SH);
	return true;
}
