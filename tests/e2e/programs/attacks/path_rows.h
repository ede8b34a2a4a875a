/* SPDX-License-Identifier: Apache-2.0 */
/* Rows 1 and 2: another way to a name that is denied, and another name for the file. */
#pragma once

#include <linux/openat2.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "attack.h"

#define SWAPS_MAX 20000

static int act_symlink(const struct scene *s)
{
	char key[PATH_BYTES], link[PATH_BYTES];

	if (symlink(at(s, "secret/key", key), at(s, "ok/link", link)) < 0)
		return -errno;
	return open_path(link, O_RDONLY);
}

/* A link to a link to a folder that is a link. */
static int act_symlink_chain(const struct scene *s)
{
	char secret[PATH_BYTES], folder[PATH_BYTES], file[PATH_BYTES], first[PATH_BYTES];

	if (symlink(at(s, "secret", secret), at(s, "ok/folder", folder)) < 0 ||
	    symlink("folder/key", at(s, "ok/second", file)) < 0 ||
	    symlink("../ok/./second", at(s, "ok/first", first)) < 0)
		return -errno;
	return open_path(first, O_RDONLY);
}

static int act_dots(const struct scene *s)
{
	return open_in(s, "ok/.././ok/..//secret/../secret/key", O_RDONLY);
}

static int act_proc_root(const struct scene *s)
{
	char path[2 * PATH_BYTES];

	snprintf(path, sizeof(path), "/proc/self/root%s/secret/key", s->folder);
	return open_path(path, O_RDONLY);
}

static int act_working_folder(const struct scene *s)
{
	if (chdir(s->folder) < 0 || chdir("secret") < 0)
		return -errno;
	return open_path("key", O_RDONLY);
}

static int act_proc_cwd(const struct scene *s)
{
	char path[PATH_BYTES];

	if (chdir(at(s, "secret", path)) < 0)
		return -errno;
	return open_path("/proc/self/cwd/key", O_RDONLY);
}

/* O_PATH needs no right: what it is used for afterwards does. */
static int act_proc_fd(const struct scene *s)
{
	char path[PATH_BYTES];
	int fd = open(at(s, "secret/key", path), O_PATH);

	if (fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open_path(path, O_RDONLY);
}

static int act_proc_fd_write(const struct scene *s)
{
	char path[PATH_BYTES];
	int fd = open(at(s, "secret/key", path), O_PATH);

	if (fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	return open_path(path, O_WRONLY);
}

static int act_folder_descriptor(const struct scene *s)
{
	char path[PATH_BYTES];
	int folder = open(at(s, "secret", path), O_PATH | O_DIRECTORY);

	return folder < 0 ? -errno : made(openat(folder, "key", O_RDONLY));
}

/* The folder looks like the root to the call. */
static int act_openat2(const struct scene *s)
{
	struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_IN_ROOT};
	char path[PATH_BYTES];
	int folder = open(at(s, "secret", path), O_PATH | O_DIRECTORY);

	if (folder < 0)
		return -errno;
	return made((int)syscall(SYS_openat2, folder, "/../../key", &how, sizeof(how)));
}

/* A process outside that may be looked at has the same root. */
static int act_victim_root(const struct scene *s)
{
	char path[2 * PATH_BYTES];

	snprintf(path, sizeof(path), "/proc/%d/root%s/secret/key", s->victim, s->folder);
	return open_path(path, O_RDONLY);
}

/* By path descriptor, for which none of the calls asks for a right to open. */
static int proc_path(const struct scene *s, const char *name, char ret[PATH_BYTES])
{
	int fd = open(at(s, name, ret), O_PATH);

	if (fd < 0)
		return -errno;
	snprintf(ret, PATH_BYTES, "/proc/self/fd/%d", fd);
	return 0;
}

static int act_truncate(const struct scene *s)
{
	char path[PATH_BYTES];
	int err = proc_path(s, "secret/key", path);

	return err ? err : done(truncate(path, 0));
}

static int act_chmod(const struct scene *s)
{
	char path[PATH_BYTES];
	int err = proc_path(s, "secret/key", path);

	return err ? err : done(chmod(path, 0777));
}

static int act_chown(const struct scene *s)
{
	char path[PATH_BYTES];
	int fd = open(at(s, "secret/key", path), O_PATH);

	return fd < 0 ? -errno : done(fchownat(fd, "", geteuid(), getegid(), AT_EMPTY_PATH));
}

static int act_times(const struct scene *s)
{
	struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	char path[PATH_BYTES];
	int err = proc_path(s, "secret/key", path);

	return err ? err : done(utimensat(AT_FDCWD, path, times, 0));
}

static int act_bind(const struct scene *s)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "secret/socket"};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || chdir(s->folder) < 0)
		return -errno;
	return done(bind(fd, (void *)&address, sizeof(address)));
}

