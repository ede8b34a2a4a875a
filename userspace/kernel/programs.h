/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which programs are loaded for each way of attaching, and how each is attached.
 */
#pragma once

#include <bpf/libbpf.h>

#include "base/diag.h"
#include "kernel/host.h"
#include "kernel/running.h"

/* Before loading: switches on what `attach` needs and retargets it. */
int aw_programs_select(struct bpf_object *object, enum aw_attach attach, struct aw_running *running,
		       struct aw_diag *reterr);

/* Whether a program is attached only while somebody asks for it. */
bool aw_program_is_on_demand(const char *name);

/* Attaches one loaded program; *ret is NULL for programs that are run on demand. */
int aw_program_attach(struct bpf_program *program, enum aw_attach attach, struct bpf_link **ret);
