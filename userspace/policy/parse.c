/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens policy files and those that they include: finds them, reads each once, refuses circles, and
 * keeps account of which file sees which. What is in a file is parse_document.c's.
 */
#include "policy/parse.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/parse_state.h"

#define PACK_ENDING ".yaml"

bool aw_policy_is_administrators(const struct stat *file)
{
	return S_ISREG(file->st_mode) && file->st_uid == 0 &&
	       !(file->st_mode & (S_IWGRP | S_IWOTH));
}

struct aw_source aw_parse_source(const struct aw_parse *p, const struct aw_yaml_node *at)
{
	return (struct aw_source){
		.file = p->policy->files[p->file], .line = at->line, .column = at->column};
}

/* Borrowed names are compared as pointers: a source's file is one of policy->files. */
static size_t file_number(const struct aw_parse *p, const char *file)
{
	size_t i = 0;

	while (p->policy->files[i] != file)
		i++;
	return i;
}

bool aw_parse_sees(const struct aw_parse *p, const char *from, const char *file)
{
	size_t seen = file_number(p, file);

	return p->files[file_number(p, from)].sees[seen / 64] >> (seen % 64) & 1;
}

/* −EINVAL, E2BIG and the like for the main file stand at no line, for an include at its line. */
static int fail_open(struct aw_parse *p, const struct aw_yaml_node *at, const char *path, int err,
		     const char *hint, const char *what)
{
	if (!at)
		return aw_diag_set(p->reterr, err, path, 0, 0, hint, "%s", what);
	return aw_parse_fail(p, at, err, hint, "include: %.300s: %s", path, what);
}

static int add_file(struct aw_parse *p, const struct aw_yaml_node *at, const char *name)
{
	struct aw_policy *policy = p->policy;
	char **files;

	if (policy->n_files == AW_POLICY_FILES_MAX)
		return fail_open(p, at, name, -E2BIG, NULL,
				 "more files than AW_POLICY_FILES_MAX (256)");
	files = reallocarray(policy->files, policy->n_files + 1, sizeof(*files));
	if (!files)
		return -ENOMEM;
	policy->files = files;
	files[policy->n_files] = strdup(name);
	if (!files[policy->n_files])
		return -ENOMEM;
	p->file = policy->n_files++;
	p->files[p->file].sees[p->file / 64] = 1ull << (p->file % 64);
	p->files[p->file].is_open = true;
	return 0;
}

static int parse_contents(struct aw_parse *p, const char *text, size_t length)
{
	_cleanup_(aw_yaml_freep) struct aw_yaml_node *root = NULL;
	int err;

	err = aw_yaml_read(&root, p->policy->files[p->file], text, length, p->reterr);
	if (!err)
		err = aw_parse_document(p, root);
	p->files[p->file].is_open = false;
	return err;
}

static int include_circle(struct aw_parse *p, const struct aw_yaml_node *at, size_t file)
{
	char chain[400] = "";

	/* Open files are numbered in the order of their nesting. */
	for (size_t i = file; i < p->policy->n_files; i++) {
		size_t used = strlen(chain);

		if (p->files[i].is_open)
			snprintf(chain + used, sizeof(chain) - used, "%s -> ", p->policy->files[i]);
	}
	return aw_parse_error(p, at, "take one of these includes out",
			      "include: a circle: %s%.100s", chain, p->policy->files[file]);
}

/* The number of a file that was read before; n_files where it was not. */
static size_t find_file(const struct aw_parse *p, const struct stat *status)
{
	size_t i = 0;

	while (i < p->policy->n_files &&
	       (p->files[i].inode != status->st_ino || p->files[i].device != status->st_dev))
		i++;
	return i;
}

static int read_all(struct aw_parse *p, const struct aw_yaml_node *at, const char *path, int fd,
		    char **ret, size_t *retlength)
{
	size_t room = AW_POLICY_BYTES_MAX - p->n_bytes, length = 0, size = 0;
	_cleanup_free_ char *text = NULL;

	for (;;) {
		ssize_t n;

		if (length == size) {
			char *larger = realloc(text, size = size ? 2 * size : 8192);

			if (!larger)
				return -ENOMEM;
			text = larger;
		}
		n = read(fd, text + length, size - length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_open(p, at, path, -errno, NULL, strerror(errno));
		if (n == 0)
			break;
		length += (size_t)n;
		if (length > room)
			return fail_open(p, at, path, -E2BIG, NULL,
					 "larger than AW_POLICY_BYTES_MAX (16 MiB, all files "
					 "together)");
	}
	p->n_bytes += length;
	*ret = TAKE_PTR(text);
	*retlength = length;
	return 0;
}

/* Reads a file that is not known yet. at: the include, NULL for the main file. */
static int read_new(struct aw_parse *p, const struct aw_yaml_node *at, const char *path, int fd,
		    const struct stat *status)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	int err;

	if (p->depth == AW_INCLUDE_DEPTH_MAX)
		return fail_open(p, at, path, -E2BIG, NULL,
				 "nested deeper than AW_INCLUDE_DEPTH_MAX (16)");
	err = read_all(p, at, path, fd, &text, &length);
	if (!err)
		err = add_file(p, at, path);
	if (err)
		return err;
	p->files[p->file].device = status->st_dev;
	p->files[p->file].inode = status->st_ino;
	p->files[p->file].is_administrators = aw_policy_is_administrators(status);
	p->depth++;
	err = parse_contents(p, text, length);
	p->depth--;
	return err;
}

