/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probes of the ways to attach. A way counts only once a program that was attached by it has done
 * what it is for, to this thread: LSM programs attach cleanly where they are never called.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "kernel/insn.h"
#include "kernel/preflight_private.h"

#define CANARY_FILE  "/dev/null"
#define CANARY_ERROR ENOANO /* nothing else answers an open with this */

/* The kernel's dev_t has 20 bits of minor; stat's is spread. */
static int find_me(struct aw_me *ret)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) < 0)
		return -errno;
	ret->dev = (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev);
	ret->ino = st.st_ino;
	ret->tid = gettid();
	return 0;
}

/* Loads a program for `target`. −ESRCH: the kernel has no such target; else what bpf() said. */
static int load(struct aw_running *running, enum bpf_prog_type type, enum bpf_attach_type attach,
		const char *target, const struct bpf_insn *insns, size_t n, int *ret)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach);
	int id = aw_running_target(running, target, attach), fd;

	if (id < 0)
		return id;
	options.attach_btf_id = id;
	fd = bpf_prog_load(type, "aw_probe", "GPL", insns, n, &options);
	if (fd < 0)
		return -errno;
	*ret = fd;
	return 0;
}

/* 1: the program denied this thread's open; 0: it was not called; −errno. */
static int try_denial(struct aw_running *running, enum bpf_prog_type type,
		      enum bpf_attach_type attach, const char *target)
{
	_cleanup_close_ int program = -1, link = -1, file = -1;
	struct aw_me me;
	int err = find_me(&me);

	if (err < 0)
		return err;
	const struct bpf_insn deny_me[] = {
		AW_INSN_ONLY_ME(me, 2),
		AW_INSN_RETURN(-CANARY_ERROR),
		AW_INSN_RETURN(0),
	};
	err = load(running, type, attach, target, deny_me, AW_INSN_COUNT(deny_me), &program);
	if (err < 0)
		return err;
	link = bpf_raw_tracepoint_open(NULL, program);
	if (link < 0)
		return -errno;
	file = open(CANARY_FILE, O_RDONLY | O_CLOEXEC);
	if (file >= 0)
		return 0;
	return errno == CANARY_ERROR ? 1 : -errno;
}

static void set_refused(struct aw_probe_row *row, int err, const char *what)
{
	char lockdown[32];

	aw_preflight_lockdown(lockdown, sizeof(lockdown));
	if (strcmp(lockdown, "none"))
		aw_probe_set(row, AW_PROBE_REFUSED, err,
			     "boot without lockdown, or with one that allows this",
			     "%s are refused (%s); the kernel is locked down (%s)", what,
			     aw_probe_error_text(err), lockdown);
	else
		aw_probe_set(row, AW_PROBE_REFUSED, err,
			     "none here: whoever runs this machine forbids them; files and exec "
			     "can be enforced on another host",
			     "%s are refused (%s) though tracepoints load", what,
			     aw_probe_error_text(err));
}

void aw_probe_lsm(struct aw_preflight *p, struct aw_probe_row *row)
{
	int got = try_denial(p->running, BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "file_open");

	p->has_idle_lsm = got == 0;
	if (got > 0)
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "one denied this thread's open");
	else if (!got)
		aw_probe_set(row, AW_PROBE_MISSING, -ENOENT,
			     "agentwatch doctor --fix, then update-grub and reboot",
			     "they load but are never called: `bpf` is not in lsm= (now: %s)",
			     p->lsm_list[0] ? p->lsm_list : "unknown");
	else if (got == -ESRCH)
		aw_probe_set(row, AW_PROBE_MISSING, got,
			     "boot a kernel built with CONFIG_BPF_LSM=y",
			     "this kernel is built without BPF LSM");
	else if (got == -EPERM || got == -EACCES)
		set_refused(row, got, "LSM programs");
	else
		aw_probe_set(row, AW_PROBE_MISSING, got, NULL, "LSM programs do not attach: %s",
			     aw_probe_error_text(got));
}

void aw_probe_fmod_ret(struct aw_preflight *p, struct aw_probe_row *row)
{
	int got = try_denial(p->running, BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN,
			     "security_file_open");

	if (got > 0)
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "one denied this thread's open");
	else if (!got)
		aw_probe_set(row, AW_PROBE_MISSING, -ENOENT, NULL,
			     "they attach to security_file_open but are never called");
	else if (got == -ESRCH)
		aw_probe_set(row, AW_PROBE_MISSING, got,
			     "boot a kernel built with CONFIG_SECURITY=y",
			     "this kernel has no security_file_open");
	else if (got == -EPERM || got == -EACCES)
		set_refused(row, got, "fmod_ret programs");
	else
		aw_probe_set(row, AW_PROBE_MISSING, got,
			     "boot a kernel built with CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y",
			     "fmod_ret programs do not attach: %s", aw_probe_error_text(got));
}

/* 1: the program saw this thread rename itself (to the same name); 0: it did not; −errno. */
static int try_tracepoint(struct aw_running *running)
{
	_cleanup_close_ int map = -1, program = -1, link = -1;
	uint64_t seen = 0;
	uint32_t key = 0;
	struct aw_me me;
	char name[17] = "";
	int err = find_me(&me);

	if (err < 0)
		return err;
	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "aw_probe", sizeof(key), sizeof(seen), 1, NULL);
	if (map < 0)
		return -errno;
	const struct bpf_insn note_me[] = {
		AW_INSN_ONLY_ME(me, 8), AW_INSN_STORE(10, -16, 0),
		AW_INSN_COPY(2, 10),	AW_INSN_ADD(2, -16),
		AW_INSN_MAP(1, map),	AW_INSN_CALL(BPF_FUNC_map_lookup_elem),
		AW_INSN_IF(0, 0, 1),	AW_INSN_STORE(0, 0, 1),
		AW_INSN_RETURN(0),
	};
	err = load(running, BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, "task_rename", note_me,
		   AW_INSN_COUNT(note_me), &program);
	if (err < 0)
		return err;
	link = bpf_raw_tracepoint_open(NULL, program);
	if (link < 0)
		return -errno;
	if (prctl(PR_GET_NAME, name) < 0 || prctl(PR_SET_NAME, name) < 0)
		return -errno;
	if (bpf_map_lookup_elem(map, &key, &seen) < 0)
		return -errno;
	return seen == 1;
}

