/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One link for each program and agent, pinned under the agent's slot.
 */
#include "kernel/cgroup_programs.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/cgroup.h"
#include "kernel/host_private.h"

enum wanted {
	ALWAYS,
	FOR_QUESTIONS, /* where a policy names hosts, or one is learned */
	FOR_OBSERVING, /* where LSM programs are refused */
};

static const struct {
	const char *program;
	enum bpf_attach_type attach;
	enum wanted wanted;
} programs[] = {
	{"aw_cgroup_egress", BPF_CGROUP_INET_EGRESS, ALWAYS},
	{"aw_cgroup_ingress", BPF_CGROUP_INET_INGRESS, FOR_QUESTIONS},
	{"aw_cgroup_sock_release", BPF_CGROUP_INET_SOCK_RELEASE, ALWAYS},
	{"aw_cgroup_connect4", BPF_CGROUP_INET4_CONNECT, FOR_OBSERVING},
	{"aw_cgroup_connect6", BPF_CGROUP_INET6_CONNECT, FOR_OBSERVING},
	{"aw_cgroup_sendmsg4", BPF_CGROUP_UDP4_SENDMSG, FOR_OBSERVING},
	{"aw_cgroup_sendmsg6", BPF_CGROUP_UDP6_SENDMSG, FOR_OBSERVING},
	{"aw_cgroup_bind4", BPF_CGROUP_INET4_BIND, FOR_OBSERVING},
	{"aw_cgroup_bind6", BPF_CGROUP_INET6_BIND, FOR_OBSERVING},
};

#define PROGRAMS (sizeof(programs) / sizeof(*programs))

static void link_path(char *ret, size_t size, size_t i, uint32_t slot)
{
	snprintf(ret, size, "%s/%s-%u", AW_PIN_AGENTS, programs[i].program, slot);
}

static int attach_one(size_t i, int cgroup, uint32_t slot)
{
	_cleanup_close_ int program = -1, link = -1;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", AW_PIN_PROGRAMS, programs[i].program);
	program = bpf_obj_get(path);
	if (program < 0)
		return -errno;
	link = bpf_link_create(program, cgroup, programs[i].attach, NULL);
	if (link < 0)
		return -errno;
	link_path(path, sizeof(path), i, slot);
	unlink(path); /* one that is there already, or an earlier tenant's, if its owner died */
	return bpf_obj_pin(link, path) < 0 ? -errno : 0;
}

static bool is_wanted(const struct aw_host *host, size_t i, bool reads_answers)
{
	switch (programs[i].wanted) {
	case FOR_QUESTIONS:
		return reads_answers;
	case FOR_OBSERVING:
		return host->attach == AW_ATTACH_OBSERVE;
	default:
		return true;
	}
}

int aw_cgroup_programs_begin(struct aw_host *host, uint32_t slot, uint64_t cgroup_id,
			     bool reads_answers, struct aw_diag *reterr)
{
	_cleanup_close_ int cgroup = aw_cgroup_open_by_id(cgroup_id);
	int err = cgroup < 0 ? cgroup : 0;

	for (size_t i = 0; !err && i < PROGRAMS; i++)
		if (is_wanted(host, i, reads_answers))
			err = attach_one(i, cgroup, slot);
	if (!err)
		return 0;
	aw_cgroup_programs_end(host, slot);
	return aw_diag_set(reterr, err, NULL, 0, 0, "run: agentwatch doctor",
			   "cannot attach programs to the agent's cgroup: %s", strerror(-err));
}

void aw_cgroup_programs_end(struct aw_host *host, uint32_t slot)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < PROGRAMS; i++) {
		link_path(path, sizeof(path), i, slot);
		unlink(path);
	}
}
