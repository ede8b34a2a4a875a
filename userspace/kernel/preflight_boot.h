/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot parameter that lets LSM programs be called: where it is written and what. Knows the
 * configurations that can be changed by a file of our own, or by one word of a file; what is to be
 * run afterwards is told, never run.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"

#define AW_BOOT_CHANGES_MAX 2
#define AW_BOOT_LINE_MAX    4096 /* bytes of /etc/kernel/cmdline */

struct aw_boot_change {
	char path[PATH_MAX];
	char line[AW_BOOT_LINE_MAX]; /* the one that matters, without its end */
	const char *next;	     /* what to run for it to take effect at the next boot */
	bool was_there;		     /* nothing had to be written */
};

/*
 * The list for lsm=: `current` as the kernel shows it, without `capability`, which is always on and
 * not accepted there, and with `bpf` at its end. −EINVAL: not a list; −E2BIG.
 */
int aw_boot_lsm_list(const char *current, char *ret, size_t size);

/* A kernel command line with its lsm= replaced, or added at the end. −E2BIG. */
int aw_boot_command_line(const char *line, const char *list, char *ret, size_t size);

/*
 * Writes the parameter for GRUB (Debian's and Ubuntu's folder of fragments) and for systemd-boot,
 * whichever are there, below `root` ("" for this system). Doing it twice changes nothing.
 * −EOPNOTSUPP: neither is there; reterr then has what to do by hand.
 */
int aw_boot_enable_bpf(const char *root, const char *current,
		       struct aw_boot_change ret[AW_BOOT_CHANGES_MAX], size_t *retn,
		       struct aw_diag *reterr);
