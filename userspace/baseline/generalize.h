/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what was seen to rules that hold for the next run. By evidence, not by fan-out: a name
 * becomes a glob where its kind says that it never comes again, or where the runs show that the
 * names of its folder differ from run to run. Nothing sensitive (sensitive.h) is ever covered by a
 * glob; where it was itself seen, it becomes a literal rule of class REVIEW. docs/LEARNING.md says
 * all this for people.
 */
#pragma once

#include "baseline/learned.h"

#define AW_OPEN_RUNS_MIN    5	/* complete runs before a folder is called open */
#define AW_OPEN_NAMES_MIN   4	/* and names in it */
#define AW_OPENNESS_MIN	    0.5 /* û = Q1/U must be above */
#define AW_TYPED_RUNS_MIN   3	/* complete runs before an unsure kind of name counts */
#define AW_TYPED_NAMES_MIN  3
#define AW_SYSTEM_NAMES_MIN 3	  /* names below a system folder before `**` stands for them */
#define AW_OWN_FACTS_MIN    6	  /* operations below a folder that the runs made, for the same */
#define AW_EPHEMERAL_FIRST  32768 /* Linux's net.ipv4.ip_local_port_range */
#define AW_EPHEMERAL_LAST   60999

/* evidence must outlive the result; it is marked, so that it serves for one call only. */
int aw_generalize(struct aw_learned **ret, struct aw_evidence *evidence);
