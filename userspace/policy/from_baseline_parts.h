/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a learned policy, each written by a file of its own. Private to from_baseline*.c. */
#pragma once

#include "base/buffer.h"
#include "baseline/learned.h"
#include "policy/from_baseline_rows.h"

/* from_baseline_rules.c: the rules of one section, in order. */
int aw_policy_write_section(struct aw_buffer *out, const struct aw_learned *learned,
			    const struct aw_policy_rows *rows, enum aw_policy_section section);

/* What rules on the network stand together. */
enum aw_policy_nets {
	AW_NETS_BY_HOST,
	AW_NETS_BY_ADDRESS,
	AW_NETS_FOR_REVIEW,
	AW_NETS_KINDS,
};

/* from_baseline_net.c: the rules of one kind; nothing where there is none. */
int aw_policy_write_nets(struct aw_buffer *out, const struct aw_learned *learned,
			 enum aw_policy_nets kind);
/* Whether a policy can hold its name. */
bool aw_policy_net_is_writable(const struct aw_learned_net *net);

/* from_baseline_guards.c: which guard acts the runs did, in comments. */
int aw_policy_write_guards(struct aw_buffer *out, const struct aw_learned *learned);

/* from_baseline_floor.c: what no learned rule may open, whatever is added to the file later. */
int aw_policy_write_floor(struct aw_buffer *out, const struct aw_learned *learned);
