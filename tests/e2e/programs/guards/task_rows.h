/* SPDX-License-Identifier: Apache-2.0 */
/* Acts on a process outside. */
#pragma once

#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "../ring.h"
#include "row.h"

#define PRIORITY_OF_PROCESS 1		  /* IOPRIO_WHO_PROCESS */
#define PRIORITY_NORMAL	    (2 << 13 | 4) /* IOPRIO_CLASS_BE */
#define TRACE_WAIT_US	    10000
#define TRACE_WAITS	    2000

static int act_trace(const struct scene *s)
{
	int err = done(ptrace(PTRACE_SEIZE, s->victim, 0, 0));

	if (!err)
		ptrace(PTRACE_DETACH, s->victim, 0, 0);
	return err;
}

static int act_read_memory(const struct scene *s)
{
	char byte;
	struct iovec own = {&byte, 1}, other = {(void *)1, 1};
	int err = done(process_vm_readv(s->victim, &own, 1, &other, 1, 0));

	return err == -EFAULT ? 0 : err; /* there is nothing, but one may look */
}

static int act_environment(const struct scene *s)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "/proc/%d/environ", s->victim);
	return opened(open(path, O_RDONLY | O_CLOEXEC));
}

static int act_take_descriptor(const struct scene *s)
{
	int fd = (int)syscall(SYS_pidfd_open, s->victim, 0), err;

	if (fd < 0)
		return -STATUS_LOST;
	err = opened((int)syscall(SYS_pidfd_getfd, fd, 0, 0));
	close(fd);
	return err;
}

/* By a child of the caller's parent: who asks is traced by that. */
static int act_be_traced(const struct scene *s)
{
	volatile int *err =
		mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (err == MAP_FAILED)
		return -STATUS_LOST;
	*err = -STATUS_LOST;
	pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0) {
		*err = done(ptrace(PTRACE_TRACEME, 0, 0, 0));
		_exit(0);
	}
	for (int i = 0; i < TRACE_WAITS && *err == -STATUS_LOST; i++)
		usleep(TRACE_WAIT_US);
	return *err;
}

static int act_signal(const struct scene *s)
{
	return done(kill(s->victim, SIGURG));
}

static int act_signal_owner(const struct scene *s)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -STATUS_LOST;
	err = done(fcntl(fd, F_SETOWN, s->victim));
	close(fd);
	return err;
}

static int act_limit(const struct scene *s)
{
	struct rlimit limit;

	if (prlimit(s->victim, RLIMIT_CORE, NULL, &limit) < 0)
		return -STATUS_LOST;
	return done(prlimit(s->victim, RLIMIT_CORE, &limit, NULL));
}

static int act_nice(const struct scene *s)
{
	return done(setpriority(PRIO_PROCESS, (id_t)s->victim, 0));
}

static int act_io_priority(const struct scene *s)
{
	return done(syscall(SYS_ioprio_set, PRIORITY_OF_PROCESS, s->victim, PRIORITY_NORMAL));
}

static int act_affinity(const struct scene *s)
{
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	return done(sched_setaffinity(s->victim, sizeof(all), &all));
}

static int act_personality(const struct scene *s)
{
	struct io_uring_sqe entry = {.opcode = IORING_OP_NOP};
	struct ring ring;
	int err = ring_open(&ring, 0), id;

	if (err)
		return -STATUS_LOST;
	id = (int)syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_PERSONALITY, NULL, 0);
	if (id < 0)
		return -STATUS_LOST;
	entry.personality = (uint16_t)id;
	return ring_do(&ring, &entry);
}

#define PTRACE "aw_ptrace_access_check", "ptrace_access_check"

static const struct row task_rows[] = {
	{"11-trace", "tracing a process outside", PTRACE, "guard:ptrace", EPERM, act_trace},
	{"11-take-descriptor", "taking a descriptor of one", PTRACE, "guard:ptrace", EPERM,
	 act_take_descriptor},
	{"11-read-memory", "reading the memory of one", PTRACE, "guard:ptrace/read", EPERM,
	 act_read_memory},
	{"11-environment", "reading the environment of one", PTRACE, "guard:ptrace/read", EACCES,
	 act_environment},
	{"11-traceme", "being traced by a parent outside", "aw_ptrace_traceme", "ptrace_traceme",
	 "guard:ptrace", EPERM, act_be_traced, .is_own = true},
	{"11-signal", "signalling a process outside", "aw_task_kill", "task_kill", "guard:signal",
	 EPERM, act_signal},
	{"11-signal-owner", "having one signalled", "aw_file_fcntl", "file_fcntl",
	 "guard:signal/owner", EPERM, act_signal_owner},
	{"11-limit", "limiting one", "aw_task_setrlimit", "task_setrlimit", "guard:priority", EPERM,
	 act_limit},
	{"11-nice", "changing the priority of one", "aw_task_setnice", "task_setnice",
	 "guard:priority", EPERM, act_nice},
	{"11-io-priority", "changing its priority for disks", "aw_task_setioprio", "task_setioprio",
	 "guard:priority", EPERM, act_io_priority},
	{"11-affinity", "changing its processors", "aw_task_setscheduler", "task_setscheduler",
	 "guard:priority", EPERM, act_affinity},
	{"10-credentials", "acting with credentials put aside", "aw_uring_override_creds",
	 "uring_override_creds", "guard:personality", EPERM, act_personality},
};
