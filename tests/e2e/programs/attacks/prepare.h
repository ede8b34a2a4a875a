/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the folder of each row before any agent is there, and is the outside: sockets, a victim. */
#pragma once

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>

#include "table.h"

static int copy_file(const char *from_path, const char *to_path)
{
	int from = open(from_path, O_RDONLY | O_CLOEXEC);
	int to = open(to_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	struct stat st;
	int err = 0;

	if (from < 0 || to < 0 || fstat(from, &st) < 0 ||
	    sendfile(to, from, NULL, (size_t)st.st_size) != st.st_size)
		err = -EIO;
	close(from);
	close(to);
	return err;
}

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
	return err ?: link_program(scene, "true", "no-exec/program");
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
	for (size_t n = 0; !err && (attack = attack_at(n)); n++) {
		err = scene_of(all, attack, folder, &scene);
		err = err ?: prepare_row(&scene);
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

static int listen_unix(const char *name, int type)
{
	struct sockaddr_un address;
	socklen_t length = unix_address(name, &address);
	int fd = socket(AF_UNIX, type, 0);

	if (fd < 0)
		return -errno;
	if (name[0] != '@')
		unlink(name);
	if (bind(fd, (void *)&address, length) < 0 || (type == SOCK_STREAM && listen(fd, 64) < 0) ||
	    (name[0] != '@' && chmod(name, 0777) < 0))
		return -errno;
	return 0;
}

static int listen_tcp(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (void *)&address, sizeof(address)) < 0)
		return -errno;
	return done(listen(fd, 64));
}

/* Listens, and is there to be attacked, as the user, until it is killed. Says when it is ready. */
static int serve(const struct scene *scene)
{
	const struct attack_socket *socket;
	int err = 0;

	for (size_t n = 0; !err && (socket = attack_socket_at(n)); n++) {
		err = listen_unix(socket->name, socket->type);
		if (err)
			fprintf(stderr, "attacks: cannot serve %s: %s\n", socket->name,
				strerror(-err));
	}
	err = err ?: listen_tcp(PORT_DENIED);
	err = err ?: become(scene->uid);
	if (err) {
		fprintf(stderr, "attacks: cannot serve: %s\n", strerror(-err));
		return EXIT_FAILURE;
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
