/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy as people write it, parsed and checked but not yet compiled: its rules, the classes of
 * subjects and the anchors. Parsing is in parse.h, compiling in compile.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/agent.h"
#include "abi/limit.h"
#include "abi/policy.h"
#include "base/buffer.h"
#include "base/cleanup.h"

/* All limits of a policy file, each named in the error of the one who breaks it. */
#define AW_RULES_MAX	       65536
#define AW_PATTERNS_MAX	       262144 /* globs, sockets, ranges, ports, hosts of all rules together */
#define AW_POLICY_BYTES_MAX    (16u << 20) /* all files of a policy together */
#define AW_POLICY_FILES_MAX    256
#define AW_INCLUDE_DEPTH_MAX   16
#define AW_ID_MAX	       128 /* bytes of a rule's id, of a class's, anchor's, policy's name */
#define AW_REASON_MAX	       256 /* bytes of a reason */
#define AW_PATTERN_MAX	       4096	    /* bytes of one glob, variables put in */
#define AW_LIMIT_COUNT_MAX     1000000000u  /* of one budget, in each period */
#define AW_LIMIT_BYTES_MAX     (1ull << 40) /* the same of one that counts bytes */
#define AW_LIMIT_PERIOD_MAX_MS (7ull * 24 * 3600 * 1000)
#define AW_ASK_TIMEOUT_MAX_MS  (7ull * 24 * 3600 * 1000)
#define AW_LEASE_MIN_S	       60	       /* of `leases:`, where it says none */
#define AW_LEASE_MAX_S	       (24 * 3600)     /* the same */
#define AW_LEASE_LEAST_S       1	       /* that it may say */
#define AW_LEASE_MOST_S	       (7 * 24 * 3600) /* the same */
#define AW_RESOLVER_PORT       53	       /* of a resolver that is written without one */
#define AW_YAML_DEPTH_MAX      12
#define AW_YAML_KEYS_MAX       64 /* keys of one mapping */
#define AW_YAML_NODES_MAX      (1u << 21)

/* Where something stands in a policy file. */
struct aw_source {
	const char *file; /* borrowed from the policy's file list */
	int line;
	int column;
};

/* What a rule does; `lift` rules carry the id of the one denial that they lift. */
enum aw_action {
	AW_ACTION_ALLOW,
	AW_ACTION_FLAG,
	AW_ACTION_ASK,
	AW_ACTION_DENY,
	AW_ACTION_FORBID,
	AW_ACTIONS,
};

/*
 * A glob as written, after variables and `~/` were put in (glob characters of their values
 * escaped). Where anchor ≥ 0 the text starts with that anchor's "${NAME}". Grammar: docs/POLICY.md.
 */
struct aw_pattern {
	char *text; /* "/usr/bin", "${WORKSPACE}/src", "@abstract*", "memfd:*" */
	int anchor; /* index in the policy's anchors, or −1 */
	struct aw_source source;
};

/* A range of addresses: IPv4 is kept as ::ffff:a.b.c.d, so prefix is 96 more than written. */
struct aw_cidr {
	uint8_t address[16]; /* network order, host bits zero */
	uint8_t prefix;	     /* 0 to 128 */
	struct aw_source source;
};

/* Whether the address is in the range. */
bool aw_cidr_has(const struct aw_cidr *cidr, const uint8_t address[16]);

struct aw_ports {
	uint16_t first;
	uint16_t last; /* inclusive */
};

/* What a budget counts, each once in a rule. */
enum aw_limit_unit {
	AW_LIMIT_CONNECTS,	 /* tcp and udp operations: connections, and sends to an address */
	AW_LIMIT_RATE,		 /* the same, for a second budget with `burst:` */
	AW_LIMIT_EXECS,		 /* exec operations */
	AW_LIMIT_QUESTIONS,	 /* resolve operations: questions for the rule's hosts */
	AW_LIMIT_QUESTION_BYTES, /* the bytes of the names in them */
	AW_LIMIT_BYTES,	    /* what is sent by tcp and udp operations, and through connections */
	AW_LIMIT_EXCHANGES, /* sends through TCP connections, after something was received */
	AW_LIMIT_CREATES,   /* create operations */
	AW_LIMIT_UNITS,
};

/* One budget of `limit:`. */
struct aw_rule_limit {
	enum aw_limit_unit unit;
	uint64_t count; /* 1 to AW_LIMIT_COUNT_MAX or AW_LIMIT_BYTES_MAX in each period */
	uint64_t period_ms;
	uint64_t burst; /* that may be spent at once; count where the policy says none */
};

