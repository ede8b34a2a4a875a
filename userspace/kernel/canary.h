/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof that this host denies: for each family of operations a process in a throw-away cgroup,
 * whose agent's policy allows nothing, tries one and must get EACCES, while the same outside
 * succeeds.
 */
#pragma once

#include <stddef.h>

#include "base/diag.h"
#include "kernel/host.h"

#define AW_CANARIES_MAX 32

enum aw_canary_result {
	AW_CANARY_PROVED,     /* EACCES inside, success outside */
	AW_CANARY_NOT_DENIED, /* success inside */
	AW_CANARY_OTHER,      /* another error inside */
	AW_CANARY_NO_CONTROL, /* it fails outside too, so it proves nothing */
	AW_CANARY_EXEMPT,     /* this way of attaching does not decide it, and it was not denied */
	AW_CANARY_RESULTS,
};

struct aw_canary_row {
	const char *name; /* "rename" */
	enum aw_canary_result result;
	int error; /* inside, −errno, 0: success; outside where the control failed */
};

const char *aw_canary_result_name(enum aw_canary_result result);

/* Takes about a second. −errno with reterr: it could not be tried. */
int aw_canary_run(struct aw_host *host, struct aw_canary_row ret[AW_CANARIES_MAX], size_t *retn,
		  struct aw_diag *reterr);
