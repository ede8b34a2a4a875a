/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trees, each with what is open, what is secret and what moves between the two; the policies
 * over them; and what these say.
 */
#include "churn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/decide.h"
#include "base/buffer.h"
#include "policy/explain.h"
#include "policy/parse.h"

#define PADDING_RULES 600 /* of a policy whose image is of the next size */

const char *churn_tree(int tree)
{
	return tree ? CHURN_OVERLAY "/t" : CHURN_DIR "/t";
}

static void make_folder(const char *format, ...)
{
	char path[CHURN_PATH_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		churn_die("cannot make %s: %m", path);
}

/* What is there under one of its two names, or is made under the first. */
static void add_object(struct churn_shared *shared, bool is_folder, const char *format,
		       const char *first, const char *second, int number)
{
	struct churn_object *object = &shared->objects[shared->n_objects++];
	int fd;

	if (shared->n_objects > CHURN_OBJECTS_MAX)
		churn_die("there are more than %d objects", CHURN_OBJECTS_MAX);
	object->is_folder = is_folder;
	churn_path(object->path[0], format, first, number);
	churn_path(object->path[1], format, second, number);
	if (is_folder)
		return make_folder("%s", object->path[0]);
	fd = open(object->path[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		churn_die("cannot make %s: %m", object->path[0]);
	close(fd);
}

static void make_moving(struct churn_shared *shared, const char *open, const char *secret, int k)
{
	char first[CHURN_PATH_MAX], second[CHURN_PATH_MAX];

	churn_path(first, "%s/d%d", open, k);
	churn_path(second, "%s/d%d", secret, k);
	add_object(shared, true, "%s", first, second, 0);
	make_folder("%s/deep", first);
	for (int i = 0; i < CHURN_FILES; i++)
		add_object(shared, false, i % 2 ? "%s/f%d" : "%s/deep/f%d", first, second, i);
}

static void make_tree(struct churn_shared *shared, int tree)
{
	char open[CHURN_PATH_MAX], secret[CHURN_PATH_MAX];

	make_folder("%s", churn_tree(tree));
	churn_path(open, "%s/open", churn_tree(tree));
	churn_path(secret, "%s/secret", churn_tree(tree));
	make_folder("%s", open);
	make_folder("%s", secret);
	for (int k = 0; k < CHURN_FOLDERS; k++)
		make_moving(shared, open, secret, k);
	for (int i = 0; i < CHURN_FILES; i++)
		add_object(shared, false, "%s/plain%d", open, secret, i);
}

/* The agents' workspaces, an anchor in a folder that is known, a mount that moves. */
static void make_special(struct churn_shared *shared)
{
	const char *tree = churn_tree(0);
	char first[CHURN_PATH_MAX], second[CHURN_PATH_MAX];

	for (int i = 0; i < CHURN_AGENTS; i++) {
		make_folder("%s/w%d", tree, i);
		churn_path(first, "%s/w%d", tree, i);
		add_object(shared, false, "%s/file%d", first, first, i);
	}
	churn_path(first, "%s/open", tree);
	add_object(shared, true, "%s/inner", first, first, 0);
	churn_path(second, "%s/secret", tree);
	add_object(shared, false, "%s/lifted", second, second, 0);
	make_folder("%s/open/mount", tree);
	make_folder("%s/secret/mount", tree);
	churn_path(first, "%s/open/mount", tree);
	churn_path(second, "%s/secret/mount", tree);
	if (mount("churn", first, "tmpfs", 0, NULL) < 0)
		churn_die("cannot mount on %s: %m", first);
	add_object(shared, false, "%s/m%d", first, second, 0);
	add_object(shared, false, "%s/m%d", first, second, 1);
}

void churn_make_tree(struct churn_shared *shared)
{
	umask(0);
	make_folder(CHURN_DIR);
	make_folder(CHURN_OVERLAY);
	make_folder(CHURN_BIN);
	for (int tree = 0; tree < CHURN_TREES; tree++)
		make_tree(shared, tree);
	shared->n_ordinary = shared->n_objects;
	make_special(shared);
}

/* The second denies what the first allows, the third has another size. */
static int policy_text(int number, struct aw_buffer *out)
{
	aw_buffer_append_string(
		out,
		"version: 1\nname: churn\nadministrator: true\nanchors: {WORKSPACE: {}, INNER: "
		"{}}\n"
		"subjects: {reader: {exe: " CHURN_BIN "/reader}}\nrules:\n"
		"  - {id: base, allow: [read, map, exec], path: ['/usr/**', '/lib*/**', '/etc/**', "
		"'/proc/**', '" CHURN_BIN "/*']}\n"
		"  - {id: open, allow: [read, write, create, delete, rename, link, attr], path: "
		"['**/t/open', '**/t/open/**', '${WORKSPACE}/**']}\n"
		"  - {id: secret, deny: [read, write], path: ['**/secret/**']}\n"
		"  - {id: lifted, lift: secret, allow: [read], path: ['**/secret/lifted'], by: "
		"reader}\n"
		"  - {id: inner, deny: [read, write], path: ['${INNER}', '${INNER}/**']}\n");
	if (number > 0)
		aw_buffer_append_string(out,
					"  - {id: even, deny: [read, write], path: ['**/f[024]', "
					"'**/plain[13]']}\n");
	for (int i = 0; number == 2 && i < PADDING_RULES; i++)
		aw_buffer_append_format(out,
					"  - {id: pad%d, allow: [read], path: ['/opt/%d/%x/*']}\n",
					i, i * 7919 % 1000, i * 104729);
	return out->error;
}

void churn_compile(struct churn *churn)
{
	struct aw_parse_options options = {.trust_text = true};
	struct aw_diag diag = {};

	for (int i = 0; i < CHURN_POLICIES; i++) {
		_cleanup_buffer_ struct aw_buffer text = {};

		if (policy_text(i, &text) < 0 ||
		    aw_policy_parse_text(&churn->policies[i], "churn", text.data, text.length,
					 &options, &diag) < 0 ||
		    aw_policy_compile(&churn->images[i], churn->policies[i], &diag) < 0)
			churn_die("policy %d: %s", i, diag.message);
	}
	if (churn->images[0]->head->size_class == churn->images[2]->head->size_class)
		churn_die("the images are of one size");
}

bool churn_permits(const struct aw_policy *policy, const char *path)
{
	struct aw_query query = {.op = AW_OP_READ, .anchor = -1, .name = path};
	struct aw_explanation explanation;

	if (!strncmp(path, CHURN_DIR "/t/w0/", strlen(CHURN_DIR "/t/w0/"))) {
		query.anchor = 0;
		query.name += strlen(CHURN_DIR "/t/w0");
	} else if (!strcmp(path, CHURN_DIR "/t/open/inner")) {
		query.anchor = 1;
		query.name = "";
	}
	query.name_length = strlen(query.name);
	aw_policy_explain(policy, &query, &explanation);
	return aw_verdict_permits(explanation.verdict);
}
