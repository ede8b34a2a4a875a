/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the policy parser: any bytes are either a policy, or refused with a diagnosis at a place
 * in the text. What parses is asked for a few verdicts, so that globs meet names too.
 *
 * clang -fsanitize=fuzzer,address,undefined; corpus in corpus/policy_parse.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "policy/explain.h"
#include "policy/parse.h"

static void check_diagnosis(const struct aw_diag *d, int err, size_t length)
{
	assert(err == -EINVAL || err == -E2BIG || err == -ENOENT || err == -ENAMETOOLONG ||
	       err == -EACCES || err == -ENOTDIR || err == -ELOOP);
	assert(d->message[0]);
	assert(strcmp(d->file, "fuzz.yaml") == 0 || err != -EINVAL || strstr(d->file, "packs"));
	assert(d->line >= 0 && (size_t)d->line <= length + 2);
}

static void ask(const struct aw_policy *policy)
{
	static const char *const names[] = {"/",       "/usr/bin/git", "/home/ci/.ssh/id",
					    "@a/b",    "memfd:x",      "nested:/a",
					    "/a,b/{c", "/[x]/]",       "/aaaaaaaaaaaaaaaa"};

	for (size_t i = 0; i < 2 * sizeof(names) / sizeof(*names); i++) {
		const char *name = names[i / 2];
		int anchor = i % 2 && *name == '/' ? 0 : -1;

		for (unsigned int op = 0; op <= AW_OP_UNIX; op++) {
			struct aw_query query = {.op = op,
						 .name = name,
						 .name_length = strlen(name),
						 .anchor = anchor,
						 .subject_mask = 0xffff};
			struct aw_explanation e;

			aw_policy_explain(policy, &query, &e);
			assert((e.verdict == AW_VERDICT_NONE) == (e.decides == NULL));
			assert(!e.decides || e.verdict == e.decides->action + 1);
		}
		aw_policy_subject_mask(policy, name, anchor, name, anchor);
	}
}

static void check_policy(const struct aw_policy *policy)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct aw_rule *rule = &policy->rules[i];

		/* One of several lifts is as many rules of one id. */
		assert(strcmp(aw_policy_find_rule(policy, rule->id)->id, rule->id) == 0);
		assert(rule->ops && (rule->n_paths || rule->n_cidrs || rule->n_hosts));
		assert(rule->n_paths || rule->n_ports || rule->ops == 1u << AW_OP_RESOLVE);
		for (size_t j = 0; j < rule->n_paths; j++)
			assert(rule->paths[j].text && rule->paths[j].text[0] &&
			       rule->paths[j].anchor < (int)policy->n_anchors);
	}
	ask(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const variables[] = {"CACHE=/var/c*che", "NET=10.0.0.0/8", NULL};
	static const struct aw_parse_options options = {.home = "/home/ci",
							.pack_dir = "/nonexistent/packs",
							.variables = variables,
							.trust_text = true};
	struct aw_policy *policy = NULL;
	struct aw_diag d = {0};
	int err =
		aw_policy_parse_text(&policy, "fuzz.yaml", (const char *)data, size, &options, &d);

	if (err) {
		assert(!policy);
		check_diagnosis(&d, err, size);
		return 0;
	}
	check_policy(policy);
	aw_policy_free(policy);
	return 0;
}
