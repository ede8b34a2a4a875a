/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One rule: its id, action, operations, lift, classes and what goes with asking. Which objects it
 * is about is parse_object.c, its budgets are parse_limit.c; what can only be known once all rules
 * are read is parse_finish.c.
 */
#include "policy/parse_state.h"

#include <string.h>

#include "base/utf8.h"
#include "policy/guard.h"

static int rule_id(struct aw_parse *p, const struct aw_yaml_node *map, struct aw_rule *rule)
{
	const struct aw_yaml_node *node = aw_yaml_get(map, "id");
	const char *id;
	int err;

	if (!node)
		return aw_parse_error(p, map, "give it one: id: what.it.is.for",
				      "a rule without id:");
	err = aw_parse_name(p, node, "id", &id);
	if (err)
		return err;
	if (strncmp(id, AW_GUARD_ID_PREFIX, strlen(AW_GUARD_ID_PREFIX)) == 0)
		return aw_parse_error(p, node, "give it another id",
				      "id: \"%.80s\": ids that start with guard. are built in", id);
	rule->id = strdup(id);
	return rule->id ? 0 : -ENOMEM;
}

static int read_ops(struct aw_parse *p, const struct aw_yaml_node *node, struct aw_rule *rule)
{
	const char *names[AW_OPS], *action = aw_action_name(rule->action), *name;
	const struct aw_yaml_node *items;
	char buffer[256];
	enum aw_op op;
	size_t n;
	int err;

	err = aw_parse_items(p, node, action, &items, &n);
	for (size_t i = 0; i < n && !err; i++) {
		err = aw_parse_text(p, &items[i], action, &name);
		if (err)
			break;
		if (aw_op_from_name(name, &op) == 0) {
			rule->ops |= 1u << op;
			continue;
		}
		for (unsigned int known = 0; known < AW_OPS; known++)
			names[known] = aw_op_name(known);
		err = aw_parse_error(
			p, &items[i],
			aw_parse_suggest(buffer, sizeof(buffer), name, "operations", names, AW_OPS),
			"%s: unknown operation \"%.80s\"", action, name);
	}
	return err;
}

/* {lift: guard.mount}: what is done with it goes without saying. */
static bool lifts_guards(const struct aw_yaml_node *map)
{
	const struct aw_yaml_node *lift = aw_yaml_get(map, "lift");
	const struct aw_yaml_node *first = lift;

	if (lift && lift->kind == AW_YAML_LIST)
		first = lift->n_items ? lift->items : NULL;
	return first && first->kind == AW_YAML_SCALAR &&
	       strncmp(first->text, AW_GUARD_ID_PREFIX, strlen(AW_GUARD_ID_PREFIX)) == 0;
}

static int rule_action(struct aw_parse *p, const struct aw_yaml_node *map, struct aw_rule *rule)
{
	const struct aw_yaml_node *found = NULL;

	for (size_t i = 0; i < map->n_items; i += 2) {
		const struct aw_yaml_node *key = &map->items[i];

		for (unsigned int action = 0; action < AW_ACTIONS; action++) {
			if (strcmp(key->text, aw_action_name(action)) != 0)
				continue;
			if (found)
				return aw_parse_error(p, key, "write two rules",
						      "rule %s: two actions, %s and %s", rule->id,
						      found->text, key->text);
			found = key;
			rule->action = action;
		}
	}
	if (!found && lifts_guards(map)) {
		rule->action = AW_ACTION_ALLOW;
		rule->ops = AW_GUARD_OPS;
		return 0;
	}
	if (!found)
		return aw_parse_error(p, map, "one of allow, flag, ask, deny and forbid",
				      "rule %s: no action", rule->id);
	if (rule->action == AW_ACTION_FORBID && !p->files[p->file].is_administrators)
		return aw_parse_error(p, found,
				      "use deny, or say `administrator: true` at the top of a file "
				      "that only root can write",
				      "rule %s: forbid is for the administrator's files", rule->id);
	return read_ops(p, found + 1, rule);
}

