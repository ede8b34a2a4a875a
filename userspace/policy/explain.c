/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges one operation by going through the rules as written. It is slow and plain on purpose: the
 * compiled automaton must agree with it. Whether a glob matches is match.c's.
 */
#include "policy/explain.h"

#include <assert.h>
#include <string.h>

#include "policy/match.h"

static_assert(AW_ACTION_ALLOW + 1 == (int)AW_VERDICT_ALLOW &&
		      AW_ACTION_FORBID + 1 == (int)AW_VERDICT_FORBID &&
		      AW_ACTIONS + 1 == (int)AW_VERDICTS,
	      "actions are ordered as verdicts are");

static bool matches_any(const struct aw_pattern *patterns, size_t n, int anchor, const char *name,
			size_t length)
{
	for (size_t i = 0; i < n; i++)
		if (aw_match_pattern(&patterns[i], anchor, name, length))
			return true;
	return false;
}

static bool is_in_range(const struct aw_cidr *cidr, const uint8_t address[16])
{
	for (unsigned int bit = 0; bit < cidr->prefix; bit++)
		if ((cidr->address[bit / 8] ^ address[bit / 8]) & (0x80 >> bit % 8))
			return false;
	return true;
}

static bool matches_peer(const struct aw_rule *rule, const struct aw_query *query)
{
	bool is_address = false, is_port = false;

	for (size_t i = 0; i < rule->n_cidrs; i++)
		is_address = is_address || is_in_range(&rule->cidrs[i], query->address);
	for (size_t i = 0; i < rule->n_ports; i++)
		is_port = is_port || (rule->ports[i].first <= query->port &&
				      query->port <= rule->ports[i].last);
	return is_address && is_port;
}

static bool matches(const struct aw_rule *rule, const struct aw_query *query)
{
	if (!(rule->ops >> query->op & 1))
		return false;
	if (rule->subjects && !(rule->subjects & query->subject_mask))
		return false;
	if (rule->conditions && !(rule->conditions & query->conditions))
		return false;
	if (!query->name)
		return matches_peer(rule, query);
	return matches_any(rule->paths, rule->n_paths, query->anchor, query->name,
			   query->name_length);
}

static bool is_lifted(const struct aw_policy *policy, const struct aw_query *query,
		      const struct aw_rule *denial)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct aw_rule *lift = &policy->rules[i];

		if (lift->lifts && strcmp(lift->lifts, denial->id) == 0 &&
		    !(query->is_unearned && lift->subjects) && matches(lift, query))
			return true;
	}
	return false;
}

static struct aw_explanation explain(const struct aw_policy *policy, const struct aw_query *query)
{
	struct aw_explanation found = {.verdict = AW_VERDICT_NONE};
	const struct aw_rule *reports = NULL;

	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct aw_rule *rule = &policy->rules[i];
		enum aw_verdict verdict = (enum aw_verdict)(rule->action + 1);

		if (!matches(rule, query))
			continue;
		if (query->is_unearned && rule->subjects && rule->action <= AW_ACTION_FLAG) {
			if (rule->action == AW_ACTION_FLAG)
				reports = reports ?: rule;
			continue;
		}
		if (rule->action == AW_ACTION_DENY && is_lifted(policy, query, rule)) {
			found.lifted = found.lifted ?: rule;
			continue;
		}
		if (verdict > found.verdict) {
			found.verdict = verdict;
			found.decides = rule;
		}
	}
	/* What a class reports is reported even when what it allows is lost. */
	if (found.verdict == AW_VERDICT_ALLOW && reports) {
		found.verdict = AW_VERDICT_FLAG;
		found.decides = reports;
	}
	return found;
}

void aw_policy_explain(const struct aw_policy *policy, const struct aw_query *query,
		       struct aw_explanation *ret)
{
	struct aw_explanation found = explain(policy, query);

	/* What may be executed may be mapped, where no rule says anything of mapping. */
	if (query->op == AW_OP_MAP && found.verdict == AW_VERDICT_NONE) {
		struct aw_query exec = *query;

		exec.op = AW_OP_EXEC;
		found = explain(policy, &exec);
	}
	*ret = found;
}

uint16_t aw_policy_subject_mask(const struct aw_policy *policy, const char *exe, int exe_anchor,
				const char *script, int script_anchor)
{
	uint16_t mask = 0;

	for (size_t i = 0; i < policy->n_subjects; i++) {
		const struct aw_subject *subject = &policy->subjects[i];
		const char *name = subject->kind == AW_SUBJECT_EXE ? exe : script;
		int anchor = subject->kind == AW_SUBJECT_EXE ? exe_anchor : script_anchor;

		if (subject->kind == AW_SUBJECT_UNDER || !name)
			continue;
		if (matches_any(subject->patterns, subject->n_patterns, anchor, name, strlen(name)))
			mask |= (uint16_t)(1u << i);
	}
	return mask;
}
