/* SPDX-License-Identifier: Apache-2.0 */
/* The probes of preflight.h, each of which fills one row. */
#pragma once

#include "kernel/preflight.h"

/* Fills a row; mend may be NULL. */
void aw_probe_set(struct aw_probe_row *row, enum aw_probe_result result, int error,
		  const char *mend, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* strerror() that knows the kernel's ENOTSUPP. */
const char *aw_probe_error_text(int error);

/* preflight_host.c: what files and capabilities tell */
void aw_probe_privilege(struct aw_preflight *p, struct aw_probe_row *row);
void aw_probe_btf(struct aw_preflight *p, struct aw_probe_row *row);
void aw_probe_kallsyms(struct aw_preflight *p, struct aw_probe_row *row);
void aw_probe_bpffs(struct aw_preflight *p, struct aw_probe_row *row);
void aw_probe_cgroup(struct aw_preflight *p, struct aw_probe_row *row);

/* preflight_parts.c: parts that all programs need */
void aw_probe_read(struct aw_preflight *p, struct aw_probe_row *row);
void aw_probe_loop(struct aw_preflight *p, struct aw_probe_row *row);
void aw_probe_storage(struct aw_preflight *p, struct aw_probe_row *row);
void aw_probe_rings(struct aw_preflight *p, struct aw_probe_row *row);
void aw_probe_path_hooks(struct aw_preflight *p, struct aw_probe_row *row);

/* preflight_attach.c: ways to attach, each proved by what it does */
void aw_probe_tracepoint(struct aw_preflight *p, struct aw_probe_row *row);
void aw_probe_iterator(struct aw_preflight *p, struct aw_probe_row *row);
void aw_probe_lsm(struct aw_preflight *p, struct aw_probe_row *row);
void aw_probe_fmod_ret(struct aw_preflight *p, struct aw_probe_row *row);
void aw_probe_address(struct aw_preflight *p, struct aw_probe_row *row);
void aw_probe_packets(struct aw_preflight *p, struct aw_probe_row *row);
void aw_probe_syscalls(struct aw_preflight *p, struct aw_probe_row *row);

/* Where cgroup v2 is, from a table of mounts such as /proc/self/mounts. */
enum aw_cgroup_layout {
	AW_CGROUP_NONE,
	AW_CGROUP_V1,	   /* v1 alone */
	AW_CGROUP_HYBRID,  /* v1 controllers, v2 beside them */
	AW_CGROUP_UNIFIED, /* v2 alone */
};
/* root: the v2 mount point, "" where there is none. −errno where the file cannot be read. */
int aw_preflight_cgroup_layout(const char *mounts, enum aw_cgroup_layout *ret, char *retroot,
			       size_t size);

/* "integrity" of "none [integrity] confidentiality"; "" without brackets. */
void aw_preflight_bracketed(const char *text, char *ret, size_t size);

/* The kernel's lockdown mode, "none" where it has none. */
void aw_preflight_lockdown(char *ret, size_t size);
