/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts that would undo confinement: their names, and the rules that every policy denies them by
 * unless it lifts one. Which act a hook sees is abi/guard.h's and the programs'.
 */
#pragma once

#include "policy/policy.h"

#define AW_GUARD_PREFIX	   "guard:"   /* of names */
#define AW_GUARD_ID_PREFIX "guard."   /* of rules */
#define AW_GUARD_FILE	   "built-in" /* in place of a policy file's name, at line 0 */
#define AW_GUARD_OPS	   (1u << AW_OP_GUARD)
#define AW_GUARD_RESOLVER  "guard.resolver" /* where some rule names hosts */

/* "guard:mount", "guard:capability/sys_admin"; NULL for a number that is none of them. */
const char *aw_guard_name(unsigned int act);

/* Adds the built-in rules behind those that were written. −ENOMEM. */
int aw_policy_add_guards(struct aw_policy *policy);

/* Whether it is one of those. */
bool aw_rule_is_built_in(const struct aw_rule *rule);
