/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the objects of all rows before any agent is there, and serves those that must answer. */
#pragma once

#include <sys/sendfile.h>

#include "table.h"

static int own(const char *path, uid_t uid)
{
	return done(lchown(path, uid, uid));
}

static int copy_self(const char *path)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	struct stat st;
	int err = 0;

	if (from < 0 || to < 0 || fstat(from, &st) < 0 ||
	    sendfile(to, from, NULL, (size_t)st.st_size) != st.st_size)
		err = -EIO;
	close(from);
	close(to);
	return err;
}

static int make_folder(const char *path, uid_t uid)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	return own(path, uid);
}

static int prepare_object(const struct scene *scene, const struct row *row, const char *object)
{
	char folder[OBJECT_MAX];
	int err = 0;

	if (object[0] != '/')
		return 0;
	snprintf(folder, sizeof(folder), "%s", object);
	*strrchr(folder, '/') = '\0';
	err = make_folder(folder, scene->uid);
	if (!err && row->needs == NEEDS_FILE)
		err = make_file(object);
	if (!err && row->needs == NEEDS_FOLDER)
		err = make_folder(object, scene->uid);
	if (!err && row->needs == NEEDS_PROGRAM)
		err = copy_self(object);
	if (!err && row->needs >= NEEDS_FILE && row->needs <= NEEDS_PROGRAM)
		err = own(object, scene->uid);
	return err;
}

/* The programs of the classes, and one that is in none. */
static int prepare_programs(const struct scene *scene)
{
	char path[OBJECT_MAX], other[OBJECT_MAX + 8];
	int err;

	snprintf(path, sizeof(path), "%s/bin", scene->work);
	err = make_folder(path, scene->uid);
	snprintf(path, sizeof(path), "%s/bin/narrowed", scene->work);
	if (!err)
		err = copy_self(path);
	snprintf(other, sizeof(other), "%s/bin/other", scene->work);
	if (!err)
		err = copy_self(other);
	snprintf(path, sizeof(path), "%s/bin/narrowed.script", scene->work);
	return err ? err : write_script(path, other, "read");
}

static int prepare(const struct scene *scene)
{
	char object[OBJECT_MAX];
	const struct row *row;
	int err = make_folder(scene->work, scene->uid);

	if (!err)
		err = prepare_programs(scene);
	for (size_t n = 0; !err && (row = row_at(n)); n++)
		for (int side = 0; !err && side < SIDES; side++) {
			object_of(scene, row, n, side, object);
			err = prepare_object(scene, row, object);
			if (err)
				fprintf(stderr, "hooks: cannot prepare %s: %s\n", object,
					strerror(-err));
		}
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int serve_socket(int family, int type, const void *address, socklen_t length)
{
	int fd = socket(family, type, 0), on = 1;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, address, length) < 0)
		return -errno;
	return type == SOCK_DGRAM ? 0 : done(listen(fd, 64));
}

static int serve_object(const struct row *row, const char *object)
{
	struct sockaddr_un address;
	union address net;
	socklen_t length;
	int err, type = SOCK_STREAM;

	if (row->needs == NEEDS_TCP) {
		length = parse_address(object, false, &net);
		err = serve_socket(net.any.sa_family, SOCK_STREAM, &net, length);
		return err == -EADDRINUSE ? 0 : err; /* by another one of this program */
	}
	if (row->needs < NEEDS_STREAM)
		return 0;
	if (row->needs == NEEDS_DATAGRAM)
		type = SOCK_DGRAM;
	else if (row->needs == NEEDS_SEQPACKET)
		type = SOCK_SEQPACKET;
	length = unix_address(object, &address);
	err = serve_socket(AF_UNIX, type, &address, length);
	return err || object[0] == '@' ? err : done(chmod(object, 0777));
}

/* Listens on everything until it is killed; backlogs and buffers take what the acts send. */
static int serve(const struct scene *scene)
{
	char object[OBJECT_MAX];
	const struct row *row;
	int err;

	for (size_t n = 0; (row = row_at(n)); n++)
		for (int side = 0; side < SIDES; side++) {
			object_of(scene, row, n, side, object);
			err = serve_object(row, object);
			if (!err)
				continue;
			fprintf(stderr, "hooks: cannot serve %s: %s\n", object, strerror(-err));
			return EXIT_FAILURE;
		}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
