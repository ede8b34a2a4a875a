/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command while a program that does nothing is attached to every hook that agentwatch has a
 * program on, as a yardstick:
 *
 *   empty OBJECT NAMES COMMAND [ARGUMENT…]
 *
 * OBJECT is agentwatch's own linked object, the file NAMES has the programs in it that were seen
 * attached, one a line.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/insn.h"

static void die(const char *what, int err)
{
	fprintf(stderr, "empty: %s: %s\n", what, strerror(err));
	exit(125);
}

/* On the hook of one program of agentwatch. It stays until this process ends. */
static void attach_empty(const struct bpf_program *model)
{
	static const struct bpf_insn instructions[] = {AW_INSN_RETURN(0)};
	enum bpf_attach_type type = bpf_program__expected_attach_type(model);
	const char *hook = strchr(bpf_program__section_name(model), '/');
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = type);
	int id = hook ? libbpf_find_vmlinux_btf_id(hook + 1, type) : -EINVAL;
	int program;

	if (id < 0)
		die(bpf_program__section_name(model), -id);
	options.attach_btf_id = (__u32)id;
	program = bpf_prog_load(bpf_program__type(model), "empty", "GPL", instructions,
				AW_INSN_COUNT(instructions), &options);
	if (program < 0 || bpf_raw_tracepoint_open(NULL, program) < 0)
		die(bpf_program__section_name(model), errno);
}

int main(int argc, char **argv)
{
	struct bpf_object *object = argc > 3 ? bpf_object__open(argv[1]) : NULL;
	const struct bpf_program *program;
	FILE *names = argc > 3 ? fopen(argv[2], "re") : NULL;
	char name[256];
	int status;
	pid_t pid;

	if (!object || !names) {
		fprintf(stderr, "Usage: empty OBJECT NAMES COMMAND [ARGUMENT...]\n");
		return 2;
	}
	while (fscanf(names, "%255s", name) == 1) {
		program = bpf_object__find_program_by_name(object, name);
		if (!program)
			die(name, ENOENT);
		attach_empty(program);
	}
	if (posix_spawn(&pid, argv[3], NULL, NULL, argv + 3, environ) ||
	    waitpid(pid, &status, 0) < 0)
		die(argv[3], errno);
	return status ? 125 : 0;
}
