/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this host's kernel really lets us do. Each answer comes from trying it with a tiny program
 * or map, never from a version or a configuration; a program that would deny anything denies the
 * calling thread's own test alone, so this is safe on a host at work.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "kernel/host.h"
#include "kernel/running.h"

enum aw_probe {
	AW_PROBE_PRIVILEGE,
	AW_PROBE_BTF,
	AW_PROBE_READ,
	AW_PROBE_KALLSYMS,
	AW_PROBE_BPFFS,
	AW_PROBE_CGROUP,
	AW_PROBE_LOOP,
	AW_PROBE_STORAGE,
	AW_PROBE_RINGS,
	AW_PROBE_TRACEPOINT,
	AW_PROBE_ITERATOR,
	AW_PROBE_PATH_HOOKS,
	AW_PROBE_LSM,
	AW_PROBE_FMOD_RET,
	AW_PROBE_PACKETS,
	AW_PROBE_ADDRESS,
	AW_PROBE_SYSCALLS,
	AW_PROBES,
};

enum aw_probe_result {
	AW_PROBE_OK,
	AW_PROBE_MISSING, /* this kernel does not have it, or it is switched off */
	AW_PROBE_REFUSED, /* it is there, and we may not use it */
	AW_PROBE_UNKNOWN, /* could not be tried: something before it is missing */
	AW_PROBE_RESULTS,
};

#define AW_PROBE_DETAIL_MAX 256
#define AW_PROBE_MEND_MAX   256
#define AW_LSM_LIST_MAX	    256

struct aw_probe_row {
	enum aw_probe_result result;
	int error; /* what the kernel answered, −errno; 0 where it was ok */
	char detail[AW_PROBE_DETAIL_MAX]; /* in plain words, whatever the result */
	char mend[AW_PROBE_MEND_MAX];	  /* "" where nothing is to be mended, or nothing can */
};

struct aw_preflight {
	struct aw_probe_row rows[AW_PROBES];
	char release[65];		/* the kernel's; for people only */
	char lsm_list[AW_LSM_LIST_MAX]; /* as the kernel shows it; "" where it cannot be read */
	bool has_idle_lsm; /* LSM programs load and are never called: `bpf` is not in lsm= */
	struct aw_running *running; /* borrowed */
};

/* "lsm", and what for: "deny file, exec and socket operations". */
const char *aw_probe_name(enum aw_probe probe);
const char *aw_probe_purpose(enum aw_probe probe);
const char *aw_probe_result_name(enum aw_probe_result result);

/*
 * Runs all probes; takes about a tenth of a second. A probe that fails is a row, not an error.
 * running must live as long as *ret is in use.
 */
void aw_preflight_run(struct aw_running *running, struct aw_preflight *ret);

/*
 * The strongest way to attach that the rows prove. −EPERM: privilege is missing; −EOPNOTSUPP: not
 * even observing works; reterr then says which part is missing and the mend.
 */
int aw_preflight_choose(const struct aw_preflight *preflight, enum aw_attach *ret,
			struct aw_diag *reterr);

/* The first probe in the way of attaching so; AW_PROBES where none is. */
enum aw_probe aw_preflight_obstacle(const struct aw_preflight *preflight, enum aw_attach attach);

/* Runs the probes and chooses. */
int aw_preflight_best_attach(struct aw_running *running, enum aw_attach *ret,
			     struct aw_diag *reterr);
