/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can only be checked once every file is read: that ids are unique, and that each lift names a
 * denial that its own file sees.
 */
#include "policy/parse_state.h"

#include <string.h>

#include "policy/guard.h"

#define fail_at(p, source, hint, ...)                                                             \
	aw_diag_set((p)->reterr, -EINVAL, (source)->file, (source)->line, (source)->column, hint, \
		    __VA_ARGS__)

/* A rule with several lifts is as many rules of one id (parse_rule.c). */
static bool is_same_rule(const struct aw_rule *a, const struct aw_rule *b)
{
	return a->source.file == b->source.file && a->source.line == b->source.line &&
	       a->source.column == b->source.column && a->source.line > 0;
}

static int check_ids(struct aw_parse *p)
{
	const struct aw_policy *policy = p->policy;

	for (size_t i = 1; i < policy->n_rules; i++) {
		const struct aw_rule *first = &policy->rules[policy->by_id[i - 1]];
		const struct aw_rule *second = &policy->rules[policy->by_id[i]];

		if (strcmp(first->id, second->id) == 0 && !is_same_rule(first, second))
			return fail_at(p, &second->source, "every rule has an id of its own",
				       "duplicate rule id \"%s\", first at %.200s:%d", second->id,
				       first->source.file, first->source.line);
	}
	return 0;
}

/* Built-in rules are seen by every file. */
static bool sees(const struct aw_parse *p, const struct aw_rule *rule, const struct aw_rule *other)
{
	return aw_rule_is_built_in(other) ||
	       aw_parse_sees(p, rule->source.file, other->source.file);
}

static int unknown_denial(struct aw_parse *p, const struct aw_rule *rule)
{
	const struct aw_policy *policy = p->policy;
	_cleanup_free_ const char **names = calloc(policy->n_rules, sizeof(*names));
	bool is_guard = strncmp(rule->lifts, "guard", strlen("guard")) == 0;
	char buffer[512];
	size_t n = 0;

	if (!names)
		return -ENOMEM;
	if (strcmp(rule->lifts, AW_GUARD_RESOLVER) == 0)
		return fail_at(p, &rule->lifts_source, "without it nothing is to be lifted",
			       "rule %s: lift: \"%s\" is there where some rule has host:", rule->id,
			       rule->lifts);
	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].action == AW_ACTION_DENY && sees(p, rule, &policy->rules[i]) &&
		    aw_rule_is_built_in(&policy->rules[i]) == is_guard)
			names[n++] = policy->rules[i].id;
	return fail_at(
		p, &rule->lifts_source,
		n ? aw_parse_suggest(buffer, sizeof(buffer), rule->lifts, "deny rules", names, n)
		  : "this file and its includes deny nothing",
		"rule %s: lift: unknown rule \"%s\"", rule->id, rule->lifts);
}

static int check_lift(struct aw_parse *p, const struct aw_rule *rule)
{
	const struct aw_rule *denial = aw_policy_find_rule(p->policy, rule->lifts);

	if (!denial)
		return unknown_denial(p, rule);
	if (!sees(p, rule, denial))
		return fail_at(p, &rule->lifts_source,
			       "include the file that denies it: a file lifts only what it sees",
			       "rule %s: lift: \"%s\" is denied at %.200s:%d, which this file does "
			       "not include",
			       rule->id, denial->id, denial->source.file, denial->source.line);
	if (denial->action == AW_ACTION_FORBID)
		return fail_at(p, &rule->lifts_source, "ask the administrator",
			       "rule %s: lift: \"%s\" forbids, which nothing lifts", rule->id,
			       denial->id);
	if (denial->action != AW_ACTION_DENY)
		return fail_at(p, &rule->lifts_source, "name a deny rule",
			       "rule %s: lift: \"%s\" is %s rule, only deny rules are lifted",
			       rule->id, denial->id,
			       denial->action == AW_ACTION_FLAG	 ? "a flag"
			       : denial->action == AW_ACTION_ASK ? "an ask"
								 : "an allow");
	if (!(denial->ops & rule->ops))
		return fail_at(p, &rule->lifts_source, "name an operation that it denies",
			       "rule %s: lift: \"%s\" denies none of these operations", rule->id,
			       denial->id);
	if ((rule->n_hosts > 0) != (denial->n_hosts > 0))
		return fail_at(p, &rule->lifts_source,
			       "an address and each of its names are judged by themselves, and the "
			       "strictest rule decides: lift hosts by hosts, ranges by ranges",
			       "rule %s: lift: \"%s\" is about %s, this rule about %s", rule->id,
			       denial->id, denial->n_hosts ? "hosts" : "addresses",
			       denial->n_hosts ? "addresses" : "hosts");
	return 0;
}

/* A lift of guard acts that names none is about all that the denial is about. */
static int take_paths(const struct aw_policy *policy, struct aw_rule *lift)
{
	const struct aw_rule *denial = aw_policy_find_rule(policy, lift->lifts);

	lift->paths = calloc(denial->n_paths, sizeof(*lift->paths));
	if (!lift->paths)
		return -ENOMEM;
	for (; lift->n_paths < denial->n_paths; lift->n_paths++) {
		struct aw_pattern *path = &lift->paths[lift->n_paths];

		*path = (struct aw_pattern){.anchor = -1, .source = lift->source};
		path->text = strdup(denial->paths[lift->n_paths].text);
		if (!path->text)
			return -ENOMEM;
	}
	return 0;
}

int aw_parse_finish(struct aw_parse *p)
{
	struct aw_policy *policy = p->policy;
	int err;

	err = aw_policy_add_guards(policy);
	if (!err)
		err = aw_policy_index(policy);
	if (!err)
		err = check_ids(p);
	for (size_t i = 0; i < policy->n_rules && !err; i++)
		if (policy->rules[i].lifts)
			err = check_lift(p, &policy->rules[i]);
	for (size_t i = 0; i < policy->n_rules && !err; i++)
		if (policy->rules[i].lifts && !policy->rules[i].n_paths &&
		    policy->rules[i].ops == AW_GUARD_OPS)
			err = take_paths(policy, &policy->rules[i]);
	return err;
}