void aw_probe_tracepoint(struct aw_preflight *p, struct aw_probe_row *row)
{
	int got = try_tracepoint(p->running);

	if (got > 0)
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "one saw this thread");
	else if (!got)
		aw_probe_set(row, AW_PROBE_MISSING, -ENOENT, NULL,
			     "they attach but are never called");
	else
		aw_probe_set(row, got == -EPERM ? AW_PROBE_REFUSED : AW_PROBE_MISSING, got,
			     "boot a kernel built with CONFIG_TRACEPOINTS=y, without a lockdown "
			     "that forbids tracing",
			     "a program cannot be attached to a tracepoint: %s",
			     aw_probe_error_text(got));
}

void aw_probe_iterator(struct aw_preflight *p, struct aw_probe_row *row)
{
	const struct bpf_insn nothing[] = {AW_INSN_RETURN(0)};
	_cleanup_close_ int program = -1, link = -1;
	int err = load(p->running, BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, "task", nothing,
		       AW_INSN_COUNT(nothing), &program);

	if (!err) {
		link = bpf_link_create(program, 0, BPF_TRACE_ITER, NULL);
		err = link < 0 ? -errno : 0;
	}
	if (err < 0)
		aw_probe_set(row, err == -EPERM ? AW_PROBE_REFUSED : AW_PROBE_MISSING, err,
			     "boot Linux 6.1 or later", "tasks cannot be iterated: %s",
			     aw_probe_error_text(err));
	else
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "tasks can be iterated");
}

static int try_in(enum bpf_prog_type type, enum bpf_attach_type attach, const char *dir)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach);
	const struct bpf_insn allow[] = {AW_INSN_RETURN(1)};
	_cleanup_close_ int program = -1, link = -1, cgroup = -1;

	program = bpf_prog_load(type, "aw_probe", "GPL", allow, AW_INSN_COUNT(allow), &options);
	if (program < 0)
		return -errno;
	cgroup = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup < 0)
		return -errno;
	link = bpf_link_create(program, cgroup, attach, NULL);
	return link < 0 ? -errno : 0;
}

/* Attached to a cgroup of its own, in which nothing runs. */
static int try_in_cgroup(enum bpf_prog_type type, const enum bpf_attach_type *attaches, size_t n)
{
	enum aw_cgroup_layout layout;
	char root[PATH_MAX - 64], dir[PATH_MAX];
	int err = aw_preflight_cgroup_layout("/proc/self/mounts", &layout, root, sizeof(root));

	if (err < 0)
		return err;
	snprintf(dir, sizeof(dir), "%s/agentwatch-probe-%d", root, (int)gettid());
	if (mkdir(dir, 0700) < 0)
		return -errno;
	for (size_t i = 0; !err && i < n; i++)
		err = try_in(type, attaches[i], dir);
	rmdir(dir);
	return err;
}

static void judge_cgroup(struct aw_probe_row *row, int err, const char *programs)
{
	if (err < 0)
		aw_probe_set(row,
			     err == -EPERM || err == -EACCES ? AW_PROBE_REFUSED : AW_PROBE_MISSING,
			     err, NULL, "%s do not attach: %s", programs, aw_probe_error_text(err));
	else
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "%s attach to a cgroup", programs);
}

void aw_probe_address(struct aw_preflight *p, struct aw_probe_row *row)
{
	static const enum bpf_attach_type attaches[] = {
		BPF_CGROUP_INET4_CONNECT, BPF_CGROUP_INET6_CONNECT, BPF_CGROUP_UDP4_SENDMSG,
		BPF_CGROUP_UDP6_SENDMSG};

	judge_cgroup(row,
		     try_in_cgroup(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, attaches,
				   sizeof(attaches) / sizeof(*attaches)),
		     "connect and sendmsg programs");
}

void aw_probe_packets(struct aw_preflight *p, struct aw_probe_row *row)
{
	static const enum bpf_attach_type attaches[] = {BPF_CGROUP_INET_EGRESS,
							BPF_CGROUP_INET_INGRESS};

	judge_cgroup(row,
		     try_in_cgroup(BPF_PROG_TYPE_CGROUP_SKB, attaches,
				   sizeof(attaches) / sizeof(*attaches)),
		     "programs that see packets");
}

void aw_probe_syscalls(struct aw_preflight *p, struct aw_probe_row *row)
{
	const struct bpf_insn nothing[] = {AW_INSN_RETURN(0)};
	_cleanup_close_ int program = -1;
	int err = load(p->running, BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, "sys_exit", nothing,
		       AW_INSN_COUNT(nothing), &program);

	if (err < 0)
		aw_probe_set(row, err == -EPERM ? AW_PROBE_REFUSED : AW_PROBE_MISSING, err,
			     "boot a kernel built with CONFIG_FTRACE_SYSCALLS=y",
			     "programs cannot see system calls end: %s", aw_probe_error_text(err));
	else
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "programs can see them end");
}
