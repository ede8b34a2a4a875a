/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and removing the files; reading them is in registry_read.c. */
#include "agent/registry.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cgroup.h"
#include "agent/registry_fields.h"
#include "base/atomic_file.h"
#include "base/clock.h"
#include "base/json.h"

int aw_registry_make_folder(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	for (char *at = copy + 1;; at++) {
		char kept = *at;

		if (kept && kept != '/')
			continue;
		*at = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			return -errno;
		*at = kept;
		if (!kept)
			return 0;
	}
}

char *aw_registry_path(const char *dir, uint32_t slot, const char *suffix)
{
	char *path;

	return asprintf(&path, "%s/%u.%s", dir, slot, suffix) < 0 ? NULL : path;
}

static void strings(struct aw_json *json, const char *key, const char *const *items)
{
	aw_json_field_array(json, key);
	for (; items && *items; items++)
		aw_json_bytes(json, *items, strlen(*items));
	aw_json_end_array(json);
}

static void format(const struct aw_registry_entry *entry, struct aw_json *json)
{
	char started[AW_CLOCK_RFC3339_SIZE];

	aw_clock_format(entry->started_ns, started);
	aw_json_begin_object(json);
	aw_json_field_u64(json, "slot", entry->slot);
	aw_json_field_u64(json, "generation", entry->generation);
	for (size_t i = 0; i < aw_registry_n_texts; i++) {
		const struct aw_registry_text *text = &aw_registry_texts[i];

		aw_json_field_string(json, text->key,
				     *(const char *const *)((const char *)entry + text->offset));
	}
	aw_json_field_i64(json, "owner_pid", entry->owner.pid);
	aw_json_field_id(json, "owner_start", entry->owner.start);
	aw_json_field_u64(json, "uid", entry->uid);
	aw_json_field_string(json, "started", started);
	aw_json_field_array(json, "modes");
	for (int i = 0; i < AW_OP_CLASSES; i++)
		aw_json_string(json, entry->modes[i]);
	aw_json_end_array(json);
	strings(json, "labels", entry->labels);
	strings(json, "anchors", entry->anchors);
	strings(json, "command", entry->command);
	aw_json_end_object(json);
}

int aw_registry_write(const char *dir, const struct aw_registry_entry *entry)
{
	_cleanup_free_ char *path = aw_registry_path(dir, entry->slot, "json");
	_cleanup_buffer_ struct aw_buffer text = {};
	struct aw_json json;
	int r = aw_registry_make_folder(dir);

	if (r < 0)
		return r;
	if (!path)
		return -ENOMEM;
	aw_json_init(&json, &text);
	format(entry, &json);
	aw_buffer_append_char(&text, '\n');
	r = aw_json_finish(&json);
	if (r < 0)
		return r;
	return aw_atomic_file_write(path, text.data, text.length, 0644);
}

static int remove_file(const char *dir, uint32_t slot, const char *suffix)
{
	_cleanup_free_ char *path = aw_registry_path(dir, slot, suffix);

	if (!path)
		return -ENOMEM;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

int aw_registry_remove(const char *dir, uint32_t slot)
{
	int r = remove_file(dir, slot, "json");
	int r2 = remove_file(dir, slot, "denials");

	return r < 0 ? r : r2;
}

int aw_registry_reap(const char *dir, aw_registry_alive_fn is_alive, void *userdata)
{
	struct aw_registry_list list;
	size_t damaged;
	int n = 0, r = aw_registry_read(dir, &list, &damaged);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list.n_items; i++) {
		const struct aw_registry_entry *entry = &list.items[i];

		if (aw_process_id_lives(&entry->owner) || is_alive(entry, userdata))
			continue;
		if (aw_registry_remove(dir, entry->slot) < 0)
			continue;
		n++;
		/* One that ran a command has a cgroup of its own, which nobody else takes away. */
		if (entry->command[0])
			(void)aw_cgroup_unmake(entry->cgroup);
	}
	aw_registry_clear(&list);
	return n;
}
