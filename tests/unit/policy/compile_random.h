/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random policies, and names that are likely to be near their patterns.
 */
#pragma once

#include "policy/compile_claim.h"
#include "policy/compile_fixture.h"
#include "policy/compile_oracle.h"

struct random {
	uint64_t state;
};

/* 0 … n − 1 */
static inline uint32_t pick(struct random *r, uint32_t n)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (uint32_t)((r->state >> 24) % n);
}

#define PICK(r, array) (array)[pick(r, sizeof(array) / sizeof(*(array)))]

static inline void random_segment(struct random *r, char *text, size_t size)
{
	static const char *const parts[] = {"a",  "b",	   "ab",    "c",	  ".x", "*",
					    "?",  "[ab]",  "[!a]",  "{a,b}",	  "a",	"b",
					    "b*", "{a,}c", "[a-c]", "{ab,{b,c}x}"};
	size_t n = 1 + pick(r, 2);

	text[0] = '\0';
	if (pick(r, 4) == 0) {
		snprintf(text, size, "**");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const char *part = PICK(r, parts);

		if (part[0] == '*' && i > 0 && text[strlen(text) - 1] == '*')
			part = "a";
		snprintf(text + strlen(text), size - strlen(text), "%s", part);
	}
}

static inline void random_glob(struct random *r, const struct aw_policy *policy, char *text,
			       size_t size)
{
	static const char *const roots[] = {"", "", "**", "**", "nested:"};
	size_t n = 1 + pick(r, 3);

	if (pick(r, 16) == 0) {
		snprintf(text, size, "%s", pick(r, 2) ? "@a*" : "@{a,b}?b");
		return;
	}
	if (policy->n_anchors > 0 && pick(r, 4) == 0)
		snprintf(text, size, "${%s}",
			 policy->anchors[pick(r, (uint32_t)policy->n_anchors)].name);
	else
		snprintf(text, size, "%s", PICK(r, roots));
	for (size_t i = 0; i < n; i++) {
		char segment[64];

		random_segment(r, segment, sizeof(segment));
		snprintf(text + strlen(text), size - strlen(text), "/%s", segment);
	}
	if (pick(r, 3) == 0)
		snprintf(text + strlen(text), size - strlen(text), "/**");
}

static inline void random_subjects(struct random *r, struct aw_policy *policy)
{
	uint32_t n = pick(r, 5);
	char text[ORACLE_TEXT], name[16];
	size_t n_unders = 0;

	for (uint32_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		if (i > 0 && n_unders < 2 && pick(r, 3) == 0) {
			fixture_subject(policy, name, AW_SUBJECT_UNDER, NULL, (int)pick(r, i));
			n_unders++;
			continue;
		}
		random_glob(r, policy, text, sizeof(text));
		fixture_subject(policy, name, pick(r, 3) ? AW_SUBJECT_EXE : AW_SUBJECT_SCRIPT, text,
				-1);
	}
}

static inline uint32_t random_ops(struct random *r)
{
	static const uint32_t ops[] = {OP(READ),
				       OP(READ) | OP(MAP),
				       OP(WRITE) | OP(CREATE) | OP(DELETE) | OP(RENAME),
				       OP(EXEC) | OP(MAP),
				       OP(READ) | OP(WRITE) | OP(EXEC),
				       0x3ff,
				       0x3f7,
				       0x2ff,
				       0x3fe};

	return PICK(r, ops);
}

