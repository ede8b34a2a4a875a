/* SPDX-License-Identifier: Apache-2.0 */
/* Starting the command; what the child does is in run_child. Finding it is in command_find.c. */
#include "agent/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/cgroup.h"
#include "base/log.h"

#define EXIT_OWN     125
#define EXIT_CANNOT  126
#define EXIT_MISSING 127
#define SHELL	     "/bin/sh"

static void reset_signals(void)
{
	sigset_t none;

	for (int s = 1; s <= SIGRTMAX; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A script without "#!" is the shell's, as execvp(3) has it. */
static void run_script(const struct aw_command *command)
{
	size_t n = 0;
	const char **argv;

	while (command->argv[n])
		n++;
	argv = calloc(n + 2, sizeof(*argv));
	if (!argv)
		return;
	argv[0] = SHELL;
	argv[1] = command->path;
	for (size_t i = 1; i < n; i++)
		argv[i + 1] = command->argv[i];
	execv(SHELL, (char **)argv);
	free(argv);
}

static _Noreturn void fail(const char *what, const char *detail, int error, int status)
{
	struct aw_log log;

	aw_log_init(&log, stderr, AW_LOG_INFO);
	aw_log_error(&log, "%s %s: %s", what, detail, strerror(error));
	_exit(status);
}

static _Noreturn void run_child(const struct aw_command *command, int go_fd)
{
	int r;
	char go;

	if (read(go_fd, &go, 1) != 1)
		_exit(EXIT_OWN);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fail("cannot give up", "new privileges", errno, EXIT_OWN);
	r = aw_user_become(command->user);
	if (r == 0)
		r = aw_user_set_environment(command->user);
	if (r < 0)
		fail("cannot become user", command->user->name, -r, EXIT_OWN);
	if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, 0) < 0)
		fail("cannot close", "descriptors", errno, EXIT_OWN);
	reset_signals();
	execv(command->path, command->argv);
	if (errno == ENOEXEC) {
		run_script(command);
		errno = ENOEXEC;
	}
	fail("cannot run", command->path, errno, errno == ENOENT ? EXIT_MISSING : EXIT_CANNOT);
}

int aw_command_start(struct aw_command *command, struct aw_diag *reterr)
{
	int pipe_fds[2];
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return aw_diag_set(reterr, -errno, NULL, 0, 0, NULL, "pipe: %m");
	pid = aw_cgroup_fork(command->cgroup);
	if (pid == 0) {
		close(pipe_fds[1]);
		run_child(command, pipe_fds[0]);
	}
	close(pipe_fds[0]);
	if (pid < 0) {
		close(pipe_fds[1]);
		return aw_diag_set(reterr, pid, command->cgroup, 0, 0, NULL,
				   "cannot start a process in this cgroup: %s", strerror(-pid));
	}
	command->pid = pid;
	command->go_fd = pipe_fds[1];
	command->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (command->pidfd < 0)
		return aw_diag_set(reterr, -errno, NULL, 0, 0, NULL, "pidfd_open: %m");
	fcntl(command->pidfd, F_SETFD, FD_CLOEXEC);
	return 0;
}

int aw_command_release(struct aw_command *command)
{
	ssize_t n = write(command->go_fd, "", 1);

	close(TAKE_FD(command->go_fd));
	return n == 1 ? 0 : -EPIPE;
}

void aw_command_done(struct aw_command *command)
{
	if (command->go_fd >= 0) {
		close(TAKE_FD(command->go_fd));
		if (command->pid > 0)
			waitpid(command->pid, NULL, 0);
	}
	if (command->pidfd >= 0)
		close(TAKE_FD(command->pidfd));
}
