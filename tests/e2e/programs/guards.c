/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does every guard act, each in a process of its own, and prints what came of it: number, errno,
 * and what stands in the row. The acts are in guards/; policies and comparison are in
 * tests/e2e/tests/guards.sh.
 *
 *   guards list                    all of them, undone
 *   guards WORK UID VICTIM PASS…   the acts of these passes: first, behind
 */
#include "guards/file_rows.h"
#include "guards/ioctl_rows.h"
#include "guards/kernel_rows.h"
#include "guards/mount_rows.h"
#include "guards/socket_rows.h"
#include "guards/task_rows.h"

#define ACT_LIMIT_S 60

static const struct {
	const struct row *rows;
	size_t n;
} tables[] = {
#define TABLE(rows)                                  \
	{                                            \
		rows, sizeof(rows) / sizeof(*(rows)) \
	}
	TABLE(task_rows), TABLE(mount_rows), TABLE(kernel_rows),
	TABLE(file_rows), TABLE(ioctl_rows), TABLE(socket_rows),
#undef TABLE
};

static const char *const passes[] = {[FIRST] = "first", [BEHIND] = "behind"};

static const char *error_text(int err)
{
	if (err == -STATUS_LOST)
		return "LOST";
	return err ? strerrorname_np(err < 0 ? -err : err) : "0";
}

static int run(const struct row *row, const struct scene *scene)
{
	int status;
	pid_t pid;

	if (row->is_own)
		return row->run(scene);
	pid = fork();
	if (pid == 0) {
		alarm(ACT_LIMIT_S);
		_exit(-row->run(scene));
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -STATUS_LOST;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -STATUS_LOST;
}

static void print_row(const struct row *row, size_t n, int err)
{
	printf("%zu\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s: %s\n", n, error_text(err), row->program,
	       row->hook, row->act, error_text(row->error), passes[row->pass],
	       row->is_for_ever ? "ever" : "lifted", row->id, row->behaviour);
	fflush(stdout);
}

static bool is_wanted(const struct row *row, const struct scene *scene, char **wanted)
{
	if (row->who == ROOT_ONLY && scene->uid)
		return false;
	for (; *wanted; wanted++)
		if (!strcmp(*wanted, passes[row->pass]))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	bool is_list = argc == 2 && !strcmp(argv[1], "list");
	struct scene scene = {};
	size_t n = 0;

	if (argc < 5 && !is_list) {
		fprintf(stderr, "guards: wrong arguments\n");
		return 2;
	}
	if (!is_list)
		scene = (struct scene){
			.work = argv[1], .uid = (uid_t)atoi(argv[2]), .victim = atoi(argv[3])};
	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++)
		for (size_t i = 0; i < tables[t].n; i++, n++)
			if (is_list)
				print_row(&tables[t].rows[i], n, 0);
			else if (is_wanted(&tables[t].rows[i], &scene, argv + 4))
				print_row(&tables[t].rows[i], n, run(&tables[t].rows[i], &scene));
	return EXIT_SUCCESS;
}
