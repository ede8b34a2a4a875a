/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges one operation by going through the rules as written. It is slow and plain on purpose: the
 * compiled automaton must agree with it. Whether a glob matches is match.c's.
 */
#include "policy/explain.h"

#include <assert.h>
#include <string.h>

#include "policy/match.h"
#include "policy/special_range.h"

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

static bool matches_address(const struct aw_rule *rule, const uint8_t address[16])
{
	const struct aw_special_range *special = aw_special_range_find(address);

	for (size_t i = 0; i < rule->n_cidrs; i++) {
		const struct aw_cidr *cidr = &rule->cidrs[i];

		if (aw_cidr_has(cidr, address) &&
		    !(special && aw_special_range_is_left_out(special, rule, cidr)))
			return true;
	}
	return false;
}

static bool matches_host(const struct aw_rule *rule, const struct aw_query *query)
{
	for (size_t i = 0; i < rule->n_hosts; i++) {
		const char *host = rule->hosts[i];
		bool is_wildcard = *host == '*';
		size_t length = strlen(host += is_wildcard);

		if (query->host_length < length + is_wildcard ||
		    (!is_wildcard && query->host_length > length))
			continue;
		if (memcmp(query->host + query->host_length - length, host, length) == 0)
			return true;
	}
	return false;
}

static bool matches_port(const struct aw_rule *rule, uint16_t port)
{
	for (size_t i = 0; i < rule->n_ports; i++)
		if (rule->ports[i].first <= port && port <= rule->ports[i].last)
			return true;
	return false;
}

static bool matches_object(const struct aw_rule *rule, const struct aw_query *query)
{
	if (query->name)
		return matches_any(rule->paths, rule->n_paths, query->anchor, query->name,
				   query->name_length);
	if (query->op == AW_OP_RESOLVE)
		return query->host && matches_host(rule, query);
	return (query->host ? matches_host(rule, query) : matches_address(rule, query->address)) &&
	       matches_port(rule, query->port);
}

static bool matches(const struct aw_rule *rule, const struct aw_query *query)
{
	if (!(rule->ops >> query->op & 1))
		return false;
	if (rule->subjects && !(rule->subjects & query->subject_mask))
		return false;
	if (rule->conditions && !(rule->conditions & query->conditions))
		return false;
	return matches_object(rule, query);
}

/*
 * Who may connect to a host may ask for it, whatever the port; unless it is known only by a script
 * or by its parents, which never gives anything.
 */
static bool implies(const struct aw_policy *policy, const struct aw_rule *rule,
		    const struct aw_query *query)
{
	uint32_t given = 0;

	if (query->op != AW_OP_RESOLVE || rule->ops >> AW_OP_RESOLVE & 1 ||
	    !(rule->ops & (1u << AW_OP_TCP | 1u << AW_OP_UDP)) || rule->action > AW_ACTION_ASK ||
	    !matches_object(rule, query))
		return false;
	for (size_t i = 0; i < policy->n_subjects; i++)
		if (policy->subjects[i].kind == AW_SUBJECT_EXE)
			given |= rule->subjects & 1u << i;
	return !rule->subjects || (given & query->subject_mask && !query->is_unearned);
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

		if (found.verdict < AW_VERDICT_ALLOW && implies(policy, rule, query)) {
			found.verdict = AW_VERDICT_ALLOW;
			found.decides = rule;
		}
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

/* What is said of the address itself, where that is stronger than what is said of its host. */
static void add_address(const struct aw_policy *policy, const struct aw_query *query,
			struct aw_explanation *found)
{
	struct aw_query address = *query;
	struct aw_explanation other;

	address.host = NULL;
	other = explain(policy, &address);
	if (other.verdict > found->verdict) {
		found->verdict = other.verdict;
		found->decides = other.decides;
	}
	found->lifted = found->lifted ?: other.lifted;
}

void aw_policy_explain(const struct aw_policy *policy, const struct aw_query *query,
		       struct aw_explanation *ret)
{
	bool is_leased = query->host && query->op != AW_OP_RESOLVE && !query->is_host_alone;
	struct aw_explanation found = explain(policy, query);

	if (is_leased)
		add_address(policy, query, &found);
	/* What may be executed may be mapped, where no rule says anything of mapping. */
	if (query->op == AW_OP_MAP && found.verdict == AW_VERDICT_NONE) {
		struct aw_query exec = *query;

		exec.op = AW_OP_EXEC;
		found = explain(policy, &exec);
	}
	*ret = found;
}

/* Where an address is leased to a host, the rules about either. */
static bool matches_either(const struct aw_rule *rule, const struct aw_query *query)
{
	bool is_leased = query->host && query->op != AW_OP_RESOLVE && !query->is_host_alone;
	struct aw_query address = *query;

	address.host = NULL;
	return matches(rule, query) || (is_leased && matches(rule, &address));
}

/* A rule of several lifts is there once for each, and has its budgets once. */
static bool is_held(const struct aw_held_budget *held, size_t n, uint64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (aw_limit_id(held[i].rule, held[i].limit->unit) == id)
			return true;
	return false;
}

size_t aw_policy_held_budgets(const struct aw_policy *policy, const struct aw_query *query,
			      struct aw_held_budget ret[AW_LIMITS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct aw_rule *rule = &policy->rules[i];

		if (rule->n_limits == 0 ||
		    !(matches_either(rule, query) || implies(policy, rule, query)))
			continue;
		for (size_t j = 0; j < rule->n_limits && n < AW_LIMITS_MAX; j++) {
			const struct aw_rule_limit *limit = &rule->limits[j];

			if (aw_limit_unit_ops(limit->unit) >> query->op & 1 &&
			    !is_held(ret, n, aw_limit_id(rule, limit->unit)))
				ret[n++] = (struct aw_held_budget){rule, limit};
		}
	}
	return n;
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
