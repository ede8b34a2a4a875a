/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event as userspace knows it: a kernel record decoded (decode.h) and joined with what else is
 * known of the process and its policy (enrich.h). Sinks and the baseline read it; strings are
 * borrowed for as long as the callback that received the event runs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/event.h"

#define AW_ANCESTRY_MAX 16

/* A byte string; not terminated, may hold any byte. data is NULL where absent. */
struct aw_bytes {
	const char *data;
	size_t length;
};

/* A process of the ancestry, nearest first. */
struct aw_event_process {
	uint32_t pid;
	uint64_t start_ns;   /* boot time; whole clock ticks where only /proc knew it */
	struct aw_bytes exe; /* absolute, without anchor; data NULL where unknown */
};

struct aw_event {
	enum aw_rec_type type;
	enum aw_ring ring; /* the kind of ring that it came through */
	uint64_t seq;	   /* per CPU and ring kind, until the programs are loaded anew */
	uint32_t cpu;
	uint64_t time_ns; /* boot time, as the kernel sent it */
	uint64_t wall_ns; /* CLOCK_REALTIME, filled by enrich */
	uint32_t agent;	  /* slot */
	uint32_t agent_generation;
	struct aw_rec_proc proc; /* comm is not necessarily terminated */

	union {
		struct aw_rec_op op; /* fixed part; the name is in `object` */
		struct aw_rec_exec exec;
		struct aw_rec_fork fork;
		struct aw_rec_exit exit;
		struct aw_rec_cgroup cgroup;
	};
	/*
	 * AW_REC_OP: name below its anchor, or absolute; raw bytes. Of an address the host name
	 * that it is leased to, empty without one; of a question the name that was asked for.
	 */
	struct aw_bytes object;
	struct aw_bytes exe; /* AW_REC_EXEC; for others filled by enrich from the process table */
	struct aw_bytes script;
	struct aw_bytes cwd;
	struct aw_bytes argv; /* zero bytes between arguments */
	uint32_t argv_total;  /* bytes that the process was given; more than argv.length: cut */
	uint8_t exe_anchor;   /* AW_ANCHOR_NONE: absolute */
	uint8_t script_anchor;
	uint8_t cwd_anchor;

	/* Filled by enrich. */
	struct aw_event_process ancestry[AW_ANCESTRY_MAX];
	size_t n_ancestry;
	const struct aw_event_context *context;
	const char *rule_id;		    /* deciding rule, or NULL */
	const char *rule_reason;	    /* its `reason:`, or NULL */
	const struct aw_rule_limit *budget; /* that is spent, or NULL */
	uint64_t again_wall_ns;		    /* when it has one again; 0: not known */
};

/* What the command or daemon knows of the agent that an event is from. Borrowed. */
struct aw_event_context {
	const char *agent_name;
	const char *run_id;
	const char *policy_name;   /* NULL without a policy */
	const char *policy_hash;   /* 64 hex digits, or NULL */
	const char *const *labels; /* "KEY=VALUE", NULL-terminated, or NULL */
	struct {
		const char *name; /* "WORKSPACE" */
		const char *path; /* the folder it is bound to, absolute */
	} anchors[AW_ANCHORS_MAX];
	size_t n_anchors;
};
