/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes what a baseline taught as a policy file for people to read, in the language of
 * docs/POLICY.md: every rule with the evidence that it stands on. The text is the same for the same
 * evidence, so that two versions of it can be compared line by line.
 */
#pragma once

#include "base/diag.h"
#include "baseline/learned.h"

struct aw_from_baseline_options {
	const char *name;    /* of the policy; NULL: the baseline's */
	const char *version; /* of agentwatch, for the head; may be NULL */
};

/*
 * 0 and a newly allocated text. −ENODATA: the baseline has no complete run; −E2BIG: more patterns
 * than a policy can hold (reterr says what to do).
 */
int aw_policy_from_baseline(char **ret, const struct aw_learned *learned,
			    const struct aw_from_baseline_options *options, struct aw_diag *reterr);
