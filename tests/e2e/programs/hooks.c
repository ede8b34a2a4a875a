/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does every act that a program of bpf/ has to see, each on an object that the policy allows and on
 * one that it denies, and prints what came of it, a line an act. The acts are in hooks/; policy and
 * comparison are in tests/e2e/tests/hooks.sh.
 *
 *   hooks prepare WORK UID               make the objects
 *   hooks serve WORK                     answer on the sockets until killed
 *   hooks inside WORK UID                the acts of processes that run inside
 *   hooks outside WORK UID CGROUP        the acts of processes that enter
 *   hooks before WORK UID CGROUP GO      enter, wait for the file GO, then act
 */
#include "hooks/prepare.h"

#define WAIT_STEP_US 20000

static const char *error_text(int err)
{
	if (err == -STATUS_LOST)
		return "LOST";
	return err ? strerrorname_np(-err) : "0";
}

static void do_row(const struct scene *scene, const struct row *row, size_t n)
{
	char object[OBJECT_MAX];

	for (int side = 0; side < SIDES; side++) {
		object_of(scene, row, n, side, object);
		printf("%zu\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", n,
		       side == ALLOWED ? "allowed" : "denied", error_text(row->act(scene, object)),
		       row->program, row->hook, row->op, row->role[0] ? row->role : "-", object,
		       row->behaviour);
		fflush(stdout);
	}
}

static void do_rows(const struct scene *scene, enum from from)
{
	const struct row *row;

	for (size_t n = 0; (row = row_at(n)); n++)
		if (row->from == from)
			do_row(scene, row, n);
}

static int inside(const struct scene *scene)
{
	do_rows(scene, INSIDE);
	if (scene->uid == 0)
		do_rows(scene, INSIDE_ROOT);
	return EXIT_SUCCESS;
}

static int outside(const struct scene *scene)
{
	do_rows(scene, OUTSIDE);
	return EXIT_SUCCESS;
}

struct before {
	const struct scene *scene;
	const char *go;
};

static void wait_for_go(const struct before *before)
{
	struct stat st;

	while (stat(before->go, &st) < 0)
		usleep(WAIT_STEP_US);
}

static void *before_thread(void *argument)
{
	const struct before *before = argument;

	wait_for_go(before);
	do_rows(before->scene, BEFORE_THREAD);
	return NULL;
}

static int before(const struct scene *scene, const char *go)
{
	struct before before = {.scene = scene, .go = go};
	pthread_t thread;

	if (enter(scene->cgroup))
		return EXIT_FAILURE;
	become(scene);
	if (pthread_create(&thread, NULL, before_thread, &before))
		return EXIT_FAILURE;
	wait_for_go(&before);
	pthread_join(thread, NULL);
	do_rows(scene, BEFORE);
	return EXIT_SUCCESS;
}

/* What the copies of this program are asked to do; their exit status is an errno. */
static int run_copy(int argc, char **argv)
{
	char other[OBJECT_MAX];

	if (!strcmp(argv[1], "nothing"))
		return 0;
	if (!strcmp(argv[1], "read"))
		return -read_file(argv[argc - 1]);
	snprintf(other, sizeof(other), "%.*s/other", (int)(strrchr(argv[0], '/') - argv[0]),
		 argv[0]);
	return -run_program(other, "read", argv[2]);
}

int main(int argc, char **argv)
{
	struct scene scene = {.work = argc > 2 ? argv[2] : NULL,
			      .uid = argc > 3 ? (uid_t)atoi(argv[3]) : 0,
			      .cgroup = argc > 4 ? argv[4] : NULL};
	const char *verb = argc > 1 ? argv[1] : "";

	if (argc > 1 && (!strcmp(verb, "nothing") || !strncmp(verb, "read", 4)))
		return run_copy(argc, argv);
	umask(022);
	if (argc == 4 && !strcmp(verb, "prepare"))
		return prepare(&scene);
	if (argc == 3 && !strcmp(verb, "serve"))
		return serve(&scene);
	if (argc == 4 && !strcmp(verb, "inside"))
		return inside(&scene);
	if (argc == 5 && !strcmp(verb, "outside"))
		return outside(&scene);
	if (argc == 6 && !strcmp(verb, "before"))
		return before(&scene, argv[5]);
	fprintf(stderr, "hooks: wrong arguments\n");
	return 2;
}
