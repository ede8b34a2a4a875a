/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names that this host gives addresses itself, as hosts(5) lists them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "abi/policy.h"

#define AW_HOSTS_FILE	  "/etc/hosts"
#define AW_HOSTS_FILE_MAX 1024 /* names that are read; lists of thousands serve to block them */

struct aw_hosts_line {
	uint8_t address[16];	    /* network order, IPv4 mapped; never unspecified */
	char name[AW_HOST_MAX + 1]; /* in lower case, without a dot at its end */
};

struct aw_hosts {
	struct aw_hosts_line *lines;
	size_t n;
};

/* What cannot be read is passed over; a missing file has no lines. −ENOMEM. */
int aw_hosts_read(const char *path, struct aw_hosts *ret);
void aw_hosts_clear(struct aw_hosts *hosts);