static int act_list(const struct scene *s)
{
	return open_in(s, "secret", O_RDONLY | O_DIRECTORY);
}

struct swapper {
	char link[PATH_BYTES];
	const char *targets[2];
	bool over;
};

/* Has the link point here and there. Not by rename: names that are read across one are denied. */
static void *swap(void *argument)
{
	struct swapper *w = argument;

	for (unsigned int i = 0; !__atomic_load_n(&w->over, __ATOMIC_RELAXED); i++) {
		if (unlink(w->link) < 0 || symlink(w->targets[i % 2], w->link) < 0)
			break;
		sched_yield();
	}
	return NULL;
}

/* 0 where the secret was read. */
static int read_secret(const char *path)
{
	char text[sizeof(SECRET)] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strcmp(text, SECRET) ? -ENODATA : 0;
}

/* Until the secret was read, or was refused some times: what is checked is what is used. */
static int act_swap(const struct scene *s)
{
	struct swapper w = {.targets = {"file", "../secret/key"}};
	int err = -ENODATA, refused = 0;
	pthread_t thread;

	at(s, "ok/link", w.link);
	if (symlink("file", w.link) < 0 || pthread_create(&thread, NULL, swap, &w))
		return -STATUS_LOST;
	for (int i = 0; i < SWAPS_MAX && err && refused < 50; i++) {
		err = access(w.link, R_OK) ? -errno : read_secret(w.link);
		refused += err == -EACCES;
		sched_yield();
	}
	__atomic_store_n(&w.over, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	return err && refused ? -EACCES : err;
}

static int act_hardlink(const struct scene *s)
{
	char key[PATH_BYTES], other[PATH_BYTES];

	return done(link(at(s, "secret/key", key), at(s, "ok/other", other)));
}

static int act_hardlink_descriptor(const struct scene *s)
{
	char path[PATH_BYTES], other[PATH_BYTES];
	int fd = open(at(s, "secret/key", path), O_PATH);

	if (fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return done(linkat(AT_FDCWD, path, AT_FDCWD, at(s, "ok/other", other), AT_SYMLINK_FOLLOW));
}

/* Needs CAP_DAC_READ_SEARCH. */
static int act_hardlink_empty_path(const struct scene *s)
{
	char path[PATH_BYTES], other[PATH_BYTES];
	int fd = open(at(s, "secret/key", path), O_PATH);

	if (fd < 0)
		return -errno;
	return done(linkat(fd, "", AT_FDCWD, at(s, "ok/other", other), AT_EMPTY_PATH));
}

static int act_rename_out(const struct scene *s)
{
	char key[PATH_BYTES], other[PATH_BYTES];

	return done(rename(at(s, "secret/key", key), at(s, "ok/other", other)));
}

static int act_rename_over(const struct scene *s)
{
	char key[PATH_BYTES], other[PATH_BYTES];

	return done(rename(at(s, "ok/file", other), at(s, "secret/key", key)));
}

static int act_exchange(const struct scene *s)
{
	char key[PATH_BYTES], other[PATH_BYTES];

	return done(renameat2(AT_FDCWD, at(s, "ok/file", other), AT_FDCWD, at(s, "secret/key", key),
			      RENAME_EXCHANGE));
}

/* Creating is not denied in any of them, nor linking and renaming. */
static int make_parts(const struct scene *s)
{
	static const char *const folders[] = {"unread", "above", "above/below"};
	char path[PATH_BYTES];
	int fd;

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (mkdir(at(s, folders[i], path), 0700) < 0)
			return -STATUS_LOST;
	fd = open(at(s, "unread/key", path), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return -STATUS_LOST;
	close(fd);
	return 0;
}

/* Of a name by which only reading is denied. */
static int act_link_part(const struct scene *s)
{
	char key[PATH_BYTES], other[PATH_BYTES];

	return make_parts(s) ?: done(link(at(s, "unread/key", key), at(s, "ok/other", other)));
}

static int act_rename_part(const struct scene *s)
{
	char key[PATH_BYTES], other[PATH_BYTES];

	return make_parts(s) ?: done(rename(at(s, "unread/key", key), at(s, "ok/other", other)));
}

static int act_rename_exchange_part(const struct scene *s)
{
	char key[PATH_BYTES], other[PATH_BYTES];

	return make_parts(s)
		       ?: done(renameat2(AT_FDCWD, at(s, "ok/file", other), AT_FDCWD,
					 at(s, "unread/key", key), RENAME_EXCHANGE));
}

/* What is denied by its folder's name and that of the one above. */
static int act_rename_above(const struct scene *s)
{
	char above[PATH_BYTES], other[PATH_BYTES];

	return make_parts(s) ?: done(rename(at(s, "above", above), at(s, "ok/other", other)));
}

static int act_exchange_above(const struct scene *s)
{
	char above[PATH_BYTES], own[PATH_BYTES];

	return make_parts(s)
		       ?: done(renameat2(AT_FDCWD, at(s, "unread", own), AT_FDCWD,
					 at(s, "above", above), RENAME_EXCHANGE));
}

#define READ_KEY "read", "./secret/key", "secret"

static const struct attack path_attacks[] = {
	{"1-symlink", "a symbolic link", act_symlink, NULL, BOTH, EACCES, READ_KEY},
	{"1-symlink-chain", "links to links to a folder", act_symlink_chain, NULL, BOTH, EACCES,
	 READ_KEY},
	{"1-dots", "dots and slashes", act_dots, NULL, BOTH, EACCES, READ_KEY},
	{"1-proc-root", "/proc/self/root", act_proc_root, NULL, BOTH, EACCES, READ_KEY},
	{"1-working-folder", "a relative name", act_working_folder, NULL, BOTH, EACCES, READ_KEY},
	{"1-proc-cwd", "/proc/self/cwd", act_proc_cwd, NULL, BOTH, EACCES, READ_KEY},
	{"1-proc-fd", "a path descriptor opened again", act_proc_fd, NULL, BOTH, EACCES, READ_KEY},
	{"1-dev-fd-write", "the same to write, by /dev/fd", act_proc_fd_write, NULL, BOTH, EACCES,
	 "write", "./secret/key", "secret"},
	{"1-folder-descriptor", "openat below a descriptor", act_folder_descriptor, NULL, BOTH,
	 EACCES, READ_KEY},
	{"1-openat2", "openat2 with a root of its own", act_openat2, NULL, BOTH, EACCES, READ_KEY},
	{"1-victim-root", "/proc/PID/root of a process outside", act_victim_root, NULL, BOTH,
	 EACCES, "guard", "guard:ptrace/read", "guard.ptrace"},
	{"1-truncate", "truncating by path descriptor", act_truncate, NULL, BOTH, EACCES, "write",
	 "./secret/key", "secret"},
	{"1-chmod", "a mode by path descriptor", act_chmod, NULL, BOTH, EACCES, "attr",
	 "./secret/key", "secret"},
	{"1-chown", "an owner by path descriptor", act_chown, NULL, BOTH, EACCES, "attr",
	 "./secret/key", "secret"},
	{"1-times", "times by path descriptor", act_times, NULL, BOTH, EACCES, "attr",
	 "./secret/key", "secret"},
	{"1-bind", "a socket bound by a relative name", act_bind, NULL, BOTH, EACCES, "create",
	 "./secret/socket", "secret"},
	{"1-list", "listing the folder", act_list, NULL, BOTH, EACCES, "read", "./secret",
	 "secret"},
	{"1-swap", "a link that changes between check and use", act_swap, NULL, BOTH, EACCES,
	 READ_KEY},
	{"2-hardlink", "a hard link", act_hardlink, NULL, BOTH, EACCES, "link", "./secret/key",
	 "secret"},
	{"2-hardlink-descriptor", "a hard link of a path descriptor", act_hardlink_descriptor, NULL,
	 BOTH, EACCES, "link", "./secret/key", "secret"},
	{"2-hardlink-empty-path", "the same with AT_EMPTY_PATH", act_hardlink_empty_path, NULL,
	 ROOT, EACCES, "link", "./secret/key", "secret"},
	{"2-rename-out", "a rename out of the folder", act_rename_out, NULL, BOTH, EACCES, "rename",
	 "./secret/key", "secret"},
	{"2-rename-over", "a rename onto the file", act_rename_over, NULL, BOTH, EACCES, "rename",
	 "./secret/key", "secret"},
	{"2-exchange", "RENAME_EXCHANGE", act_exchange, NULL, BOTH, EACCES, "rename",
	 "./secret/key", "secret"},
	{"2-link-part", "a hard link of what is denied in part", act_link_part, NULL, BOTH, EACCES,
	 "link", "./ok/other", "reason:moved"},
	{"2-rename-part", "a rename of what is denied in part", act_rename_part, NULL, BOTH, EACCES,
	 "rename", "./ok/other", "reason:moved"},
	{"2-exchange-part", "the same, the other way", act_rename_exchange_part, NULL, BOTH, EACCES,
	 "rename", "./unread/key", "reason:moved"},
	{"2-rename-above", "a rename of a folder above it", act_rename_above, NULL, BOTH, EACCES,
	 "rename", "./ok/other", "reason:moved"},
	{"2-exchange-above", "another folder in the place of that", act_exchange_above, NULL, BOTH,
	 EACCES, "rename", "./above", "reason:moved"},
};
