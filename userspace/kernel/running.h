/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel that runs: its types, read and parsed once for all who ask in one command, and where
 * its symbols are.
 */
#pragma once

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <stdint.h>

#include "base/cleanup.h"

struct aw_running {
	struct btf *btf; /* NULL until asked for; see aw_running_btf() */
};

/* Frees what it holds, not itself. */
void aw_running_close(struct aw_running *running);

#define _cleanup_running_ __attribute__((cleanup(aw_running_close)))

/* The kernel's BTF, borrowed; NULL, with errno, where there is none. */
struct btf *aw_running_btf(struct aw_running *running);

/*
 * The BTF id to attach a program to: `target` as in a section's name ("file_open" of an LSM
 * program). −ESRCH where the kernel has no such target.
 */
int aw_running_target(struct aw_running *running, const char *target, enum bpf_attach_type attach);

/*
 * The address of a function or variable of the kernel itself. −ENOENT: no such symbol, or none of
 * its kind is kept (CONFIG_KALLSYMS_ALL); −EPERM: addresses are hidden from this process.
 */
int aw_running_symbol(const char *name, uint64_t *ret);

/*
 * Where a field is in a structure of a module that is loaded or built in, in bytes from its start.
 * −ENOENT: there is no such module, type or field.
 */
int aw_running_offset(struct aw_running *running, const char *module, const char *type,
		      const char *field, uint32_t *ret);