struct aw_rule {
	char *id;
	enum aw_action action;
	uint32_t ops; /* bit per enum aw_op */
	char *lifts;  /* id of the deny rule that this rule lifts, or NULL */
	struct aw_source lifts_source;
	char *reason;		  /* free text for people, or NULL */
	uint32_t subjects;	  /* bit per class of `by:`; 0 means any process */
	uint32_t conditions;	  /* bit per enum aw_condition of `when:`; 0 means any file */
	struct aw_pattern *paths; /* of `path:` and `socket:` */
	size_t n_paths;
	struct aw_cidr *cidrs;
	size_t n_cidrs;
	struct aw_ports *ports;
	size_t n_ports; /* 0 with cidrs: an error found by the parser, a net rule names its ports */
	char **hosts;	/* of `host:`, in lower case: "api.example.org", "*.example.org" */
	size_t n_hosts;
	uint64_t ask_timeout_ms; /* `timeout:` of an ask rule; 0 where none was given */
	struct aw_rule_limit limits[AW_LIMIT_UNITS]; /* of `limit:` */
	size_t n_limits;
	bool limit_retries; /* `on-exhaust: retry`: EAGAIN, not EACCES */
	struct aw_source source;
};

enum aw_subject_kind {
	AW_SUBJECT_EXE,
	AW_SUBJECT_SCRIPT,
	AW_SUBJECT_UNDER,
};

struct aw_subject {
	char *name;
	enum aw_subject_kind kind;
	struct aw_pattern *patterns; /* exe and script */
	size_t n_patterns;
	int parent; /* under: the other class's index; else −1 */
	struct aw_source source;
};

struct aw_anchor_decl {
	char *name; /* "WORKSPACE" */
	struct aw_source source;
};

struct aw_policy {
	char *name;
	struct aw_rule *rules;
	size_t n_rules;
	size_t n_written; /* of them in files; the rest is built in (guard.h) */
	struct aw_subject subjects[AW_SUBJECTS_MAX];
	size_t n_subjects;
	struct aw_anchor_decl anchors[AW_ANCHORS_MAX];
	size_t n_anchors;
	struct aw_resolver resolvers[AW_RESOLVERS_MAX]; /* of `resolvers:` */
	size_t n_resolvers;				/* 0: those of /etc/resolv.conf */
	uint32_t lease_min_s;				/* of `leases:` */
	uint32_t lease_max_s;
	char **files; /* every file that was read, the main one first */
	size_t n_files;
	uint32_t *by_id; /* rule numbers in the order of their ids, or NULL */
};

struct aw_policy *aw_policy_free(struct aw_policy *policy);
AW_DEFINE_CLEANUP(struct aw_policy *, aw_policy_free);

/* The rule with this id; NULL where there is none. */
const struct aw_rule *aw_policy_find_rule(const struct aw_policy *policy, const char *id);
/*
 * Sorts policy->by_id, which makes aw_policy_find_rule fast; without it, it searches. Call it again
 * after adding rules. −ENOMEM.
 */
int aw_policy_index(struct aw_policy *policy);

/* "read", "tcp" …; -EINVAL for an unknown name. */
const char *aw_op_name(enum aw_op op);
int aw_op_from_name(const char *name, enum aw_op *ret);
/* "anonymous", "deleted", "agent-written"; -EINVAL for an unknown name. */
const char *aw_condition_name(enum aw_condition condition);
int aw_condition_from_name(const char *name, enum aw_condition *ret);
/* "deleted, agent-written", between two texts; nothing where no condition is in the mask. */
void aw_conditions_append(struct aw_buffer *out, const char *before, uint32_t conditions,
			  const char *after);
/* "connects", "rate", "execs", "questions", "question-bytes", "bytes", "exchanges", "creates". */
const char *aw_limit_unit_name(enum aw_limit_unit unit);
/* Whether it counts bytes. */
bool aw_limit_unit_is_bytes(enum aw_limit_unit unit);
/* The operations that it counts: bit per enum aw_op. */
uint32_t aw_limit_unit_ops(enum aw_limit_unit unit);
/* Those of a rule that budgets can count: who may connect to a host may ask for it. */
uint32_t aw_limit_rule_ops(const struct aw_rule *rule);
/* What its budget has in common with those of other policies: from the rule's id and the unit. */
uint64_t aw_limit_id(const struct aw_rule *rule, enum aw_limit_unit unit);
/* The budget that has this low half of an id, and its rule; NULL where there is none. */
const struct aw_rule_limit *aw_policy_find_limit(const struct aw_policy *policy, uint32_t id,
						 const struct aw_rule **ret_rule);
/* "600/h", "20/10m". */
void aw_limit_append(struct aw_buffer *out, const struct aw_rule_limit *limit);
const char *aw_op_class_name(enum aw_op_class op_class);
const char *aw_verdict_name(enum aw_verdict verdict);
const char *aw_action_name(enum aw_action action);
const char *aw_mode_name(enum aw_mode mode);
int aw_mode_from_name(const char *name, enum aw_mode *ret);
