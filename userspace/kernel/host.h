/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programs and maps of this host: loaded, attached and pinned once by the first command, opened
 * from the pins by later ones, and removed by the last one out. All that changes them runs under
 * one lock (AW_RUN_DIR/lock). Agents are in agents.h, images in images.h, records in consumer.h.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/diag.h"

#define AW_PIN_DIR "/sys/fs/bpf/agentwatch"
#define AW_RUN_DIR "/run/agentwatch"

/* How hooks are attached on this host. */
enum aw_attach {
	AW_ATTACH_LSM,	    /* `bpf` is in the kernel's list of LSMs */
	AW_ATTACH_FMOD_RET, /* it is not; the functions behind the hooks are modified */
	AW_ATTACH_OBSERVE, /* neither may load: tracepoints see, cgroup programs decide addresses */
	AW_ATTACHES,
};

const char *aw_attach_name(enum aw_attach attach);

struct aw_host;

struct aw_host_options {
	int attach;	    /* enum aw_attach, or −1: what works, proved by trying */
	bool allow_observe; /* AW_ATTACH_OBSERVE is acceptable */
};

/*
 * Opens the host's programs, loading them if this is the first command. −EPERM: not root or no
 * CAP_BPF; −EOPNOTSUPP: this kernel can neither (reterr says which part is missing and the mend).
 */
int aw_host_open(struct aw_host **ret, const struct aw_host_options *options,
		 struct aw_diag *reterr);

/* Closes; takes the programs out if no agent is left. NULL is fine. */
struct aw_host *aw_host_close(struct aw_host *host);
AW_DEFINE_CLEANUP(struct aw_host *, aw_host_close);

enum aw_attach aw_host_attach(const struct aw_host *host);

/*
 * The file descriptor of a map by its name in bpf/maps.bpf.h, or −ENOENT. For the other files of
 * kernel/ only. Borrowed.
 */
int aw_host_map(const struct aw_host *host, const char *name);
