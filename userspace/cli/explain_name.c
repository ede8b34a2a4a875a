/* SPDX-License-Identifier: Apache-2.0 */
/* Real paths of things that may not exist, and the anchors above them. */
#include "cli/explain_name.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

void aw_explain_name_done(struct aw_explain_name *name)
{
	free(name->name);
	free(name->shown);
	*name = (struct aw_explain_name){};
}

/* "${NAME}/rest" with the folder put in; NULL without memory. */
static int put_anchor_in(const char *path, const struct aw_anchor_set *anchors, char **ret,
			 struct aw_diag *reterr)
{
	const char *end = strchr(path, '}');

	for (size_t i = 0; end && i < anchors->n; i++) {
		size_t length = strlen(anchors->items[i].name);

		if ((size_t)(end - path) != length + 2 ||
		    strncmp(path + 2, anchors->items[i].name, length) != 0)
			continue;
		return asprintf(ret, "%s%s", anchors->items[i].path, end + 1) < 0 ? -ENOMEM : 0;
	}
	return aw_diag_set(reterr, -EINVAL, NULL, 0, 0, "--anchor NAME=DIR binds one",
			   "%s: there is no such anchor", path);
}

static int make_absolute(const char *path, const struct aw_anchor_set *anchors, char **ret,
			 struct aw_diag *reterr)
{
	_cleanup_free_ char *folder = NULL;

	if (strncmp(path, "${", 2) == 0)
		return put_anchor_in(path, anchors, ret, reterr);
	if (*path == '/') {
		*ret = strdup(path);
		return *ret ? 0 : -ENOMEM;
	}
	folder = getcwd(NULL, 0);
	if (!folder)
		return -errno;
	return asprintf(ret, "%s/%s", folder, path) < 0 ? -ENOMEM : 0;
}

/* Appends "/segment" for each segment of what does not exist; ".." there has no meaning. */
static int append_rest(struct aw_buffer *out, const char *rest, struct aw_diag *reterr)
{
	while (*rest) {
		size_t length = strcspn(rest, "/");

		if (length == 2 && strncmp(rest, "..", 2) == 0)
			return aw_diag_set(reterr, -EINVAL, NULL, 0, 0, "write the path without it",
					   "\"..\" behind a folder that does not exist");
		if (length > 0 && !(length == 1 && *rest == '.'))
			aw_buffer_append_format(out, "/%.*s", (int)length, rest);
		rest += length + (rest[length] == '/');
	}
	return 0;
}

/* Follows links as far as the path exists. is_last_followed: the last segment's too. */
static int resolve(const char *path, bool is_last_followed, char **ret, bool *retmissing,
		   struct aw_diag *reterr)
{
	_cleanup_free_ char *front = strdup(path), *real = NULL;
	_cleanup_buffer_ struct aw_buffer out = {};
	size_t cut = strlen(path);
	struct stat st;
	int r;

	if (!front)
		return -ENOMEM;
	while (cut > 1 && front[cut - 1] == '/')
		front[--cut] = '\0';
	*retmissing = lstat(front, &st) < 0;
	real = is_last_followed ? realpath(front, NULL) : NULL;
	while (!real && cut > 0) {
		while (cut > 0 && front[cut - 1] != '/')
			cut--;
		front[cut > 1 ? cut - 1 : cut] = '\0';
		real = realpath(front, NULL);
		cut = cut > 1 && !real ? cut - 1 : cut;
	}
	if (!real)
		return -ENOENT;
	if (strcmp(real, "/") != 0)
		aw_buffer_append_string(&out, real);
	r = append_rest(&out, path + cut, reterr);
	if (r < 0)
		return r;
	if (out.length == 0)
		aw_buffer_append_char(&out, '/');
	*ret = aw_buffer_take_string(&out);
	return *ret ? 0 : -ENOMEM;
}

/* The innermost anchor above a real path. */
static int anchor_above(const struct aw_anchor_set *anchors, const char *path, size_t *retlength)
{
	int found = -1;

	*retlength = 0;
	for (size_t i = 0; i < anchors->n; i++) {
		size_t length = strlen(anchors->items[i].path);

		if (length > *retlength && strncmp(path, anchors->items[i].path, length) == 0 &&
		    (path[length] == '\0' || path[length] == '/')) {
			*retlength = length;
			found = (int)i;
		}
	}
	return found;
}

static int take_as_is(struct aw_explain_name *ret, const char *name)
{
	*ret = (struct aw_explain_name){.anchor = -1, .name = strdup(name), .shown = strdup(name)};
	return ret->name && ret->shown ? 0 : -ENOMEM;
}

int aw_explain_name_find(struct aw_explain_name *ret, const char *path,
			 const struct aw_anchor_set *anchors, bool follow, struct aw_diag *reterr)
{
	_cleanup_free_ char *absolute = NULL, *real = NULL;
	size_t colon = strcspn(path, ":/"), length;
	struct aw_explain_name name = {};
	int r;

	if (*path == '@' || path[colon] == ':')
		return take_as_is(ret, path);
	r = make_absolute(path, anchors, &absolute, reterr);
	if (r == 0)
		r = resolve(absolute, follow, &real, &name.missing, reterr);
	if (r < 0)
		return r;
	name.moved = strcmp(real, absolute) != 0;
	name.anchor = anchor_above(anchors, real, &length);
	name.name = strdup(real + length);
	if (name.anchor < 0)
		name.shown = strdup(real);
	else if (asprintf(&name.shown, "${%s}%s", anchors->items[name.anchor].name, real + length) <
		 0)
		name.shown = NULL;
	*ret = name;
	return name.name && name.shown ? 0 : -ENOMEM;
}
