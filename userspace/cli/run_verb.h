/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What learn, audit and enforce share: their options, working out whom and what to run, and the
 * summary at the end. The run itself is daemon/run.h's.
 */
#pragma once

#include "cli/commands.h"
#include "cli/options.h"
#include "daemon/run.h"

#define AW_RUN_EVENTS_DEFAULT "/var/log/agentwatch/events.jsonl"
#define AW_RUN_EVENTS_NONE    "none"
#define AW_RUN_SUMMARY_ROWS   20 /* denials listed at the end */

struct aw_run_args {
	const char *policy;
	const char *name;
	const char *cgroup;
	const char *user;
	bool as_root;
	struct aw_option_list labels;
	struct aw_option_list anchors;
	struct aw_option_list variables;
	struct aw_option_list allow_partial;
	const char *events;
	bool record_allowed;
	bool verify_cache;
	bool recheck;
	uint64_t ttl_ms;
	uint64_t ring_bytes;
};

#define AW_RUN_OPTION(name, argument, type, field, help)                           \
	{                                                                          \
		name, 0, argument, type, offsetof(struct aw_run_args, field), help \
	}

/* clang-format off */
#define AW_RUN_OPTIONS_COMMON \
	AW_RUN_OPTION("cgroup", "PATH", AW_OPTION_TEXT, cgroup, \
		"watch this cgroup instead of a command, until it is gone or empty, or a signal"), \
	AW_RUN_OPTION("user", "NAME", AW_OPTION_TEXT, user, \
		"run the command as this user (default: who called sudo)"), \
	AW_RUN_OPTION("as-root", NULL, AW_OPTION_FLAG, as_root, \
		"run the command as root"), \
	AW_RUN_OPTION("label", "KEY=VALUE", AW_OPTION_PAIRS, labels, \
		"note this with every event of the run; may be repeated"), \
	AW_RUN_OPTION("anchor", "NAME=DIR", AW_OPTION_PAIRS, anchors, \
		"the folder that ${NAME} stands for; may be repeated (default: WORKSPACE is the " \
		"current folder, HOME the user's)"), \
	AW_RUN_OPTION("ttl", "DURATION", AW_OPTION_DURATION, ttl_ms, \
		"end everything in the agent's cgroup after this time: 90s, 15m, 2h"), \
	AW_RUN_OPTION("ring-size", "BYTES", AW_OPTION_BYTES, ring_bytes, \
		"of the ring for observations, 64K to 1G (default 16M); a quarter of it is added " \
		"for decisions"), \
	AW_RUN_OPTION("allow-partial", "CLASS", AW_OPTION_LIST, allow_partial, \
		"go on where this kernel can only observe operations of this class (file, exec, " \
		"unix, guard) after the fact; may be repeated")
#define AW_RUN_OPTIONS_POLICY \
	AW_RUN_OPTION("policy", "FILE", AW_OPTION_TEXT, policy, "the policy"), \
	AW_RUN_OPTION("name", "NAME", AW_OPTION_TEXT, name, \
		"of the agent (default: the policy's)"), \
	AW_RUN_OPTION("var", "NAME=VALUE", AW_OPTION_PAIRS, variables, \
		"what ${NAME} stands for in the policy; may be repeated"), \
	AW_RUN_OPTION("events", "FILE", AW_OPTION_TEXT, events, \
		"append events to this file, one JSON object a line; - is standard output, none " \
		"keeps none (default " AW_RUN_EVENTS_DEFAULT ")"), \
	AW_RUN_OPTION("record-allowed", NULL, AW_OPTION_FLAG, record_allowed, \
		"tell of plainly allowed operations too"), \
	AW_RUN_OPTION("recheck", NULL, AW_OPTION_FLAG, recheck, \
		"decide again wherever a file that is open is used (always with --cgroup, and after " \
		"apply); costs every read and write of the host a little"), \
	AW_RUN_OPTION("verify-cache", NULL, AW_OPTION_FLAG, verify_cache, \
		"decide everything without the cache as well, and count where they differ")
/* clang-format on */

/* For the tables of exit statuses. */
extern const struct aw_exit_row aw_run_exits[];

/* The verb as a whole. mode: of every class. */
int aw_run_verb(const struct aw_verb *verb, enum aw_mode mode, int argc, char **argv);

/* What came of a run, to stderr, for people. */
void aw_run_summary_print(const struct aw_run_config *config, const struct aw_run_result *result,
			  FILE *stream);
