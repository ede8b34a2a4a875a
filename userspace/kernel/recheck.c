/* SPDX-License-Identifier: Apache-2.0 */
/* The program is pinned where it is loaded; a pinned link says that it is attached. */
#include "kernel/recheck.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "kernel/host_private.h"

#define PROGRAM "/aw_file_permission"

/* Until Linux 6.5 what is spliced to a socket is sent by another call than what is written to it.
 */
uint32_t aw_recheck_counts(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	const struct btf_type *type = NULL;
	uint32_t flag = AW_AGENT_COUNTS;
	int id;

	if (!btf)
		return flag;
	id = btf__find_by_name_kind(btf, "proto_ops", BTF_KIND_STRUCT);
	if (id > 0) {
		type = btf__type_by_id(btf, (uint32_t)id);
		flag = 0;
	}
	for (int i = 0; type && i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), "sendpage"))
			flag = AW_AGENT_COUNTS;
	btf__free(btf);
	return flag;
}

int aw_recheck_begin(struct aw_host *host, struct aw_diag *reterr)
{
	enum bpf_attach_type type = host->attach == AW_ATTACH_LSM ? BPF_LSM_MAC : BPF_MODIFY_RETURN;
	_cleanup_close_ int program = -1, link = -1;

	if (host->attach == AW_ATTACH_OBSERVE || access(AW_PIN_LINKS PROGRAM, F_OK) == 0)
		return 0;
	program = bpf_obj_get(AW_PIN_PROGRAMS PROGRAM);
	if (program >= 0)
		link = bpf_link_create(program, 0, type, NULL);
	if (link < 0 || bpf_obj_pin(link, AW_PIN_LINKS PROGRAM) < 0)
		return aw_diag_set(reterr, -errno, NULL, 0, 0, "run: agentwatch doctor",
				   "descriptors that are open cannot be decided again: %s",
				   strerror(errno));
	return 0;
}

void aw_recheck_end(struct aw_host *host)
{
	for (uint32_t slot = 1; slot < AW_AGENTS_MAX; slot++)
		if (host->agents[slot].state != AW_AGENT_FREE &&
		    host->agents[slot].flags & (AW_AGENT_RECHECK | AW_AGENT_COUNTS))
			return;
	unlink(AW_PIN_LINKS PROGRAM);
}
