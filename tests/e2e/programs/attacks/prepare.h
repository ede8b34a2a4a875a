/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the folder of each row before any agent is there, and is the outside: sockets, a victim. */
#pragma once

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/prctl.h>

#include "table.h"

/* Any shared library; this one is small. */
#define LIBRARY "/lib/x86_64-linux-gnu/libdl.so.2"

static int make_folder(const struct scene *scene, const char *name)
{
	char path[PATH_BYTES];

	at(scene, name, path);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	return done(lchown(path, scene->uid, scene->uid));
}

static int make_file(const struct scene *scene, const char *name, const char *text)
{
	char path[PATH_BYTES];
	int err = write_file(at(scene, name, path), text, 0644);

	return err ? err : done(lchown(path, scene->uid, scene->uid));
}

/* One inode under many names: a copy for each row would take most of the time. */
static int link_program(const struct scene *scene, const char *from, const char *name)
{
	char source[2 * PATH_BYTES], path[PATH_BYTES];

	snprintf(source, sizeof(source), "%s/%s", scene->work, from);
	return done(link(source, at(scene, name, path)));
}

static int prepare_row(const struct scene *scene)
{
	int err = make_folder(scene, "");

	err = err ?: make_folder(scene, "ok");
	err = err ?: make_folder(scene, "secret");
	err = err ?: make_folder(scene, "no-exec");
	err = err ?: make_file(scene, "ok/file", "nothing");
	err = err ?: make_file(scene, "secret/key", SECRET);
	err = err ?: make_file(scene, "no-exec/file", "nothing");
	err = err ?: link_program(scene, "attacks", "attack");
	err = err ?: link_program(scene, "true", "no-exec/program");
	return err ?: link_program(scene, "library", "no-exec/library");
}

static int scene_of(const struct scene *of, const struct attack *attack, char folder[PATH_BYTES],
		    struct scene *ret)
{
	*ret = *of;
	ret->folder = folder;
	return snprintf(folder, PATH_BYTES, "%s/%s", of->work, attack->id) < PATH_BYTES ? 0
											: -E2BIG;
}

static int prepare(const struct scene *all)
{
	const struct attack *attack;
	char folder[PATH_BYTES];
	struct scene scene = *all;
	int err;

	scene.folder = all->work;
	err = make_folder(&scene, "");
	err = err ?: copy_file("/proc/self/exe", at(&scene, "attacks", folder));
	err = err ?: copy_file("/bin/true", at(&scene, "true", folder));
	err = err ?: copy_file(LIBRARY, at(&scene, "library", folder));
	for (size_t n = 0; !err && (attack = attack_at(n)); n++) {
		err = scene_of(all, attack, folder, &scene);
		err = err ?: prepare_row(&scene);
		if (!err && attack->prepare)
			err = attack->prepare(&scene);
		if (err)
			fprintf(stderr, "attacks: cannot prepare %s: %s\n", attack->id,
				strerror(-err));
	}
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int become(uid_t uid)
{
	if (!uid)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	/* Else what it has in /proc is root's. */
	return done(prctl(PR_SET_DUMPABLE, 1));
}

/* Returns a descriptor, or −errno. */
static int listen_unix(const char *name, int type)
{
	struct sockaddr_un address;
	socklen_t length = unix_address(name, &address);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (name[0] != '@')
		unlink(name);
	if (bind(fd, (void *)&address, length) < 0 || (type == SOCK_STREAM && listen(fd, 64) < 0) ||
	    (name[0] != '@' && chmod(name, 0777) < 0))
		return -errno;
	return fd;
}

static int listen_tcp(uint16_t port)
{
	/* Of every address, those of IPv4 too. */
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int fd = socket(AF_INET6, SOCK_STREAM, 0), on = 1;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (void *)&address, sizeof(address)) < 0)
		return -errno;
	return done(listen(fd, 64));
}

static int serve_sockets(const struct scene *scene)
{
	const struct attack_socket *socket;
	int fd;

	for (size_t n = 0; (socket = attack_socket_at(n)); n++) {
		fd = listen_unix(socket->name, socket->type);
		if (fd >= 0)
			continue;
		fprintf(stderr, "attacks: cannot serve %s: %s\n", socket->name, strerror(-fd));
		return fd;
	}
	return listen_tcp(PORT_DENIED) ?: listen_tcp(PORT_WIDE);
}

/* Listens, and is there to be attacked, as the user, until it is killed. Says when it is ready. */
static int serve(const struct scene *scene)
{
	int err = serve_sockets(scene), orders, fd;

	err = err ?: become(scene->uid);
	orders = listen_unix(OUTSIDE, SOCK_STREAM);
	if (err || orders < 0) {
		fprintf(stderr, "attacks: cannot serve: %s\n", strerror(err ? -err : -orders));
		return EXIT_FAILURE;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		fd = accept4(orders, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			obey(fd);
	}
}
