/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes a host of a guest that refuses LSM, fentry and fmod_ret programs, and takes others, as a
 * security module of a hosting company would: for tests of the observer
 * (tests/e2e/observe_test.sh).
 */
#include <linux/bpf.h>
#include <linux/errno.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

SEC("lsm/bpf")
int BPF_PROG(refuse, int command, union bpf_attr *attr, unsigned int size)
{
	if (command != BPF_PROG_LOAD)
		return 0;
	if (attr->prog_type == BPF_PROG_TYPE_LSM)
		return -EPERM;
	if (attr->prog_type != BPF_PROG_TYPE_TRACING)
		return 0;
	switch (attr->expected_attach_type) {
	case BPF_TRACE_FENTRY:
	case BPF_TRACE_FEXIT:
	case BPF_MODIFY_RETURN:
		return -EPERM;
	default:
		return 0;
	}
}