static inline struct aw_policy *random_policy(struct random *r)
{
	static const enum aw_action actions[] = {AW_ACTION_ALLOW, AW_ACTION_ALLOW, AW_ACTION_ALLOW,
						 AW_ACTION_FLAG,  AW_ACTION_ASK,   AW_ACTION_DENY,
						 AW_ACTION_DENY,  AW_ACTION_FORBID};
	struct aw_policy *policy = fixture_policy();
	static const uint32_t conditional_ops[] = {OP(EXEC), OP(MAP), OP(EXEC) | OP(MAP)};
	uint32_t n_anchors = pick(r, 3), n_rules = 3 + pick(r, 12), n_guises = 0;
	bool has_conditions = pick(r, 2);
	char text[ORACLE_TEXT], id[16];

	for (uint32_t i = 0; i < n_anchors; i++)
		fixture_anchor(policy, i ? "V" : "W");
	random_subjects(r, policy);
	for (uint32_t i = 0; i < n_rules; i++) {
		struct aw_rule *rule;
		size_t n_paths = 1 + pick(r, 2);

		snprintf(id, sizeof(id), "r%u", i);
		rule = fixture_rule(policy, id, PICK(r, actions), random_ops(r));
		for (size_t j = 0; j < n_paths; j++) {
			random_glob(r, policy, text, sizeof(text));
			fixture_path(policy, rule, text);
		}
		if (policy->n_subjects > 0 && pick(r, 3) == 0)
			rule->subjects = 1 + pick(r, (1u << policy->n_subjects) - 1);
		if (n_guises < AW_CLAIM_GUISES_MAX && has_conditions && pick(r, 3) == 0) {
			rule->conditions = 1 + pick(r, AW_CONDITION_MASKS - 1);
			rule->ops = PICK(r, conditional_ops);
			n_guises++;
		}
	}
	for (size_t i = 0; i < n_rules; i++) {
		struct aw_rule *rule = &policy->rules[i];
		const struct aw_rule *denial = &policy->rules[pick(r, n_rules)];

		if (denial->action != AW_ACTION_DENY || rule->action > AW_ACTION_FLAG)
			continue;
		rule->lifts = strdup(denial->id);
	}
	return policy;
}

/* One way to write what a glob without its anchor can match. */
static inline void random_instance(struct random *r, const char *glob, char *text, size_t size)
{
	static const char *const runs[] = {"", "a", "b", "ab", "x"};
	static const char *const segments[] = {"/a", "/b/a", "/ab/.x", ""};
	size_t i = 0, depth = 0;

	text[0] = '\0';
	while (glob[i]) {
		const char *add = (char[]){glob[i], '\0'};
		size_t step = 1;

		if (strncmp(glob + i, "/**", 3) == 0) {
			add = PICK(r, segments);
			step = 3;
		} else if (strncmp(glob + i, "**", 2) == 0) {
			add = PICK(r, segments);
			step = 2;
		} else if (glob[i] == '*') {
			add = PICK(r, runs);
		} else if (glob[i] == '?') {
			add = pick(r, 2) ? "a" : "x";
		} else if (glob[i] == '[') {
			add = pick(r, 2) ? "b" : "c";
			step = strcspn(glob + i, "]") + 1;
		} else if (glob[i] == '{') {
			depth++;
			add = "";
		} else if (depth > 0 && glob[i] == ',') {
			add = "";
			step = strcspn(glob + i, "}");
		} else if (depth > 0 && glob[i] == '}') {
			depth--;
			add = "";
		}
		snprintf(text + strlen(text), size - strlen(text), "%s", add);
		i += step;
	}
}

/* Names as the kernel feeds them: no empty segment, no slash at the end but of the root. */
static inline bool is_name(const char *name, int anchor)
{
	size_t n = strlen(name);

	if (strstr(name, "//"))
		return false;
	if (n > 1 && name[n - 1] == '/' && name[0] != '@' && name[n - 2] != ':')
		return false;
	return anchor >= 0 ? n == 0 || (name[0] == '/' && n > 1) : n > 0;
}

/* A name from a glob of the policy, half of the time with one byte changed. */
static inline void random_name(struct random *r, const struct aw_policy *policy, char *text,
			       size_t size, int *ret_anchor)
{
	static const char bytes[] = "abcx./*";

	do {
		const struct aw_rule *rule = &policy->rules[pick(r, (uint32_t)policy->n_rules)];
		const struct aw_pattern *pattern = &rule->paths[pick(r, (uint32_t)rule->n_paths)];
		const char *glob = pattern->text;

		*ret_anchor = pattern->anchor;
		if (pattern->anchor >= 0)
			glob = strchr(glob, '}') + 1;
		else if (glob[0] == '*' && policy->n_anchors && pick(r, 2))
			*ret_anchor = (int)pick(r, (uint32_t)policy->n_anchors);
		random_instance(r, glob, text, size);
		if (pick(r, 2) && text[0])
			text[pick(r, (uint32_t)strlen(text))] = bytes[pick(r, 7)];
	} while (!is_name(text, *ret_anchor));
}
