/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parsed policy as data: freeing it, finding rules by id, and the names of operations, classes,
 * verdicts, actions and modes. Reading policy files is parse*.c.
 */
#include "policy/policy.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const char *const op_names[] = {
	[AW_OP_READ] = "read",	     [AW_OP_WRITE] = "write",	[AW_OP_CREATE] = "create",
	[AW_OP_DELETE] = "delete",   [AW_OP_RENAME] = "rename", [AW_OP_LINK] = "link",
	[AW_OP_ATTR] = "attr",	     [AW_OP_EXEC] = "exec",	[AW_OP_MAP] = "map",
	[AW_OP_UNIX] = "unix",	     [AW_OP_TCP] = "tcp",	[AW_OP_UDP] = "udp",
	[AW_OP_BIND] = "bind",	     [AW_OP_LISTEN] = "listen", [AW_OP_GUARD] = "guard",
	[AW_OP_RESOLVE] = "resolve",
};
static_assert(sizeof(op_names) / sizeof(*op_names) == AW_OPS, "every operation has a name");

static const char *const op_class_names[] = {
	[AW_CLASS_FILE] = "file", [AW_CLASS_EXEC] = "exec",   [AW_CLASS_NET] = "net",
	[AW_CLASS_UNIX] = "unix", [AW_CLASS_GUARD] = "guard",
};
static_assert(sizeof(op_class_names) / sizeof(*op_class_names) == AW_OP_CLASSES,
	      "every class has a name");

static const char *const condition_names[] = {
	[AW_CONDITION_ANONYMOUS] = "anonymous",
	[AW_CONDITION_DELETED] = "deleted",
	[AW_CONDITION_AGENT_WRITTEN] = "agent-written",
};
static_assert(sizeof(condition_names) / sizeof(*condition_names) == AW_CONDITIONS,
	      "every condition has a name");

static const char *const verdict_names[] = {
	[AW_VERDICT_NONE] = "none", [AW_VERDICT_ALLOW] = "allow", [AW_VERDICT_FLAG] = "flag",
	[AW_VERDICT_ASK] = "ask",   [AW_VERDICT_DENY] = "deny",	  [AW_VERDICT_FORBID] = "forbid",
};
static_assert(sizeof(verdict_names) / sizeof(*verdict_names) == AW_VERDICTS,
	      "every verdict has a name");

static const char *const action_names[] = {
	[AW_ACTION_ALLOW] = "allow", [AW_ACTION_FLAG] = "flag",	    [AW_ACTION_ASK] = "ask",
	[AW_ACTION_DENY] = "deny",   [AW_ACTION_FORBID] = "forbid",
};
static_assert(sizeof(action_names) / sizeof(*action_names) == AW_ACTIONS,
	      "every action has a name");

static const char *const mode_names[] = {
	[AW_MODE_OBSERVE] = "observe",
	[AW_MODE_AUDIT] = "audit",
	[AW_MODE_ENFORCE] = "enforce",
};
static_assert(sizeof(mode_names) / sizeof(*mode_names) == AW_MODES, "every mode has a name");

static const char *name_of(const char *const *names, unsigned int n, unsigned int value)
{
	return value < n ? names[value] : "unknown";
}

