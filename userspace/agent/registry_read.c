/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the registry. The files are root's, but a reader may meet an older or damaged one, so
 * every field is checked for its type.
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "agent/registry_fields.h"
#include "base/clock.h"
#include "base/vec.h"

#define SUFFIX ".json"

const struct aw_registry_text aw_registry_texts[] = {
	{"name", offsetof(struct aw_registry_entry, name)},
	{"run", offsetof(struct aw_registry_entry, run)},
	{"cgroup", offsetof(struct aw_registry_entry, cgroup)},
	{"verb", offsetof(struct aw_registry_entry, verb)},
	{"attach", offsetof(struct aw_registry_entry, attach)},
	{"policy", offsetof(struct aw_registry_entry, policy_name)},
	{"policy_hash", offsetof(struct aw_registry_entry, policy_hash)},
	{"policy_file", offsetof(struct aw_registry_entry, policy_file)},
	{"home", offsetof(struct aw_registry_entry, home)},
	{"events", offsetof(struct aw_registry_entry, events)},
	{"denials", offsetof(struct aw_registry_entry, denials)},
};
const size_t aw_registry_n_texts = sizeof(aw_registry_texts) / sizeof(*aw_registry_texts);

/* What a list's texts belong to. */
struct document {
	json_t *root;
	const char **labels, **anchors, **command;
};

struct documents {
	AW_VEC(struct document) all;
	AW_VEC(struct aw_registry_entry) entries;
};

static void closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static uint64_t number(const json_t *root, const char *key)
{
	const json_t *value = json_object_get(root, key);

	if (json_is_string(value))
		return strtoull(json_string_value(value), NULL, 10);
	return (uint64_t)json_integer_value(value);
}

/* A NULL-terminated array that borrows its texts from a JSON array. */
static const char **strings(const json_t *array)
{
	size_t n = json_array_size(array);
	const char **items = calloc(n + 1, sizeof(*items));

	for (size_t i = 0; items && i < n; i++)
		items[i] = json_string_value(json_array_get(array, i)) ?: "";
	return items;
}

static void fill(struct aw_registry_entry *entry, const struct document *document)
{
	const json_t *root = document->root, *modes = json_object_get(root, "modes");

	*entry = (struct aw_registry_entry){
		.slot = (uint32_t)number(root, "slot"),
		.generation = (uint32_t)number(root, "generation"),
		.owner = {.pid = (pid_t)number(root, "owner_pid"),
			  .start = number(root, "owner_start")},
		.uid = (uid_t)number(root, "uid"),
		.labels = document->labels,
		.anchors = document->anchors,
		.command = document->command,
	};
	for (size_t i = 0; i < aw_registry_n_texts; i++)
		*(const char **)((char *)entry + aw_registry_texts[i].offset) =
			json_string_value(json_object_get(root, aw_registry_texts[i].key));
	for (size_t i = 0; i < AW_OP_CLASSES; i++)
		entry->modes[i] = json_string_value(json_array_get(modes, i));
	aw_clock_parse(json_string_value(json_object_get(root, "started")) ?: "",
		       &entry->started_ns);
}

static void document_free(struct document *document)
{
	json_decref(document->root);
	free(document->labels);
	free(document->anchors);
	free(document->command);
}

static int read_one(struct documents *documents, const char *path)
{
	struct document document = {.root = json_load_file(path, 0, NULL)};
	struct aw_registry_entry entry;

	document.labels = strings(json_object_get(document.root, "labels"));
	document.anchors = strings(json_object_get(document.root, "anchors"));
	document.command = strings(json_object_get(document.root, "command"));
	if (!document.root || !document.labels || !document.anchors || !document.command)
		goto damaged;
	fill(&entry, &document);
	if (!entry.name || !entry.cgroup || entry.slot == 0)
		goto damaged;
	if (aw_vec_push(&documents->all, document) < 0)
		goto damaged;
	if (aw_vec_push(&documents->entries, entry) < 0)
		return -ENOMEM; /* the document is freed with the others */
	return 0;
damaged:
	document_free(&document);
	return -EBADMSG;
}

static int by_slot(const void *a, const void *b)
{
	const struct aw_registry_entry *left = a, *right = b;

	return left->slot < right->slot ? -1 : left->slot > right->slot;
}

static bool is_registry_file(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > strlen(SUFFIX) &&
	       strcmp(name + length - strlen(SUFFIX), SUFFIX) == 0;
}

int aw_registry_read(const char *dir, struct aw_registry_list *ret, size_t *retdamaged)
{
	_cleanup_(closedirp) DIR *folder = opendir(dir);
	struct documents *documents = calloc(1, sizeof(*documents));
	const struct dirent *entry;
	size_t damaged = 0;

	if (!documents)
		return -ENOMEM;
	*ret = (struct aw_registry_list){.documents = documents};
	if (!folder && errno != ENOENT) {
		int r = -errno;

		aw_registry_clear(ret);
		return r;
	}
	while (folder && (entry = readdir(folder))) {
		_cleanup_free_ char *path = NULL;

		if (!is_registry_file(entry->d_name))
			continue;
		if (asprintf(&path, "%s/%s", dir, entry->d_name) < 0) {
			path = NULL;
			continue;
		}
		if (read_one(documents, path) < 0)
			damaged++;
	}
	ret->items = documents->entries.items;
	ret->n_items = documents->entries.n;
	if (ret->n_items > 0)
		qsort(ret->items, ret->n_items, sizeof(*ret->items), by_slot);
	*retdamaged = damaged;
	return 0;
}

void aw_registry_clear(struct aw_registry_list *list)
{
	struct documents *documents = list->documents;

	if (documents) {
		aw_vec_for_each (document, &documents->all)
			document_free(document);
		aw_vec_done(&documents->all);
		aw_vec_done(&documents->entries);
		free(documents);
	}
	*list = (struct aw_registry_list){};
}

const struct aw_registry_entry *aw_registry_find_cgroup(const struct aw_registry_list *list,
							const char *cgroup)
{
	for (size_t i = 0; i < list->n_items; i++) {
		size_t length = strlen(list->items[i].cgroup);

		if (strncmp(cgroup, list->items[i].cgroup, length) == 0 &&
		    (cgroup[length] == '\0' || cgroup[length] == '/'))
			return &list->items[i];
	}
	return NULL;
}
