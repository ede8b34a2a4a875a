/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tries every way around that is known (docs/THREATS.md), each by a process of its own that runs a
 * program of its own, and prints what came of it, a line an attack. The attacks are in attacks/;
 * policy and comparison are in tests/e2e/tests/attacks.sh.
 *
 *   attacks list                          the rows: id, who, error, operation, object, rule,
 * technique attacks prepare WORK UID              make the folders of the rows attacks serve WORK
 * UID                listen, and be the process outside, until killed attacks run WORK UID VICTIM
 * [ID…]     the rows that this user can do outside of agents
 */
#include "attacks/prepare.h"

#define LIMIT_S 60 /* an emulated guest on a busy machine */

static const char *error_text(int err)
{
	if (err == -STATUS_LOST)
		return "LOST";
	if (err == -STATUS_FAILED)
		return "FAILED";
	return err ? strerrorname_np(-err) : "0";
}

static int list(void)
{
	const struct attack *a;

	for (size_t n = 0; (a = attack_at(n)); n++)
		printf("%s\t%d\t%s\t%s\t%s\t%s\t%s\n", a->id, a->who, error_text(-a->error), a->op,
		       a->object, a->rule, a->technique);
	return EXIT_SUCCESS;
}

/* Not in place of this program: events name the row by the ancestor that the shell has. */
static int run_shell(const struct scene *scene, const char *line)
{
	pid_t pid = fork();
	char victim[16];
	int fd;

	if (pid == 0) {
		snprintf(victim, sizeof(victim), "%d", scene->victim);
		setenv("WORK", scene->folder, 1);
		setenv("VICTIM", victim, 1);
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (chdir(scene->folder) < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 ||
		    (!getenv("AGENTWATCH_ATTACK_OUTPUT") && dup2(fd, 2) < 0))
			_exit(STATUS_LOST);
		execl("/bin/sh", "sh", "-c", line, NULL);
		_exit(STATUS_LOST);
	}
	switch (wait_for(pid)) {
	case 0:
		return 0;
	case -STATUS_LOST:
		return -STATUS_LOST;
	default:
		return -STATUS_FAILED;
	}
}

static int act(const struct scene *all, const char *id)
{
	const struct attack *attack;
	char folder[PATH_BYTES];
	struct scene scene;

	alarm(LIMIT_S);
	for (size_t n = 0; (attack = attack_at(n)); n++) {
		if (strcmp(attack->id, id))
			continue;
		if (scene_of(all, attack, folder, &scene))
			return STATUS_LOST;
		return attack->act ? -attack->act(&scene) : -run_shell(&scene, attack->shell);
	}
	return STATUS_LOST;
}

static void start(const struct scene *all, const struct attack *attack)
{
	char uid[16], victim[16], folder[PATH_BYTES], program[PATH_BYTES];
	struct scene scene;

	snprintf(uid, sizeof(uid), "%u", all->uid);
	snprintf(victim, sizeof(victim), "%d", all->victim);
	if (scene_of(all, attack, folder, &scene))
		_exit(STATUS_LOST);
	at(&scene, "attack", program);
	execl(program, program, "act", all->work, uid, victim, attack->id, NULL);
	_exit(STATUS_LOST);
}

static bool is_chosen(const struct attack *attack, char **ids)
{
	if (!*ids)
		return true;
	while (*ids)
		if (!strcmp(*ids++, attack->id))
			return true;
	return false;
}

static int run(const struct scene *scene, char **ids)
{
	enum who who = scene->uid ? USER : ROOT;
	const struct attack *attack;
	pid_t pid;

	for (size_t n = 0; (attack = attack_at(n)); n++) {
		if (!(attack->who & who) || !is_chosen(attack, ids))
			continue;
		pid = fork();
		if (pid == 0)
			start(scene, attack);
		printf("%s\t%s\n", attack->id, error_text(wait_for(pid)));
		fflush(stdout);
	}
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct scene scene = {.work = argc > 2 ? argv[2] : NULL,
			      .uid = argc > 3 ? (uid_t)atoi(argv[3]) : 0,
			      .victim = argc > 4 ? atoi(argv[4]) : 0};
	const char *verb = argc > 1 ? argv[1] : "";

	if (argc == 3 && !strcmp(verb, "read")) {
		scene.folder = argv[2];
		return -read_key(&scene);
	}
	umask(022);
	if (argc == 2 && !strcmp(verb, "list"))
		return list();
	if (argc == 4 && !strcmp(verb, "prepare"))
		return prepare(&scene);
	if (argc == 4 && !strcmp(verb, "serve"))
		return serve(&scene);
	if (argc == 6 && !strcmp(verb, "act"))
		return act(&scene, argv[5]);
	if (argc >= 5 && !strcmp(verb, "run")) {
		if (!getuid() && become(scene.uid))
			return EXIT_FAILURE;
		return run(&scene, argv + 5);
	}
	fprintf(stderr, "attacks: wrong arguments\n");
	return 2;
}
