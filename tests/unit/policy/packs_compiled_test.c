/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies that are shipped compile, and what the compiled form decides is what the rules as
 * written say: on names made from every glob of every rule, altered a little, in every place.
 */
#include <fnmatch.h>

#include "policy/compile.h"
#include "policy/explain.h"
#include "policy/parse_helper.h"

static const char *const pack_variables[] = {"RESOLVER=10.0.0.2/32", "NPM_MIRROR=10.0.0.10/32",
					     NULL};

/* A name that the glob may match: stars become letters, of braces the first or last choice. */
static void make_name(const char *glob, unsigned int variant, char name[AW_PATH_MAX])
{
	bool is_skipped = false;
	size_t n = 0;

	for (; *glob && n + 8 < AW_PATH_MAX; glob++) {
		if (*glob == '{') {
			is_skipped = variant & 1;
		} else if (*glob == '}') {
			is_skipped = false;
		} else if (*glob == ',') {
			is_skipped = !(variant & 1) || strchr(glob + 1, ',') < strchr(glob, '}');
			if (variant & 1 && !strchr(glob + 1, ','))
				is_skipped = false;
		} else if (!is_skipped && glob[0] == '*' && glob[1] == '*') {
			n += (size_t)sprintf(name + n, variant & 2 ? "q/r" : "q");
			glob++;
		} else if (!is_skipped && (*glob == '*' || *glob == '?')) {
			name[n++] = "qw.-"[variant % 4];
		} else if (!is_skipped && *glob != '\\') {
			name[n++] = *glob;
		}
	}
	if (variant & 4)
		n += (size_t)sprintf(name + n, variant & 8 ? "/more" : "x");
	name[n] = '\0';
}

static void compare(const struct aw_policy *policy, const struct aw_image *image, int anchor,
		    const char *name)
{
	uint32_t vid = aw_image_walk_path(image, anchor, name, strlen(name));

	uint32_t last = image->head->n_subject_sets - 1;

	for (uint32_t set = 0; set <= last; set += last ?: 1) {
		for (unsigned int op = 0; op <= AW_OP_UNIX; op++) {
			struct aw_query query = {.op = op,
						 .name = name,
						 .name_length = strlen(name),
						 .anchor = anchor,
						 .subject_mask = image->head->subject_set[set]};
			struct aw_explanation e;
			enum aw_verdict verdict = aw_image_verdict(image, vid, set, op);

			aw_policy_explain(policy, &query, &e);
			if (e.verdict != verdict)
				fail_msg("%s: %s %s (anchor %d, classes %x): compiled %s, "
					 "explained %s by %s",
					 policy->name, aw_op_name(op), name, anchor,
					 query.subject_mask, aw_verdict_name(verdict),
					 aw_verdict_name(e.verdict),
					 e.decides ? e.decides->id : "-");
		}
	}
}

static void compare_pattern(const struct aw_policy *policy, const struct aw_image *image,
			    const struct aw_pattern *pattern)
{
	const char *glob = pattern->text;
	char name[AW_PATH_MAX + 16] = "/";

	if (pattern->anchor >= 0)
		glob = strchr(glob, '}') + 1;
	for (unsigned int variant = 0; variant < 16; variant += 5) {
		make_name(glob, variant, name + 1);
		/* A floating glob gives "q/x": with a slash before it, it is a name too. */
		const char *start =
			name[1] == '/' || strchr(name, ':') || name[1] == '@' ? name + 1 : name;

		if (pattern->anchor >= 0 && name[1] == '\0')
			start = "/";
		if (strstr(start, "//") && *start == '/')
			continue;
		if (pattern->anchor < 0)
			compare(policy, image, -1, start);
		if (*start == '/')
			for (size_t i = 0; i < policy->n_anchors; i++)
				compare(policy, image, (int)i, start);
	}
}

static unsigned int n_policies;

static int check_policy(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	static const struct aw_parse_options options = {.pack_dir = "policies",
							.variables = pack_variables};
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
	_cleanup_(aw_image_freep) struct aw_image *image = NULL;
	struct aw_diag d = {0};

	if (kind != FTW_F || fnmatch("*.yaml", path, 0) != 0)
		return 0;
	n_policies++;
	if (aw_policy_parse_file(&policy, path, &options, &d) != 0 ||
	    aw_policy_compile(&image, policy, &d) != 0)
		fail_msg("%s:%d:%d: %s (%s)", d.file, d.line, d.column, d.message, d.hint);
	for (size_t i = 0; i < policy->n_anchors; i++)
		compare(policy, image, (int)i, "");
	compare(policy, image, -1, "/");
	for (size_t i = 0; i < policy->n_rules; i++)
		for (size_t j = 0; j < policy->rules[i].n_paths; j++)
			compare_pattern(policy, image, &policy->rules[i].paths[j]);
	return 0;
}

static void every_pack_decides_compiled_as_it_is_written(void **state)
{
	n_policies = 0;
	assert_int_equal(nftw("policies", check_policy, 8, FTW_PHYS), 0);
	assert_true(n_policies >= 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pack_decides_compiled_as_it_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
