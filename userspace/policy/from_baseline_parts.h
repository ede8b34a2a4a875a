/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a learned policy, each written by a file of its own. Private to from_baseline*.c. */
#pragma once

#include "base/buffer.h"
#include "baseline/learned.h"
#include "policy/from_baseline_rows.h"

/* from_baseline_rules.c: the rules of one section, in order. */
int aw_policy_write_section(struct aw_buffer *out, const struct aw_learned *learned,
			    const struct aw_policy_rows *rows, enum aw_policy_section section);

/* from_baseline_net.c: rules on addresses; those that are sensitive, or those that are not. */
int aw_policy_write_nets(struct aw_buffer *out, const struct aw_learned *learned,
			 bool is_sensitive);

/* from_baseline_guards.c: which guard acts the runs did, in comments. */
int aw_policy_write_guards(struct aw_buffer *out, const struct aw_learned *learned);

/* from_baseline_floor.c: what no learned rule may open, whatever is added to the file later. */
int aw_policy_write_floor(struct aw_buffer *out, const struct aw_learned *learned);
