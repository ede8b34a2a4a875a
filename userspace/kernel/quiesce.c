/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel waits for running programs (synchronize_rcu) before an update of a map of maps
 * returns, whatever that map is: maybe_wait_bpf_programs() in kernel/bpf/syscall.c. So two small
 * maps that nobody else knows do.
 */
#include "kernel/quiesce.h"

#include <bpf/bpf.h>
#include <errno.h>

#include "base/cleanup.h"

int aw_programs_quiesce(void)
{
	_cleanup_close_ int inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "aw_wait_inner",
						   sizeof(__u32), sizeof(__u32), 1, NULL);
	LIBBPF_OPTS(bpf_map_create_opts, options, .inner_map_fd = (__u32)inner);
	_cleanup_close_ int outer = -1;
	__u32 zero = 0;

	if (inner < 0)
		return -errno;
	outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "aw_wait", sizeof(__u32), sizeof(__u32),
			       1, &options);
	if (outer < 0 || bpf_map_update_elem(outer, &zero, &inner, BPF_ANY) < 0)
		return -errno;
	return 0;
}