static int read_file(struct aw_parse *p, const struct aw_yaml_node *at, const char *path)
{
	/* O_NONBLOCK: a FIFO must not hang us before it is refused. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t includer = p->file, known;
	struct stat status;
	int err = 0;

	if (fd < 0)
		return fail_open(p, at, path, -errno, NULL, strerror(errno));
	if (fstat(fd, &status) < 0)
		return fail_open(p, at, path, -errno, NULL, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return fail_open(p, at, path, -EINVAL, NULL, "not a regular file");
	known = find_file(p, &status);
	if (known < p->policy->n_files && p->files[known].is_open)
		return include_circle(p, at, known);
	if (known == p->policy->n_files)
		err = read_new(p, at, path, fd, &status);
	p->file = includer;
	for (size_t i = 0; at && i < AW_FILE_WORDS && !err; i++)
		p->files[includer].sees[i] |= p->files[known].sees[i];
	return err;
}

static int pack_path(struct aw_parse *p, const struct aw_yaml_node *at, const char *pack,
		     char **ret)
{
	const char *dir = p->options ? p->options->pack_dir : NULL;

	if (!*pack || *pack == '/' || strstr(pack, "..") || pack[strlen(pack) - 1] == '/')
		return aw_parse_error(p, at, "as in pack:base/linux-read",
				      "include: \"pack:%.80s\" is not the name of a pack", pack);
	return asprintf(ret, "%s/%s" PACK_ENDING, dir ?: AW_DATADIR "/policies", pack) < 0 ? -ENOMEM
											   : 0;
}

static int relative_path(struct aw_parse *p, const struct aw_yaml_node *at, const char *name,
			 char **ret)
{
	const char *includer = p->policy->files[p->file];
	const char *slash = strrchr(includer, '/');
	int folder = slash ? (int)(slash - includer) + 1 : 0;

	if (p->files[p->file].inode == 0)
		return aw_parse_error(p, at, "use pack:NAME or an absolute path",
				      "include: \"%.80s\" is relative, and this text is no file",
				      name);
	while (strncmp(name, "./", 2) == 0)
		name += 2;
	return asprintf(ret, "%.*s%s", folder, includer, name) < 0 ? -ENOMEM : 0;
}

int aw_parse_include(struct aw_parse *p, const struct aw_yaml_node *at, const char *name)
{
	_cleanup_free_ char *path = NULL;
	int err = 0;

	if (strncmp(name, "pack:", 5) == 0)
		err = pack_path(p, at, name + 5, &path);
	else if (*name != '/')
		err = relative_path(p, at, name, &path);
	return err ?: read_file(p, at, path ?: name);
}

static int start(struct aw_parse **ret, const struct aw_parse_options *options,
		 struct aw_diag *reterr)
{
	_cleanup_free_ struct aw_parse *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->policy = calloc(1, sizeof(*p->policy));
	if (!p->policy)
		return -ENOMEM;
	p->policy->lease_min_s = AW_LEASE_MIN_S;
	p->policy->lease_max_s = AW_LEASE_MAX_S;
	p->options = options;
	p->reterr = reterr;
	*ret = TAKE_PTR(p);
	return 0;
}

static int finish(struct aw_parse *p, int err, struct aw_policy **ret)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = p->policy;

	if (!err)
		err = aw_parse_finish(p);
	if (err == -ENOMEM)
		return aw_diag_set(p->reterr, err, NULL, 0, 0, NULL, "out of memory");
	if (!err)
		*ret = TAKE_PTR(policy);
	return err;
}

int aw_policy_parse_file(struct aw_policy **ret, const char *path,
			 const struct aw_parse_options *options, struct aw_diag *reterr)
{
	_cleanup_free_ struct aw_parse *p = NULL;
	int err;

	err = start(&p, options, reterr);
	if (err)
		return aw_diag_set(reterr, err, path, 0, 0, NULL, "out of memory");
	return finish(p, read_file(p, NULL, path), ret);
}

int aw_policy_parse_text(struct aw_policy **ret, const char *name, const char *text, size_t length,
			 const struct aw_parse_options *options, struct aw_diag *reterr)
{
	_cleanup_free_ struct aw_parse *p = NULL;
	int err;

	err = start(&p, options, reterr);
	if (err)
		return aw_diag_set(reterr, err, name, 0, 0, NULL, "out of memory");
	if (length > AW_POLICY_BYTES_MAX)
		err = aw_diag_set(reterr, -E2BIG, name, 0, 0, NULL,
				  "larger than AW_POLICY_BYTES_MAX (16 MiB)");
	if (!err)
		err = add_file(p, NULL, name);
	if (!err) {
		p->n_bytes = length;
		p->files[0].is_administrators = options && options->trust_text;
		err = parse_contents(p, text, length);
	}
	return finish(p, err, ret);
}
