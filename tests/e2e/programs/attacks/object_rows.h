/* SPDX-License-Identifier: Apache-2.0 */
/* Row 5: objects whose name is hard to tell. */
#pragma once

#include "outside.h"

#define HANDLE_BYTES 128

/* A file below `depth` folders called `name`, made and opened by relative names. */
static int open_deep(const struct scene *s, const char *top, const char *name, int depth)
{
	char path[PATH_BYTES];

	if (chdir(at(s, top, path)) < 0)
		return -errno;
	for (int i = 0; i < depth; i++)
		if ((mkdir(name, 0755) < 0 && errno != EEXIST) || chdir(name) < 0)
			return -errno;
	return 0;
}

/* Folders made where everything is allowed: only the file at the end has no name any more. */
static int act_too_long(const struct scene *s)
{
	char name[NAME_MAX + 1];
	int err;

	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	/* 15 × 256 and the way here stay below PATH_MAX, with the last name it is above. */
	err = open_deep(s, "ok", name, 15);
	return err ? err : open_path(name, O_WRONLY | O_CREAT);
}

static int act_longest_name(const struct scene *s)
{
	char path[PATH_BYTES];

	at(s, "secret/", path);
	memset(path + strlen(path), 0xff, NAME_MAX);
	path[strlen(s->folder) + strlen("/secret/") + NAME_MAX] = '\0';
	return open_path(path, O_WRONLY | O_CREAT);
}

static int act_newline(const struct scene *s)
{
	return open_in(s, "secret/a\nb", O_WRONLY | O_CREAT);
}

static int act_not_text(const struct scene *s)
{
	return open_in(s, "secret/\xff\xfe\x80", O_WRONLY | O_CREAT);
}

static int act_tmpfile(const struct scene *s)
{
	return open_in(s, "secret", O_TMPFILE | O_WRONLY);
}

/* No name is looked up at all. Needs CAP_DAC_READ_SEARCH. */
static int act_handle(const struct scene *s)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + HANDLE_BYTES];
	} h = {.handle.handle_bytes = HANDLE_BYTES};
	char path[PATH_BYTES];
	int mount, id;

	mount = open(s->folder, O_PATH | O_DIRECTORY);
	if (mount < 0 ||
	    name_to_handle_at(AT_FDCWD, at(s, "secret/key", path), &h.handle, &id, 0) < 0)
		return -errno;
	mount = open(s->folder, O_RDONLY | O_DIRECTORY);
	return mount < 0 ? -errno : made(open_by_handle_at(mount, &h.handle, O_RDONLY));
}

/* As deep as a name can be: the walk upward is a loop that ends. */
static int act_many_folders(const struct scene *s)
{
	int err = open_deep(s, "ok", "d", 1900);

	return err ? err : open_path("hidden", O_WRONLY | O_CREAT);
}

/* Removed by somebody outside while this one holds a path descriptor. */
static int act_deleted(const struct scene *s)
{
	char path[PATH_BYTES];
	int fd = open(at(s, "secret/key", path), O_PATH | O_CLOEXEC);
	int err = fd < 0 ? -errno : ask_outside("remove", path);

	if (err)
		return -STATUS_LOST;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open_path(path, O_RDONLY);
}

static const struct attack object_attacks[] = {
	{"5-too-long", "a file whose name is longer than PATH_MAX", act_too_long, NULL, BOTH,
	 EACCES, "create", "null", "reason:too_long"},
	{"5-longest-name", "a name of 255 bytes", act_longest_name, NULL, BOTH, EACCES, "create",
	 "./secret/*", "secret"},
	{"5-newline", "a newline in a name", act_newline, NULL, BOTH, EACCES, "create",
	 "./secret/a*b", "secret"},
	{"5-not-text", "a name that is not UTF-8", act_not_text, NULL, BOTH, EACCES, "create",
	 "./secret/*", "secret"},
	{"5-tmpfile", "O_TMPFILE", act_tmpfile, NULL, BOTH, EACCES, "write", "./secret/*",
	 "secret"},
	{"5-many-folders", "a file below 1,900 folders", act_many_folders, NULL, BOTH, EACCES,
	 "create", "./ok/d/*/hidden", "hidden"},
	{"5-deleted", "a deleted file opened again", act_deleted, NULL, BOTH, EACCES, "read",
	 "./secret/key", "secret"},
	{"5-handle", "open_by_handle_at", act_handle, NULL, ROOT, EACCES, "read", "./secret/key",
	 "secret"},
};
