/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of the command line. Each command is one file, which defines its function and its
 * `const struct aw_verb`: name, options, examples and exit statuses, from which --help and the
 * manual pages are made. verbs.c lists all of them.
 *
 * A command is given its own words alone: argv[0] is the verb. It returns the exit status.
 */
#pragma once

#include "cli/options.h"

/* Exit statuses that all verbs share. */
#define AW_EXIT_NO	1   /* a negative answer: denied, errors found, nothing found */
#define AW_EXIT_USAGE	2   /* wrong usage, or the answer could not be found out */
#define AW_EXIT_OWN	125 /* learn, audit, enforce: agentwatch itself failed */
#define AW_EXIT_CANNOT	126 /* the command was found and could not be run */
#define AW_EXIT_MISSING 127 /* the command was not found */
#define AW_EXIT_SIGNAL	128 /* and the number of the signal that killed the command */

int aw_cmd_learn(int argc, char **argv);
int aw_cmd_audit(int argc, char **argv);
int aw_cmd_enforce(int argc, char **argv);
int aw_cmd_baseline_list(int argc, char **argv);
int aw_cmd_baseline_show(int argc, char **argv);
int aw_cmd_policy_new(int argc, char **argv);
int aw_cmd_policy_check(int argc, char **argv);
int aw_cmd_policy_explain(int argc, char **argv);
int aw_cmd_apply(int argc, char **argv);
int aw_cmd_events(int argc, char **argv);
int aw_cmd_why(int argc, char **argv);
int aw_cmd_status(int argc, char **argv);
int aw_cmd_doctor(int argc, char **argv);

extern const struct aw_verb aw_verb_learn;
extern const struct aw_verb aw_verb_audit;
extern const struct aw_verb aw_verb_enforce;
extern const struct aw_verb aw_verb_baseline_list;
extern const struct aw_verb aw_verb_baseline_show;
extern const struct aw_verb aw_verb_policy_new;
extern const struct aw_verb aw_verb_policy_check;
extern const struct aw_verb aw_verb_policy_explain;
extern const struct aw_verb aw_verb_apply;
extern const struct aw_verb aw_verb_events;
extern const struct aw_verb aw_verb_why;
extern const struct aw_verb aw_verb_status;
extern const struct aw_verb aw_verb_doctor;

/* The i-th verb, in the order of `agentwatch --help`; NULL at the end. */
const struct aw_verb *aw_verb_at(size_t i);

/* The verb that argv begins with, and how many words name it (1 or 2); NULL where there is none. */
const struct aw_verb *aw_verb_find(int argc, char **argv, int *retwords);

/* All of it, for main(). argv[0] is the program. */
int aw_cli_main(int argc, char **argv);