static int rule_lift(struct aw_parse *p, const struct aw_yaml_node *map, struct aw_rule *rule)
{
	const struct aw_yaml_node *node = aw_yaml_get(map, "lift"), *items;
	const char *id;
	size_t n;
	int err;

	if (!node)
		return rule->action == AW_ACTION_ALLOW && rule->ops & AW_GUARD_OPS
			       ? aw_parse_error(p, map,
						"write {id: …, lift: guard.mount} or the like",
						"rule %s: guard acts are allowed by lifting a rule",
						rule->id)
			       : 0;
	err = aw_parse_items(p, node, "lift", &items, &n);
	if (err)
		return err;
	node = &items[p->lift];
	p->lifts_left = n - 1 - p->lift;
	err = aw_parse_name(p, node, "lift", &id);
	if (err)
		return err;
	if (rule->action != AW_ACTION_ALLOW && rule->action != AW_ACTION_FLAG)
		return aw_parse_error(p, node, "use allow or flag with lift",
				      "rule %s: a lift cannot %s", rule->id,
				      aw_action_name(rule->action));
	rule->lifts = strdup(id);
	rule->lifts_source = aw_parse_source(p, node);
	return rule->lifts ? 0 : -ENOMEM;
}

/* Text for people: one line, nothing that would move a terminal's cursor. */
static int rule_reason(struct aw_parse *p, const struct aw_yaml_node *map, struct aw_rule *rule)
{
	const struct aw_yaml_node *node = aw_yaml_get(map, "reason");
	const char *reason;
	uint32_t character;
	int err;

	if (!node)
		return 0;
	err = aw_parse_text(p, node, "reason", &reason);
	if (err)
		return err;
	if (strlen(reason) > AW_REASON_MAX)
		return aw_parse_fail(p, node, -E2BIG, NULL,
				     "reason: longer than AW_REASON_MAX (%d) bytes", AW_REASON_MAX);
	for (const char *c = reason; *c; c += aw_utf8_next(c, strlen(c), &character))
		if (!aw_utf8_next(c, strlen(c), &character) || aw_utf8_is_control(character))
			return aw_parse_error(p, node, "write it on one line",
					      "reason: a control character");
	rule->reason = strdup(reason);
	return rule->reason ? 0 : -ENOMEM;
}

/* A script or a descendant does not prove who runs: such a class takes away, it never gives. */
static int check_class(struct aw_parse *p, const struct aw_yaml_node *at,
		       const struct aw_rule *rule, const struct aw_subject *subject)
{
	if (subject->kind == AW_SUBJECT_EXE)
		return 0;
	if (rule->action != AW_ACTION_ALLOW && rule->action != AW_ACTION_FLAG)
		return 0;
	return aw_parse_error(p, at, "name an exe: class, or write ask or deny rules",
			      "rule %s: class %s is %s, which may narrow but not %s", rule->id,
			      subject->name,
			      subject->kind == AW_SUBJECT_SCRIPT ? "a script" : "under another",
			      rule->lifts ? "lift" : aw_action_name(rule->action));
}

static int rule_by(struct aw_parse *p, const struct aw_yaml_node *map, struct aw_rule *rule)
{
	const struct aw_yaml_node *node = aw_yaml_get(map, "by"), *items;
	size_t n, subject = 0;
	int err;

	if (!node)
		return 0;
	err = aw_parse_items(p, node, "by", &items, &n);
	for (size_t i = 0; i < n && !err; i++) {
		err = aw_parse_class(p, &items[i], &subject);
		if (!err)
			err = check_class(p, &items[i], rule, &p->policy->subjects[subject]);
		if (!err)
			rule->subjects |= 1u << subject;
	}
	return err;
}

/* Conditions of the file that is executed or mapped: any of them. */
static int rule_when(struct aw_parse *p, const struct aw_yaml_node *map, struct aw_rule *rule)
{
	const struct aw_yaml_node *node = aw_yaml_get(map, "when"), *items;
	const char *names[AW_CONDITIONS], *name;
	enum aw_condition condition;
	char buffer[256];
	size_t n;
	int err;

	if (!node)
		return 0;
	if (rule->ops & ~AW_CONDITION_OPS)
		return aw_parse_error(p, node - 1, "write a rule of its own for exec and map",
				      "rule %s: when: goes with exec and map alone", rule->id);
	for (unsigned int known = 0; known < AW_CONDITIONS; known++)
		names[known] = aw_condition_name(known);
	err = aw_parse_items(p, node, "when", &items, &n);
	for (size_t i = 0; i < n && !err; i++) {
		err = aw_parse_text(p, &items[i], "when", &name);
		if (err)
			break;
		if (aw_condition_from_name(name, &condition) == 0)
			rule->conditions |= 1u << condition;
		else
			err = aw_parse_error(p, &items[i],
					     aw_parse_suggest(buffer, sizeof(buffer), name,
							      "conditions", names, AW_CONDITIONS),
					     "when: unknown condition \"%.80s\"", name);
	}
	return err;
}

