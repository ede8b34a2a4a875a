/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsing policies from text in tests, and temporary folders with policy files in them.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "policy/parse.h"

#define RULES "version: 1\nrules:\n  - "

static const char *const test_variables[] = {
	"CACHE=/var/cache/a*b", "RESOLVER=10.0.0.2/32", "GIT_HOST=git.example.org",
	"SOCK=@agent",		"DNS=fd00::1",		NULL};
static const struct aw_parse_options test_options = {.home = "/home/ci",
						     .pack_dir = "policies",
						     .variables = test_variables,
						     .trust_text = true};

static inline struct aw_policy *parse_ok(const char *text)
{
	struct aw_policy *policy = NULL;
	struct aw_diag d = {0};
	int err = aw_policy_parse_text(&policy, "t.yaml", text, strlen(text), &test_options, &d);

	if (err)
		fail_msg("%s:%d:%d: %s (%d)", d.file, d.line, d.column, d.message, err);
	return policy;
}

static inline const struct aw_rule *rule_of(const struct aw_policy *policy, const char *id)
{
	const struct aw_rule *rule = aw_policy_find_rule(policy, id);

	if (!rule)
		fail_msg("no rule %s", id);
	return rule;
}

/* A folder of files that are gone with it. */
struct test_dir {
	char path[64];
};

static inline void make_dir(struct test_dir *dir)
{
	strcpy(dir->path, "/tmp/aw-policy-test-XXXXXX");
	assert_non_null(mkdtemp(dir->path));
}

static inline int remove_entry(const char *path, const struct stat *status, int kind,
			       struct FTW *where)
{
	return remove(path);
}

static inline void remove_dir(struct test_dir *dir)
{
	nftw(dir->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static inline const char *in_dir(const struct test_dir *dir, const char *name, char buffer[128])
{
	snprintf(buffer, 128, "%s/%s", dir->path, name);
	return buffer;
}

static inline void write_file(const struct test_dir *dir, const char *name, const char *text)
{
	char path[128];
	FILE *f = fopen(in_dir(dir, name, path), "we");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

static inline int parse_in(const struct test_dir *dir, const char *name, struct aw_policy **ret,
			   struct aw_diag *retdiag)
{
	struct aw_parse_options options = test_options;
	char path[128], packs[128];

	options.pack_dir = in_dir(dir, "packs", packs);
	options.trust_text = false;
	memset(retdiag, 0, sizeof(*retdiag));
	return aw_policy_parse_file(ret, in_dir(dir, name, path), &options, retdiag);
}
