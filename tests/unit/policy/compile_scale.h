/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A large policy as learning would write it: many literal paths that look like a Linux system's,
 * and globs of which some float, with classes of subjects; and one about many hosts. For the scale
 * test and the benchmark.
 */
#pragma once

#include "policy/compile_random.h"

struct scale {
	size_t n_literals;
	size_t n_globs; /* of which n_floating are `**` + "/x/" + `**` */
	size_t n_floating;
	size_t n_classes;
	const char *literals_file; /* instead of invented ones */
};

/* Hosts as a company allows them: few domains, many names below each. */
struct scale_hosts {
	size_t n_names;
	size_t n_wildcards;
	size_t n_classes;
};

/* "/usr/lib/python3/dist-packages/…": few folders near the root, many files below. */
static inline void scale_literal(struct random *r, char *text, size_t size)
{
	static const char *const tops[] = {"/usr/lib/x86_64-linux-gnu", "/usr/lib/python3.11",
					   "/usr/share/zoneinfo",	"/usr/include",
					   "/usr/lib/node_modules",	"/etc/alternatives",
					   "/usr/share/perl/5.36.0",	"/usr/share/doc"};
	static const char *const words[] = {"core",  "net",   "lib",   "http", "json",	"test",
					    "util",  "main",  "data",  "conf", "proto", "crypto",
					    "async", "parse", "index", "node"};
	static const char *const ends[] = {".so.1", ".py", ".h", ".js", "", ".pm", ".json", ".pyc"};

	snprintf(text, size, "%s", PICK(r, tops));
	for (uint32_t depth = 1 + pick(r, 4); depth > 0; depth--)
		snprintf(text + strlen(text), size - strlen(text), "/%s%s", PICK(r, words),
			 pick(r, 2) ? PICK(r, words) : "");
	snprintf(text + strlen(text), size - strlen(text), "-%x%s", pick(r, 0x10000),
		 PICK(r, ends));
}

static inline void scale_glob(struct random *r, size_t i, size_t n_floating, char *text,
			      size_t size)
{
	static const char *const forms[] = {"%s/**",	  "%s/*",	 "%s*.conf",   "%s/*.so*",
					    "%s/**/*.py", "%s/[a-z]*.h", "%s/{a,b,c}*"};
	char literal[ORACLE_TEXT];

	if (i < n_floating) {
		snprintf(text, size, "**/.%s%zu/**", i % 3 ? "conf" : "ssh", i);
		return;
	}
	scale_literal(r, literal, sizeof(literal));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, size, PICK(r, forms), literal);
#pragma GCC diagnostic pop
}

/* Floating: secrets are denied, what persists is flagged. Else something is allowed. */
static inline struct aw_rule *scale_rule(struct aw_policy *policy, struct random *r,
					 bool is_floating)
{
	static const uint32_t ops[] = {OP(READ), OP(READ) | OP(MAP), OP(READ) | OP(EXEC) | OP(MAP),
				       OP(READ) | OP(WRITE) | OP(CREATE)};
	struct aw_rule *rule;
	char id[32];

	snprintf(id, sizeof(id), "rule.%zu", policy->n_rules);
	if (is_floating)
		return pick(r, 3)
			       ? fixture_rule(policy, id, AW_ACTION_DENY, 0x3ff)
			       : fixture_rule(policy, id, AW_ACTION_FLAG, OP(WRITE) | OP(CREATE));
	rule = fixture_rule(policy, id, AW_ACTION_ALLOW, PICK(r, ops));
	if (policy->n_subjects > 0 && pick(r, 4) == 0)
		rule->subjects = 1u << pick(r, (uint32_t)policy->n_subjects);
	return rule;
}

static inline void scale_literals(struct aw_policy *policy, struct random *r,
				  const struct scale *scale)
{
	FILE *file = scale->literals_file ? fopen(scale->literals_file, "re") : NULL;
	char text[4096], *at;

	for (size_t i = 0; file || i < scale->n_literals; i++) {
		if (file && !fgets(text, sizeof(text), file))
			break;
		if (!file)
			scale_literal(r, text, sizeof(text));
		text[strcspn(text, "\n")] = '\0';
		if ((at = strpbrk(text, "*?[]{}\\")))
			*at = '\0';
		fixture_path(policy, scale_rule(policy, r, false), text);
	}
	if (file)
		fclose(file);
}

static inline struct aw_policy *scale_policy(const struct scale *scale)
{
	struct aw_policy *policy = fixture_policy();
	struct random r = {0x5ca1e};
	char text[ORACLE_TEXT + 64];

	fixture_anchor(policy, "WORKSPACE");
	for (size_t i = 0; i < scale->n_classes; i++) {
		snprintf(text, sizeof(text), "/usr/bin/tool-%zu", i);
		fixture_subject(policy, text + 9, AW_SUBJECT_EXE, text, -1);
	}
	scale_literals(policy, &r, scale);
	for (size_t i = 0; i < scale->n_globs; i++) {
		scale_glob(&r, i, scale->n_floating, text, sizeof(text));
		fixture_path(policy, scale_rule(policy, &r, i < scale->n_floating), text);
	}
	fixture_simple(policy, "work", AW_ACTION_ALLOW, 0x3ff, "${WORKSPACE}/**");
	return policy;
}

/* "registry-3f.eu.build17.example.org" */
static inline void scale_host(struct random *r, char *text, size_t size)
{
	static const char *const words[] = {"api",    "www",	"cdn",	 "registry", "mirror",
					    "git",    "auth",	"login", "packages", "static",
					    "assets", "images", "eu",	 "us-east",  "internal"};
	static const char *const tops[] = {"com", "org", "net", "io", "dev", "co.uk", "example"};

	text[0] = '\0';
	for (uint32_t n = 1 + pick(r, 3); n > 0; n--)
		snprintf(text + strlen(text), size - strlen(text), "%s-%x.", PICK(r, words),
			 pick(r, 0x400));
	snprintf(text + strlen(text), size - strlen(text), "%s%u.%s", PICK(r, words), pick(r, 500),
		 PICK(r, tops));
}

static inline struct aw_policy *scale_host_policy(const struct scale_hosts *scale)
{
	static const enum aw_action actions[] = {AW_ACTION_ALLOW, AW_ACTION_ALLOW, AW_ACTION_FLAG,
						 AW_ACTION_DENY};
	static const uint16_t ports[] = {443, 443, 443, 80, 22, 8443};
	struct aw_policy *policy = fixture_policy();
	struct random r = {0x4057};
	char text[256];

	for (size_t i = 0; i < scale->n_classes; i++) {
		snprintf(text, sizeof(text), "/usr/bin/tool-%zu", i);
		fixture_subject(policy, text + 9, AW_SUBJECT_EXE, text, -1);
	}
	for (size_t i = 0; i < scale->n_names + scale->n_wildcards; i++) {
		bool is_wildcard = i < scale->n_wildcards;
		struct aw_rule *rule;
		uint16_t port = PICK(&r, ports);

		snprintf(text, sizeof(text), "host.%zu", i);
		rule = fixture_rule(policy, text, PICK(&r, actions), OP(TCP));
		if (policy->n_subjects > 0 && pick(&r, 4) == 0)
			rule->subjects = 1u << pick(&r, (uint32_t)policy->n_subjects);
		snprintf(text, sizeof(text), "%s", is_wildcard ? "*." : "");
		scale_host(&r, text + strlen(text), sizeof(text) - 2);
		fixture_host(rule, text);
		fixture_ports(rule, port, port);
	}
	return policy;
}
