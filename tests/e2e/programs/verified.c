/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints how many instructions the verifier processed for each program that is pinned, a line each:
 *
 *   verified PINS      name, tab, instructions
 */
#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH_BYTES 512

static int bpf(int command, union bpf_attr *attr)
{
	int r = (int)syscall(SYS_bpf, command, attr, sizeof(*attr));

	if (r < 0) {
		fprintf(stderr, "verified: bpf command %d: %s\n", command, strerror(errno));
		exit(EXIT_FAILURE);
	}
	return r;
}

static void ask(int fd, void *info, uint32_t length)
{
	union bpf_attr attr = {
		.info = {.bpf_fd = (uint32_t)fd, .info_len = length, .info = (uintptr_t)info}};

	bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

static int open_pin(const char *path)
{
	union bpf_attr attr = {.pathname = (uintptr_t)path};

	return bpf(BPF_OBJ_GET, &attr);
}

static int program_of_link(int link)
{
	struct bpf_link_info info = {};
	union bpf_attr attr = {};

	ask(link, &info, sizeof(info));
	close(link);
	attr.prog_id = info.prog_id;
	return bpf(BPF_PROG_GET_FD_BY_ID, &attr);
}

static void print_all(const char *pins, const char *kind, int are_links)
{
	struct bpf_prog_info info;
	char path[PATH_BYTES];
	struct dirent *entry;
	DIR *folder;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", pins, kind);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s/%s", pins, kind, entry->d_name);
		fd = open_pin(path);
		if (are_links)
			fd = program_of_link(fd);
		memset(&info, 0, sizeof(info));
		ask(fd, &info, sizeof(info));
		close(fd);
		printf("%s\t%u\n", entry->d_name, info.verified_insns);
	}
	if (folder)
		closedir(folder);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "verified: wrong arguments\n");
		return 2;
	}
	print_all(argv[1], "links", 1);
	print_all(argv[1], "programs", 0);
	return EXIT_SUCCESS;
}
