/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can only be checked once every file is read: that ids are unique, and that each lift names a
 * denial that its own file sees.
 */
#include "policy/parse_state.h"

#include <string.h>

#define fail_at(p, source, hint, ...)                                                             \
	aw_diag_set((p)->reterr, -EINVAL, (source)->file, (source)->line, (source)->column, hint, \
		    __VA_ARGS__)

static int check_ids(struct aw_parse *p)
{
	const struct aw_policy *policy = p->policy;

	for (size_t i = 1; i < policy->n_rules; i++) {
		const struct aw_rule *first = &policy->rules[policy->by_id[i - 1]];
		const struct aw_rule *second = &policy->rules[policy->by_id[i]];

		if (strcmp(first->id, second->id) == 0)
			return fail_at(p, &second->source, "every rule has an id of its own",
				       "duplicate rule id \"%s\", first at %.200s:%d", second->id,
				       first->source.file, first->source.line);
	}
	return 0;
}

static int unknown_denial(struct aw_parse *p, const struct aw_rule *rule)
{
	const struct aw_policy *policy = p->policy;
	_cleanup_free_ const char **names = calloc(policy->n_rules, sizeof(*names));
	char buffer[512];
	size_t n = 0;

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].action == AW_ACTION_DENY &&
		    aw_parse_sees(p, rule->source.file, policy->rules[i].source.file))
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
	if (!aw_parse_sees(p, rule->source.file, denial->source.file))
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
	return 0;
}

int aw_parse_finish(struct aw_parse *p)
{
	const struct aw_policy *policy = p->policy;
	int err;

	err = aw_policy_index(p->policy);
	if (!err)
		err = check_ids(p);
	for (size_t i = 0; i < policy->n_rules && !err; i++)
		if (policy->rules[i].lifts)
			err = check_lift(p, &policy->rules[i]);
	return err;
}
