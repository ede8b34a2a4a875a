/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the glob compiler: lines of globs, an empty line, lines of names. What the parser takes is
 * compiled, or refused with the limit that it meets; every name then gets the same verdict from the
 * image as from the rules as written.
 *
 * clang -fsanitize=fuzzer,address,undefined; corpus in corpus/glob_compile.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "policy/compile.h"
#include "policy/explain.h"
#include "policy/parse.h"

#define GLOBS_MAX 24 /* more only make each run slower */
#define LINE_MAX_ 300

/* The next line, without its end; false at the end of the text. */
static bool take_line(const char **at, const char *end, char line[LINE_MAX_], size_t *ret_length)
{
	const char *stop;

	if (*at >= end)
		return false;
	stop = memchr(*at, '\n', (size_t)(end - *at)) ?: end;
	*ret_length = (size_t)(stop - *at) < LINE_MAX_ - 1 ? (size_t)(stop - *at) : LINE_MAX_ - 1;
	memcpy(line, *at, *ret_length);
	line[*ret_length] = '\0';
	*at = stop + 1;
	return true;
}

/* Denials and permissions in turn; in single quotes everything is what it is but for those. */
static void add_rule(struct aw_buffer *text, size_t n, const char *glob)
{
	aw_buffer_append_format(text, "  - {id: r%zu, %s: [%s], path: ['", n,
				n % 3 == 1 ? "deny" : "allow", n % 2 ? "read" : "read, write");
	for (; *glob; glob++)
		aw_buffer_append_format(text, *glob == '\'' ? "''" : "%c", *glob);
	aw_buffer_append_format(text, "']}\n");
}

static struct aw_policy *parse_globs(const char **at, const char *end)
{
	static const struct aw_parse_options options = {
		.home = "/home/ci", .pack_dir = "/nonexistent/packs", .trust_text = true};
	_cleanup_buffer_ struct aw_buffer text = {};
	struct aw_policy *policy = NULL;
	struct aw_diag diag = {0};
	char line[LINE_MAX_];
	size_t length, n = 0;

	aw_buffer_append_format(&text,
				"version: 1\nname: fuzz\nanchors: {WORKSPACE: {}}\nrules:\n");
	while (take_line(at, end, line, &length) && length)
		if (n < GLOBS_MAX)
			add_rule(&text, n++, line);
	if (aw_policy_parse_text(&policy, "fuzz.yaml", text.data, text.length, &options, &diag))
		assert(!policy && diag.message[0]);
	return policy;
}

/* The kernel's names have neither empty components nor a slash at their end. */
static bool is_name(const char *name, size_t length)
{
	return length > 0 && length == strlen(name) && name[0] == '/' && !strstr(name, "//") &&
	       (length == 1 || name[length - 1] != '/');
}

static void compare(const struct aw_policy *policy, const struct aw_image *image, const char *name,
		    size_t length)
{
	for (int anchor = -1; anchor < (int)policy->n_anchors; anchor++) {
		size_t used = anchor >= 0 && length == 1 ? 0 : length;
		uint32_t vid = aw_image_walk_path(image, anchor, name, used);

		for (unsigned int op = AW_OP_READ; op <= AW_OP_WRITE; op++) {
			struct aw_query query = {
				.op = op, .name = name, .name_length = used, .anchor = anchor};
			struct aw_explanation e;

			aw_policy_explain(policy, &query, &e);
			if (e.verdict != aw_image_verdict(image, vid, 0, op)) {
				fprintf(stderr, "%s (%d): %s and %s\n", name, anchor,
					aw_verdict_name(e.verdict),
					aw_verdict_name(aw_image_verdict(image, vid, 0, op)));
				abort();
			}
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;
	struct aw_policy *policy = parse_globs(&at, end);
	struct aw_image *image = NULL;
	struct aw_diag diag = {0};
	char line[LINE_MAX_];
	size_t length;
	int r;

	if (!policy)
		return 0;
	r = aw_policy_compile(&image, policy, &diag);
	assert(r == 0 || (r == -E2BIG && !image && diag.message[0]));
	while (image && take_line(&at, end, line, &length))
		if (is_name(line, length))
			compare(policy, image, line, length);
	aw_image_free(image);
	aw_policy_free(policy);
	return 0;
}
