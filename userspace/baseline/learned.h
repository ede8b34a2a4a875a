/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What generalising gives: rules as data, each with the evidence that it stands on. Owns these
 * types; generalize.h makes them, policy/from_baseline.h and show.h write them for people.
 */
#pragma once

#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "baseline/evidence.h"
#include "baseline/segment.h"
#include "baseline/sensitive.h"
#include "baseline/statistics.h"

/* Why a rule is as wide as it is. */
enum aw_learned_class {
	AW_LEARNED_LITERAL,   /* the very name that was seen */
	AW_LEARNED_TYPED,     /* names of one kind: `type` */
	AW_LEARNED_OPEN,      /* names of a folder that differ from run to run */
	AW_LEARNED_OWN,	      /* all below a folder that the runs themselves made */
	AW_LEARNED_WORKSPACE, /* all below the agent's workspace */
	AW_LEARNED_SYSTEM,    /* all below a folder of the system's programs and data */
	AW_LEARNED_REVIEW,    /* sensitive: the very name, for a person to judge */
	AW_LEARNED_CLASSES,
};

struct aw_learned_rule {
	char *pattern; /* a glob as in policies */
	enum aw_learned_class class;
	enum aw_segment_type type;	      /* TYPED: of the last segment that is */
	const struct aw_sensitive *sensitive; /* REVIEW; NULL elsewhere */
	uint32_t ops;			      /* bit per enum aw_op */
	uint32_t excepted_ops;		      /* of those, on harmless ones among sensitive names */
	uint32_t op_sets[AW_OPS];	      /* runs per operation: run_sets.h */
	uint32_t set;			      /* runs of all of them */
	uint32_t n_names;		      /* names that it stands for */
	uint32_t subjects[AW_FACT_SUBJECTS];
	uint64_t first_ns, last_ns;
};

struct aw_learned_net {
	enum aw_op op;
	const char *host; /* a name instead of an address, and of AW_OP_RESOLVE; the evidence's */
	uint8_t address[16];
	uint8_t protocol;
	uint16_t first_port, last_port; /* a range where the ports differ from run to run */
	const char *sensitive;		/* why, or NULL */
	uint32_t set;
	uint32_t n_ports;
	uint32_t subjects[AW_FACT_SUBJECTS];
	uint64_t first_ns, last_ns;
};

struct aw_learned {
	const struct aw_evidence *evidence;   /* borrowed */
	AW_VEC(struct aw_learned_rule) rules; /* in order of their patterns */
	AW_VEC(struct aw_learned_net) nets;   /* by operation, then name, address, port */
	struct aw_incidence incidence;	      /* a rule is one operation on one pattern */
	uint32_t n_breaking; /* complete runs that alone did what some rule stands for */
};

struct aw_learned *aw_learned_free(struct aw_learned *learned);
AW_DEFINE_CLEANUP(struct aw_learned *, aw_learned_free);

/* For people: "its names differ from run to run" … */
const char *aw_learned_class_name(enum aw_learned_class class);
