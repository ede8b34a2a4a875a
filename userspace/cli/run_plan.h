/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the options of learn, audit and enforce to what daemon/run.h takes: user, command or cgroup,
 * policy, anchors, names. Nothing on the host is changed by it, but for the folder of events.
 */
#pragma once

#include "cli/anchors.h"
#include "cli/run_verb.h"

#define AW_RUN_NAME_MAX 64 /* bytes of an agent's name: it is part of its cgroup's */

/* All that a config borrows from. */
struct aw_run_plan {
	const struct aw_verb *verb;
	struct aw_log log;
	struct aw_run_args args;
	struct aw_operands operands;
	struct aw_run_config config;
	struct aw_user *user;
	struct aw_policy *policy;
	struct aw_image *image;
	struct aw_parse_options parse_options;
	struct aw_anchor_set anchors;
	char *path;
	char *cgroup;
	char name[AW_RUN_NAME_MAX + 1];
	struct aw_diag diag;
};

/* Whether the caller may load programs at all; −EPERM with plan->diag. */
int aw_run_plan_check_caller(struct aw_run_plan *plan);
/* 0; or −errno with plan->diag, and in *retstatus what to exit with. */
int aw_run_plan_make(struct aw_run_plan *plan, int *retstatus);
void aw_run_plan_done(struct aw_run_plan *plan);
