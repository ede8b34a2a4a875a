/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies built by hand, without the parser, for the tests of the compiler.
 */
#pragma once

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compile.h"

#define OP(name) (1u << AW_OP_##name)

static inline struct aw_policy *fixture_policy(void)
{
	struct aw_policy *policy = calloc(1, sizeof(*policy));

	assert(policy);
	policy->name = strdup("test");
	return policy;
}

static inline int fixture_anchor(struct aw_policy *policy, const char *name)
{
	policy->anchors[policy->n_anchors].name = strdup(name);
	return (int)policy->n_anchors++;
}

/* "${NAME}…" finds its anchor. */
static inline struct aw_pattern fixture_pattern(const struct aw_policy *policy, const char *text)
{
	struct aw_pattern pattern = {.text = strdup(text), .anchor = -1, .source = {"test", 1, 1}};

	for (size_t i = 0; strncmp(text, "${", 2) == 0 && i < policy->n_anchors; i++) {
		size_t n = strlen(policy->anchors[i].name);

		if (strncmp(text + 2, policy->anchors[i].name, n) == 0 && text[2 + n] == '}')
			pattern.anchor = (int)i;
	}
	return pattern;
}

/* Returned until the next rule is added. */
static inline struct aw_rule *fixture_rule(struct aw_policy *policy, const char *id,
					   enum aw_action action, uint32_t ops)
{
	struct aw_rule *rule;

	if ((policy->n_rules & (policy->n_rules - 1)) == 0)
		policy->rules = realloc(policy->rules, 2 * (policy->n_rules + 1) * sizeof(*rule));
	rule = &policy->rules[policy->n_rules++];
	*rule = (struct aw_rule){.id = strdup(id),
				 .action = action,
				 .ops = ops,
				 .source = {"test", (int)policy->n_rules, 1}};
	return rule;
}

static inline void fixture_path(const struct aw_policy *policy, struct aw_rule *rule,
				const char *text)
{
	rule->paths = realloc(rule->paths, (rule->n_paths + 1) * sizeof(*rule->paths));
	rule->paths[rule->n_paths++] = fixture_pattern(policy, text);
}

/* A rule with one path. */
static inline struct aw_rule *fixture_simple(struct aw_policy *policy, const char *id,
					     enum aw_action action, uint32_t ops, const char *text)
{
	struct aw_rule *rule = fixture_rule(policy, id, action, ops);

	fixture_path(policy, rule, text);
	return rule;
}

static inline void fixture_cidr(struct aw_rule *rule, const uint8_t address[16], uint8_t prefix)
{
	struct aw_cidr *cidr;

	rule->cidrs = realloc(rule->cidrs, (rule->n_cidrs + 1) * sizeof(*rule->cidrs));
	cidr = &rule->cidrs[rule->n_cidrs++];
	memset(cidr, 0, sizeof(*cidr));
	for (unsigned bit = 0; bit < prefix; bit++)
		cidr->address[bit / 8] |= address[bit / 8] & 0x80 >> bit % 8;
	cidr->prefix = prefix;
}

static inline void fixture_ports(struct aw_rule *rule, uint16_t first, uint16_t last)
{
	rule->ports = realloc(rule->ports, (rule->n_ports + 1) * sizeof(*rule->ports));
	rule->ports[rule->n_ports++] = (struct aw_ports){first, last};
}

static inline void fixture_host(struct aw_rule *rule, const char *host)
{
	if ((rule->n_hosts & (rule->n_hosts - 1)) == 0)
		rule->hosts = realloc(rule->hosts, 2 * (rule->n_hosts + 1) * sizeof(*rule->hosts));
	rule->hosts[rule->n_hosts++] = strdup(host);
}

/* pattern NULL: none yet. Returns the class's number. */
static inline int fixture_subject(struct aw_policy *policy, const char *name,
				  enum aw_subject_kind kind, const char *pattern, int parent)
{
	struct aw_subject *subject = &policy->subjects[policy->n_subjects];

	*subject = (struct aw_subject){.name = strdup(name), .kind = kind, .parent = parent};
	if (pattern) {
		subject->patterns = calloc(1, sizeof(*subject->patterns));
		subject->patterns[0] = fixture_pattern(policy, pattern);
		subject->n_patterns = 1;
	}
	return (int)policy->n_subjects++;
}
