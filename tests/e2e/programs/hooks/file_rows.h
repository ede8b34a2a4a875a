/* SPDX-License-Identifier: Apache-2.0 */
/* Acts on files: opening, making, removing, naming, attributes. */
#pragma once

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include "row.h"

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

static int act_open_read(const struct scene *scene, const char *object)
{
	return read_file(object);
}

static int act_open_write(const struct scene *scene, const char *object)
{
	return made(open(object, O_WRONLY | O_CLOEXEC));
}

static int act_open_both(const struct scene *scene, const char *object)
{
	return made(open(object, O_RDWR | O_CLOEXEC));
}

static int act_open_truncate(const struct scene *scene, const char *object)
{
	return made(open(object, O_RDONLY | O_TRUNC | O_CLOEXEC));
}

static int act_open_folder(const struct scene *scene, const char *object)
{
	return made(open(object, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int act_open_through_link(const struct scene *scene, const char *object)
{
	char link[OBJECT_MAX];

	other_of(scene, object, "link", link);
	if (symlink(object, link) < 0)
		return -errno;
	return read_file(link);
}

static int act_open_through_dots(const struct scene *scene, const char *object)
{
	char path[2 * OBJECT_MAX];

	snprintf(path, sizeof(path), "%s/yes/../%s", scene->work, object + strlen(scene->work) + 1);
	return read_file(path);
}

static int act_open_through_proc(const struct scene *scene, const char *object)
{
	char path[2 * OBJECT_MAX];

	snprintf(path, sizeof(path), "/proc/self/root%s", object);
	return read_file(path);
}

static int act_open_again(const struct scene *scene, const char *object)
{
	char path[64];
	int fd = open(object, O_PATH | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = read_file(path);
	close(fd);
	return err;
}

static int act_create(const struct scene *scene, const char *object)
{
	return make_file(object);
}

static int act_tmpfile(const struct scene *scene, const char *object)
{
	char path[64];
	int fd = open(scene->work, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), err;

	if (fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = done(linkat(AT_FDCWD, path, AT_FDCWD, object, AT_SYMLINK_FOLLOW));
	close(fd);
	return err;
}

static int act_mkfifo(const struct scene *scene, const char *object)
{
	return done(mkfifo(object, 0600));
}

static int act_mknod_device(const struct scene *scene, const char *object)
{
	return done(mknod(object, S_IFCHR | 0600, 1 << 8 | 3));
}

static int act_bind_socket(const struct scene *scene, const char *object)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", object);
	err = done(bind(fd, (void *)&address, sizeof(address)));
	close(fd);
	return err;
}

static int act_mkdir(const struct scene *scene, const char *object)
{
	return done(mkdir(object, 0700));
}

static int act_symlink(const struct scene *scene, const char *object)
{
	return done(symlink("anything", object));
}

static int act_link_from(const struct scene *scene, const char *object)
{
	char other[OBJECT_MAX];

	other_of(scene, object, "linked", other);
	return done(link(object, other));
}

static int act_link_to(const struct scene *scene, const char *object)
{
	char other[OBJECT_MAX];
	int err;

	other_of(scene, object, "original", other);
	err = make_file(other);
	return err ? err : done(link(other, object));
}

static int act_unlink(const struct scene *scene, const char *object)
{
	return done(unlink(object));
}

static int act_rmdir(const struct scene *scene, const char *object)
{
	return done(rmdir(object));
}

static int act_rename_from(const struct scene *scene, const char *object)
{
	char other[OBJECT_MAX];

	other_of(scene, object, "renamed", other);
	return done(rename(object, other));
}

static int act_rename_to(const struct scene *scene, const char *object)
{
	char other[OBJECT_MAX];
	int err;

	other_of(scene, object, "to-rename", other);
	err = make_file(other);
	return err ? err : done(rename(other, object));
}

static int exchange(const char *first, const char *second)
{
	return done(
		(int)syscall(SYS_renameat2, AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE));
}

static int act_exchange_from(const struct scene *scene, const char *object)
{
	char other[OBJECT_MAX];
	int err;

	other_of(scene, object, "exchanged", other);
	err = make_file(other);
	return err ? err : exchange(object, other);
}

static int act_exchange_to(const struct scene *scene, const char *object)
{
	char other[OBJECT_MAX];
	int err;

	other_of(scene, object, "to-exchange", other);
	err = make_file(other);
	return err ? err : exchange(other, object);
}

static int act_truncate(const struct scene *scene, const char *object)
{
	return done(truncate(object, 1));
}

#define FILE_OPEN "aw_file_open", "file_open"
#define MKNOD	  "aw_path_mknod", "path_mknod", "create", "only"
#define LINK	  "aw_path_link", "path_link"
#define RENAME	  "aw_path_rename", "path_rename", "rename"

static const struct row file_rows[] = {
	{"opening a file for reading", FILE_OPEN, "read", "only", "open-read", NEEDS_FILE,
	 act_open_read},
	{"opening a file for writing", FILE_OPEN, "write", "only", "open-write", NEEDS_FILE,
	 act_open_write},
	{"opening a file for both, without the right to read", FILE_OPEN, "read", "only",
	 "open-both-read", NEEDS_FILE, act_open_both},
	{"opening a file for both, without the right to write", FILE_OPEN, "write", "only",
	 "open-both-write", NEEDS_FILE, act_open_both},
	{"emptying a file that is opened for reading", FILE_OPEN, "write", "only", "open-truncate",
	 NEEDS_FILE, act_open_truncate},
	{"listing a folder", FILE_OPEN, "read", "only", "open-folder", NEEDS_FOLDER,
	 act_open_folder},
	{"opening a file through a symbolic link", FILE_OPEN, "read", "only", "through-link",
	 NEEDS_FILE, act_open_through_link},
	{"opening a file through dots", FILE_OPEN, "read", "only", "through-dots", NEEDS_FILE,
	 act_open_through_dots},
	{"opening a file through /proc/self/root", FILE_OPEN, "read", "only", "through-proc",
	 NEEDS_FILE, act_open_through_proc},
	{"opening a file again through /proc/self/fd", FILE_OPEN, "read", "only", "again",
	 NEEDS_FILE, act_open_again},
	{"creating a file", MKNOD, "created", NEEDS_NOTHING, act_create},
	{"making a fifo", MKNOD, "fifo", NEEDS_NOTHING, act_mkfifo},
	{"making a device", MKNOD, "device", NEEDS_NOTHING, act_mknod_device, NULL, INSIDE_ROOT},
	{"binding a unix socket", MKNOD, "bound", NEEDS_NOTHING, act_bind_socket},
	{"making a folder", "aw_path_mkdir", "path_mkdir", "create", "only", "made", NEEDS_NOTHING,
	 act_mkdir},
	{"making a symbolic link", "aw_path_symlink", "path_symlink", "create", "only", "symlink",
	 NEEDS_NOTHING, act_symlink},
	{"linking from a file", LINK, "link", "source", "link-from", NEEDS_FILE, act_link_from},
	{"linking to a name, without the right to link", LINK, "link", "target", "link-to",
	 NEEDS_NOTHING, act_link_to},
	{"linking to a name, without the right to create", LINK, "create", "target", "link-to-new",
	 NEEDS_NOTHING, act_link_to},
	{"giving an unnamed file a name", LINK, "create", "target", "tmpfile", NEEDS_NOTHING,
	 act_tmpfile},
	{"removing a file", "aw_path_unlink", "path_unlink", "delete", "only", "unlinked",
	 NEEDS_FILE, act_unlink},
	{"removing a folder", "aw_path_rmdir", "path_rmdir", "delete", "only", "removed",
	 NEEDS_FOLDER, act_rmdir},
	{"renaming from a name", RENAME, "source", "rename-from", NEEDS_FILE, act_rename_from},
	{"renaming to a name", RENAME, "target", "rename-to", NEEDS_NOTHING, act_rename_to},
	{"exchanging from a name", RENAME, "source", "exchange-from", NEEDS_FILE,
	 act_exchange_from},
	{"exchanging to a name", RENAME, "target", "exchange-to", NEEDS_FILE, act_exchange_to},
	{"truncating by name", "aw_path_truncate", "path_truncate", "write", "only", "truncated",
	 NEEDS_FILE, act_truncate},
};
