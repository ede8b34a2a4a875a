/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rules match one operation and which of them decides: from the rules as written, one by one,
 * not from the automaton. It names the deciding rule of an event, and is the oracle that the
 * compiled automaton is tested against, so it shares no code with compile.c beyond the parsed
 * policy and the list of special ranges.
 */
#pragma once

#include "policy/policy.h"

/* One operation on one object by one process. */
struct aw_query {
	enum aw_op op;
	const char *name; /* path, "@abstract" name; NULL for net operations */
	size_t name_length;
	int anchor;	       /* name is below this anchor; −1: absolute */
	uint8_t address[16];   /* net operations */
	uint16_t port;	       /* host order */
	const char *host;      /* that the address is leased to, or is asked for; or NULL */
	size_t host_length;    /* in lower case, without a dot at its end */
	bool is_host_alone;    /* tcp and udp: the address is not known, nor judged */
	uint16_t subject_mask; /* classes that the process is in */
	bool is_unearned;      /* it has lost what its classes allow, flag and lift */
	uint8_t conditions;    /* bits of enum aw_condition, of exec and map */
};

struct aw_explanation {
	enum aw_verdict verdict;
	const struct aw_rule *decides; /* NULL: nothing said */
	const struct aw_rule *lifted;  /* the strongest denial that a lift took away, or NULL */
};

/*
 * An address that is leased to a host is judged by the rules about addresses, and by those about
 * hosts; the stronger verdict holds, and of equal ones the host's. Ask once for each of its names.
 */
void aw_policy_explain(const struct aw_policy *policy, const struct aw_query *query,
		       struct aw_explanation *ret);

/* A budget that holds for an operation, and the rule that has it. */
struct aw_held_budget {
	const struct aw_rule *rule;
	const struct aw_rule_limit *limit;
};

/*
 * Budgets of all rules that match, whichever decides, in the order of the rules; they are asked
 * where the operation is permitted. What a process has lost makes no difference. Returns how many.
 */
size_t aw_policy_held_budgets(const struct aw_policy *policy, const struct aw_query *query,
			      struct aw_held_budget ret[AW_LIMITS_MAX]);

/* Classes (bit mask) that running this executable, through this script (or NULL), puts a process
 * in. */
uint16_t aw_policy_subject_mask(const struct aw_policy *policy, const char *exe, int exe_anchor,
				const char *script, int script_anchor);
