/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names, as far as they need a kernel symbol: libbpf's linker takes an untyped symbol from one
 * object only.
 */
#include "path.bpf.h"

extern const void rename_lock __ksym __weak;

int aw_rename_sequence(void)
{
	int sequence = 1;

	/* A kernel without data symbols is only observed: a name may then be a moment old. */
	if (!&rename_lock)
		return 0;
	bpf_probe_read_kernel(&sequence, sizeof(sequence), &rename_lock);
	return sequence;
}
