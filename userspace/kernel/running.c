/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/running.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/insn.h"

#define KALLSYMS_FILE "/proc/kallsyms"
#define READ_BYTES    4096 /* what one read of it gives */
#define BTF_FOLDER    "/sys/kernel/btf"

void aw_running_close(struct aw_running *running)
{
	btf__free(running->btf);
	running->btf = NULL;
}

struct btf *aw_running_btf(struct aw_running *running)
{
	if (!running->btf)
		running->btf = btf__load_vmlinux_btf();
	return running->btf;
}

int aw_running_target(struct aw_running *running, const char *target, enum bpf_attach_type attach)
{
	static const struct {
		const char *prefix;
		enum bpf_attach_type attach;
		__u32 kind;
	} kinds[] = {
		{"bpf_lsm_", BPF_LSM_MAC, BTF_KIND_FUNC},
		{"bpf_iter_", BPF_TRACE_ITER, BTF_KIND_FUNC},
		{"btf_trace_", BPF_TRACE_RAW_TP, BTF_KIND_TYPEDEF},
		{"", BPF_MODIFY_RETURN, BTF_KIND_FUNC},
	};
	const struct btf *btf = aw_running_btf(running);
	char name[128];
	int id;

	for (size_t i = 0; btf && i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (kinds[i].attach != attach)
			continue;
		snprintf(name, sizeof(name), "%s%s", kinds[i].prefix, target);
		id = btf__find_by_name_kind(btf, name, kinds[i].kind);
		return id < 0 ? -ESRCH : id;
	}
	return -ESRCH;
}

/*
 * Asks the kernel, which looks the name up in its table; the file has 10 MB of lines. The program's
 * context is 8 bytes, where it leaves the address.
 */
static int ask(const char *name, uint64_t *ret)
{
	LIBBPF_OPTS(bpf_prog_load_opts, load, .prog_flags = BPF_F_SLEEPABLE);
	LIBBPF_OPTS(bpf_test_run_opts, run);
	uint64_t words[2] = {}, address = 0; /* a name of up to 15 bytes */
	_cleanup_close_ int program = -1;

	if (strlen(name) >= sizeof(words))
		return -ENAMETOOLONG;
	memcpy(words, name, strlen(name));
	const struct bpf_insn lookup[] = {
		AW_INSN_COPY(6, 1),
		AW_INSN_SET64(1, words[0]),
		AW_INSN_SAVE(10, -24, 1),
		AW_INSN_SET64(1, words[1]),
		AW_INSN_SAVE(10, -16, 1),
		AW_INSN_STORE(10, -8, 0),
		AW_INSN_COPY(1, 10),
		AW_INSN_ADD(1, -24),
		AW_INSN_SET(2, (int)strlen(name) + 1),
		AW_INSN_SET(3, 0),
		AW_INSN_COPY(4, 10),
		AW_INSN_ADD(4, -8),
		AW_INSN_CALL(BPF_FUNC_kallsyms_lookup_name),
		AW_INSN_LOAD64(1, 10, -8),
		AW_INSN_SAVE(6, 0, 1),
		AW_INSN_EXIT(),
	};
	program = bpf_prog_load(BPF_PROG_TYPE_SYSCALL, "aw_symbol", "GPL", lookup,
				AW_INSN_COUNT(lookup), &load);
	if (program < 0)
		return -errno;
	run.ctx_in = &address;
	run.ctx_size_in = sizeof(address);
	if (bpf_prog_test_run_opts(program, &run) < 0)
		return -errno;
	if (run.retval)
		return (int)run.retval;
	*ret = address;
	return 0;
}

/* For hosts where such a program may not be loaded. */
static int read_file(const char *name, uint64_t *ret)
{
	char buffer[READ_BYTES], line[512], found[256];
	_cleanup_fclose_ FILE *file = fopen(KALLSYMS_FILE, "re");
	unsigned long long address;

	if (!file)
		return -errno;
	setvbuf(file, buffer, _IOFBF, sizeof(buffer));
	while (fgets(line, sizeof(line), file)) {
		/* A module's symbols have the module's name behind them. */
		if (!strstr(line, name) || strchr(line, '[') ||
		    sscanf(line, "%llx %*c %255s", &address, found) != 2 || strcmp(found, name))
			continue;
		if (!address)
			return -EPERM;
		*ret = address;
		return 0;
	}
	return -ENOENT;
}

int aw_running_symbol(const char *name, uint64_t *ret)
{
	int err = ask(name, ret);

	return err ? read_file(name, ret) : 0;
}

static int offset_in(const struct btf *btf, const char *type, const char *field, uint32_t *ret)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	const struct btf_type *found = id < 0 ? NULL : btf__type_by_id(btf, (__u32)id);
	const struct btf_member *member;

	for (__u32 i = 0; found && i < btf_vlen(found); i++) {
		member = &btf_members(found)[i];
		if (strcmp(btf__name_by_offset(btf, member->name_off), field))
			continue;
		*ret = btf_member_bit_offset(found, i) / 8;
		return 0;
	}
	return -ENOENT;
}

int aw_running_offset(struct aw_running *running, const char *module, const char *type,
		      const char *field, uint32_t *ret)
{
	struct btf *kernel = aw_running_btf(running), *btf;
	char path[128];
	int err;

	if (!kernel)
		return -ENOENT;
	snprintf(path, sizeof(path), "%s/%s", BTF_FOLDER, module);
	btf = btf__parse_split(path, kernel);
	if (libbpf_get_error(btf)) /* no module, but perhaps part of the kernel */
		return offset_in(kernel, type, field, ret);
	err = offset_in(btf, type, field, ret);
	btf__free(btf);
	return err;
}
