/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attaches a pinned LSM program, for as long as LINK is pinned:
 *
 *   attach PROGRAM LINK
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int command, union bpf_attr *attr)
{
	int r = (int)syscall(SYS_bpf, command, attr, sizeof(*attr));

	if (r < 0) {
		fprintf(stderr, "attach: bpf command %d: %s\n", command, strerror(errno));
		exit(EXIT_FAILURE);
	}
	return r;
}

int main(int argc, char **argv)
{
	union bpf_attr get = {}, attach = {}, pin = {};

	if (argc != 3) {
		fprintf(stderr, "attach: wrong arguments\n");
		return 2;
	}
	get.pathname = (uintptr_t)argv[1];
	attach.raw_tracepoint.prog_fd = (unsigned int)bpf(BPF_OBJ_GET, &get);
	pin.bpf_fd = (unsigned int)bpf(BPF_RAW_TRACEPOINT_OPEN, &attach);
	pin.pathname = (uintptr_t)argv[2];
	bpf(BPF_OBJ_PIN, &pin);
	return EXIT_SUCCESS;
}
