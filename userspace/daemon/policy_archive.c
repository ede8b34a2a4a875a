/* SPDX-License-Identifier: Apache-2.0 */
/* Two small files a policy: the source, and a JSON object with path, home and variables. */
#include "daemon/policy_archive.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <string.h>

#include "agent/registry.h"
#include "base/atomic_file.h"
#include "base/buffer.h"
#include "base/json.h"
#include "policy/align.h"

#define HASH_DIGITS 64

static int read_file(const char *path, struct aw_buffer *ret)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char part[8192];
	size_t n;

	if (!file)
		return -errno;
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		if (ret->length + n > AW_POLICY_BYTES_MAX)
			return -E2BIG;
		else if (aw_buffer_append(ret, part, n) < 0)
			return ret->error;
	return ferror(file) ? -EIO : 0;
}

static char *file_name(const char *dir, const char *hash, const char *suffix)
{
	char *path;

	/* The hash can come out of an events file: it must not lead elsewhere. */
	if (strlen(hash) != HASH_DIGITS || strspn(hash, "0123456789abcdef") != HASH_DIGITS)
		return NULL;
	return asprintf(&path, "%s/%s.%s", dir, hash, suffix) < 0 ? NULL : path;
}

static void strings(struct aw_json *json, const char *key, const char *const *items)
{
	aw_json_field_array(json, key);
	for (; items && *items; items++)
		aw_json_string(json, *items);
	aw_json_end_array(json);
}

static int format_origin(const char *path, const struct aw_parse_options *options,
			 const char *const *anchors, struct aw_buffer *ret)
{
	struct aw_json json;

	aw_json_init(&json, ret);
	aw_json_begin_object(&json);
	aw_json_field_string(&json, "path", path);
	aw_json_field_string(&json, "home", options->home);
	aw_json_field_string(&json, "pack_dir", options->pack_dir);
	strings(&json, "variables", options->variables);
	if (anchors)
		strings(&json, "anchors", anchors);
	aw_json_end_object(&json);
	return aw_json_finish(&json);
}

int aw_policy_archive_put(const char *dir, const char *hash, const char *path,
			  const struct aw_parse_options *options, const char *const *anchors)
{
	_cleanup_free_ char *source = file_name(dir, hash, "yaml");
	_cleanup_free_ char *origin = file_name(dir, hash, "json");
	_cleanup_free_ char *absolute = realpath(path, NULL);
	_cleanup_buffer_ struct aw_buffer text = {}, json = {};
	int r = aw_registry_make_folder(dir);

	if (r < 0)
		return r;
	if (!source || !origin)
		return -EINVAL;
	r = read_file(path, &text);
	if (r == 0)
		r = format_origin(absolute ?: path, options, anchors, &json);
	if (r == 0)
		r = aw_atomic_file_write(source, text.data ?: "", text.length, 0644);
	return r < 0 ? r : aw_atomic_file_write(origin, json.data, json.length, 0644);
}

/* To free(); the texts belong to the JSON. */
static const char **read_strings(const json_t *array)
{
	size_t n = json_array_size(array);
	const char **texts = calloc(n + 1, sizeof(*texts));

	for (size_t i = 0; texts && i < n; i++)
		texts[i] = json_string_value(json_array_get(array, i)) ?: "";
	return texts;
}

/* The origin as parse options; variables is to free(), all else belongs to the JSON. */
static int read_origin(const json_t *origin, struct aw_parse_options *ret, const char **retpath)
{
	const char **texts = read_strings(json_object_get(origin, "variables"));

	if (!texts)
		return -ENOMEM;
	ret->home = json_string_value(json_object_get(origin, "home"));
	ret->pack_dir = json_string_value(json_object_get(origin, "pack_dir"));
	ret->variables = texts;
	*retpath = json_string_value(json_object_get(origin, "path"));
	return 0;
}

/* From the path, where what is there is what was there. */
static int parse_again(const char *source, const char *path, struct aw_parse_options *options,
		       struct aw_policy **ret, struct aw_diag *reterr)
{
	_cleanup_buffer_ struct aw_buffer kept = {}, now = {};
	int r = read_file(source, &kept);

	if (r < 0)
		return r;
	if (path && read_file(path, &now) == 0 && now.length == kept.length &&
	    memcmp(now.data ?: "", kept.data ?: "", now.length) == 0)
		return aw_policy_parse_file(ret, path, options, reterr);
	options->trust_text = true; /* the folder is root's alone */
	return aw_policy_parse_text(ret, source, kept.data ?: "", kept.length, options, reterr);
}

static int align(struct aw_policy *policy, const json_t *names, struct aw_diag *reterr)
{
	_cleanup_free_ const char **anchors = NULL;

	if (!names)
		return 0;
	anchors = read_strings(names);
	if (!anchors)
		return -ENOMEM;
	return aw_policy_align_anchors(policy, anchors, json_array_size(names), reterr);
}

static void closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

int aw_policy_archive_find(const char *dir, uint64_t id, char ret[static 65])
{
	_cleanup_(closedirp) DIR *folder = opendir(dir);
	const struct dirent *entry;
	char prefix[17];

	snprintf(prefix, sizeof(prefix), "%016" PRIx64, id);
	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 ||
		    strspn(entry->d_name, "0123456789abcdef") != HASH_DIGITS ||
		    strcmp(entry->d_name + HASH_DIGITS, ".json") != 0)
			continue;
		memcpy(ret, entry->d_name, HASH_DIGITS);
		ret[HASH_DIGITS] = '\0';
		return 0;
	}
	return -ENOENT;
}

int aw_policy_archive_get(const char *dir, const char *hash, struct aw_policy **ret,
			  struct aw_diag *reterr)
{
	_cleanup_free_ char *source = file_name(dir, hash, "yaml");
	_cleanup_free_ char *origin_path = file_name(dir, hash, "json");
	_cleanup_(aw_policy_freep) struct aw_policy *policy = NULL;
	struct aw_parse_options options = {};
	const char *path = NULL;
	json_t *origin;
	int r;

	if (!source || !origin_path)
		return -ENOENT;
	origin = json_load_file(origin_path, 0, NULL);
	if (!origin)
		return -ENOENT;
	r = read_origin(origin, &options, &path);
	if (r == 0)
		r = parse_again(source, path, &options, &policy, reterr);
	if (r == 0)
		r = align(policy, json_object_get(origin, "anchors"), reterr);
	if (r == 0)
		*ret = TAKE_PTR(policy);
	free((void *)options.variables);
	json_decref(origin);
	return r;
}