static int rule_ask(struct aw_parse *p, const struct aw_yaml_node *map, struct aw_rule *rule)
{
	const struct aw_yaml_node *timeout = aw_yaml_get(map, "timeout");
	const struct aw_yaml_node *otherwise = aw_yaml_get(map, "else");
	const struct aw_yaml_node *either = timeout ?: otherwise;

	if (either && rule->action != AW_ACTION_ASK)
		return aw_parse_error(p, either - 1, "take it out",
				      "rule %s: %s: goes with ask alone", rule->id,
				      either[-1].text);
	if (otherwise &&
	    (otherwise->kind != AW_YAML_SCALAR || strcmp(otherwise->text, "deny") != 0))
		return aw_parse_error(p, otherwise, "write else: deny, or leave it out",
				      "rule %s: what nobody answers can only be denied", rule->id);
	return timeout ? aw_parse_duration(p, timeout, "timeout", "AW_ASK_TIMEOUT_MAX_MS",
					   &rule->ask_timeout_ms)
		       : 0;
}

static int read_rule(struct aw_parse *p, const struct aw_yaml_node *map, struct aw_rule *rule)
{
	static const char *const keys[] = {"id",     "allow", "flag", "ask",	   "deny",
					   "forbid", "lift",  "path", "host",	   "socket",
					   "cidr",   "port",  "by",   "reason",	   "timeout",
					   "else",   "limit", "when", "on-exhaust"};
	static int (*const steps[])(struct aw_parse *, const struct aw_yaml_node *,
				    struct aw_rule *) = {
		rule_id,  rule_action, rule_lift,	 rule_reason,	 rule_by,
		rule_ask, rule_when,   aw_parse_objects, aw_parse_limit,
	};
	int err;

	rule->source = aw_parse_source(p, map);
	err = aw_parse_keys(p, map, "rule", keys, sizeof(keys) / sizeof(*keys));
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps) && !err; i++)
		err = steps[i](p, map, rule);
	return err;
}

/* A rule that lifts several denials becomes one rule for each, of one id. */
static int add_rule(struct aw_parse *p, const struct aw_yaml_node *map)
{
	struct aw_policy *policy = p->policy;
	size_t n = policy->n_rules;
	struct aw_rule *rules;

	if (n == AW_RULES_MAX)
		return aw_parse_fail(p, map, -E2BIG, NULL, "more rules than AW_RULES_MAX (%d)",
				     AW_RULES_MAX);
	if ((n & (n - 1)) == 0) { /* doubled: a power of two is always full */
		rules = reallocarray(policy->rules, n ? 2 * n : 1, sizeof(*rules));
		if (!rules)
			return -ENOMEM;
		policy->rules = rules;
	}
	memset(&policy->rules[n], 0, sizeof(*policy->rules));
	policy->n_rules++;
	return read_rule(p, map, &policy->rules[n]);
}

int aw_parse_rules(struct aw_parse *p, const struct aw_yaml_node *node)
{
	struct aw_policy *policy = p->policy;
	int err = 0;

	if (node->kind != AW_YAML_LIST)
		return aw_parse_error(p, node, "write one rule a line: - {id: …}",
				      "rules: expected a list");
	if (node->n_items > AW_RULES_MAX - policy->n_rules)
		return aw_parse_fail(p, node, -E2BIG, NULL, "more rules than AW_RULES_MAX (%d)",
				     AW_RULES_MAX);
	for (size_t i = 0; i < node->n_items && !err; i++) {
		p->lift = 0;
		do {
			p->lifts_left = 0;
			err = add_rule(p, &node->items[i]);
			p->lift++;
		} while (!err && p->lifts_left > 0);
	}
	return err;
}
