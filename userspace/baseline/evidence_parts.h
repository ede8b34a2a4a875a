/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of evidence*.c share. Private to them. */
#pragma once

#include "baseline/evidence.h"

/* The number of an executable's path; given on first sight. */
int aw_evidence_add_subject(struct aw_evidence *e, struct aw_bytes exe, uint32_t *ret);

/* evidence_names.c: adds an act on a name, done by these runs. */
int aw_evidence_add_name(struct aw_evidence *e, const struct aw_observation *act, uint32_t set);

/* evidence_net.c: adds an act on an address or a host name, done by these runs. */
int aw_evidence_add_endpoint(struct aw_evidence *e, const struct aw_observation *act, uint32_t set);
void aw_evidence_free_endpoints(struct aw_evidence *e);