static int value_of(const char *const *names, unsigned int n, const char *name)
{
	for (unsigned int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -EINVAL;
}

const char *aw_op_name(enum aw_op op)
{
	return name_of(op_names, AW_OPS, op);
}

int aw_op_from_name(const char *name, enum aw_op *ret)
{
	int value = value_of(op_names, AW_OPS, name);

	if (value < 0)
		return value;
	*ret = (enum aw_op)value;
	return 0;
}

const char *aw_condition_name(enum aw_condition condition)
{
	return name_of(condition_names, AW_CONDITIONS, condition);
}

int aw_condition_from_name(const char *name, enum aw_condition *ret)
{
	int value = value_of(condition_names, AW_CONDITIONS, name);

	if (value < 0)
		return value;
	*ret = (enum aw_condition)value;
	return 0;
}

void aw_conditions_append(struct aw_buffer *out, const char *before, uint32_t conditions,
			  const char *after)
{
	for (unsigned int i = 0, any = 0; i < AW_CONDITIONS; i++)
		if (conditions >> i & 1)
			aw_buffer_append_format(out, "%s%s", any++ ? ", " : before,
						condition_names[i]);
	if (conditions)
		aw_buffer_append_string(out, after);
}

const char *aw_op_class_name(enum aw_op_class op_class)
{
	return name_of(op_class_names, AW_OP_CLASSES, op_class);
}

const char *aw_verdict_name(enum aw_verdict verdict)
{
	return name_of(verdict_names, AW_VERDICTS, verdict);
}

const char *aw_action_name(enum aw_action action)
{
	return name_of(action_names, AW_ACTIONS, action);
}

const char *aw_mode_name(enum aw_mode mode)
{
	return name_of(mode_names, AW_MODES, mode);
}

int aw_mode_from_name(const char *name, enum aw_mode *ret)
{
	int value = value_of(mode_names, AW_MODES, name);

	if (value < 0)
		return value;
	*ret = (enum aw_mode)value;
	return 0;
}

static int compare_ids(const void *a, const void *b, void *rules)
{
	const struct aw_rule *all = rules;
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
	int order = strcmp(all[left].id, all[right].id);

	if (order != 0)
		return order;
	return left < right ? -1 : left > right;
}

bool aw_cidr_has(const struct aw_cidr *cidr, const uint8_t address[16])
{
	for (unsigned int bit = 0; bit < cidr->prefix; bit++)
		if ((cidr->address[bit / 8] ^ address[bit / 8]) & (0x80 >> bit % 8))
			return false;
	return true;
}

int aw_policy_index(struct aw_policy *policy)
{
	uint32_t *by_id = calloc(policy->n_rules ?: 1, sizeof(*by_id));

	if (!by_id)
		return -ENOMEM;
	for (size_t i = 0; i < policy->n_rules; i++)
		by_id[i] = (uint32_t)i;
	qsort_r(by_id, policy->n_rules, sizeof(*by_id), compare_ids, policy->rules);
	free(policy->by_id);
	policy->by_id = by_id;
	return 0;
}

const struct aw_rule *aw_policy_find_rule(const struct aw_policy *policy, const char *id)
{
	size_t low = 0, high = policy->n_rules;

	if (!policy->by_id) {
		for (size_t i = 0; i < policy->n_rules; i++)
			if (strcmp(policy->rules[i].id, id) == 0)
				return &policy->rules[i];
		return NULL;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct aw_rule *rule = &policy->rules[policy->by_id[middle]];
		int order = strcmp(id, rule->id);

		if (order == 0)
			return rule;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static void free_patterns(struct aw_pattern *patterns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(patterns[i].text);
	free(patterns);
}

static void free_rule(struct aw_rule *rule)
{
	free(rule->id);
	free(rule->lifts);
	free(rule->reason);
	free_patterns(rule->paths, rule->n_paths);
	free(rule->cidrs);
	free(rule->ports);
	for (size_t i = 0; i < rule->n_hosts; i++)
		free(rule->hosts[i]);
	free(rule->hosts);
}

struct aw_policy *aw_policy_free(struct aw_policy *policy)
{
	if (!policy)
		return NULL;
	for (size_t i = 0; i < policy->n_rules; i++)
		free_rule(&policy->rules[i]);
	for (size_t i = 0; i < policy->n_subjects; i++) {
		free(policy->subjects[i].name);
		free_patterns(policy->subjects[i].patterns, policy->subjects[i].n_patterns);
	}
	for (size_t i = 0; i < policy->n_anchors; i++)
		free(policy->anchors[i].name);
	for (size_t i = 0; i < policy->n_files; i++)
		free(policy->files[i]);
	free(policy->files);
	free(policy->rules);
	free(policy->by_id);
	free(policy->name);
	free(policy);
	return NULL;
}
