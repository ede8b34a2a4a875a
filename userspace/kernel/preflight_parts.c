/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probes of the parts that all programs are made of. Nothing here is attached.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "kernel/insn.h"
#include "kernel/preflight_private.h"

#define RING_BYTES 4096 /* at least a page of any size: rounded up below */

/* An older kernel does not know the helper, whatever its arguments are. */
void aw_probe_loop(struct aw_preflight *p, struct aw_probe_row *row)
{
	int has = libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_FUNC_loop, NULL);

	if (has == 1)
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "bpf_loop() is there");
	else
		aw_probe_set(row, AW_PROBE_MISSING, has < 0 ? has : -EINVAL,
			     "boot Linux 6.1 or later", "this kernel has no bpf_loop()");
}

/* Under a lockdown the helper is known and may not be used: the call itself must be right. */
void aw_probe_read(struct aw_preflight *p, struct aw_probe_row *row)
{
	const struct bpf_insn read[] = {
		AW_INSN_COPY(1, 10),
		AW_INSN_ADD(1, -8),
		AW_INSN_SET(2, 8),
		AW_INSN_SET(3, 0),
		AW_INSN_CALL(BPF_FUNC_probe_read_kernel),
		AW_INSN_RETURN(0),
	};
	_cleanup_close_ int fd = -1;
	char lockdown[32];
	int err;

	fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "aw_probe", "GPL", read,
			   AW_INSN_COUNT(read), NULL);
	if (fd >= 0) {
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "programs may read kernel memory");
		return;
	}
	err = -errno;
	aw_preflight_lockdown(lockdown, sizeof(lockdown));
	if (!strcmp(lockdown, "confidentiality"))
		aw_probe_set(row, AW_PROBE_REFUSED, err,
			     "boot with lockdown=integrity, which keeps the kernel from being "
			     "changed but lets root's programs read it",
			     "the kernel is locked down (confidentiality): no program may read "
			     "its memory");
	else
		aw_probe_set(row, AW_PROBE_REFUSED, err, NULL,
			     "programs may not read kernel memory: %s", aw_probe_error_text(err));
}

/* Type information of one int, which task storage asks for. */
static int load_int_btf(int *ret, __u32 *rettype)
{
	struct btf *btf = btf__new_empty();
	const void *data;
	__u32 size;
	int fd, type;

	if (!btf)
		return -errno;
	type = btf__add_int(btf, "int", sizeof(int), BTF_INT_SIGNED);
	data = btf__raw_data(btf, &size);
	fd = data ? bpf_btf_load(data, size, NULL) : -ENOMEM;
	btf__free(btf);
	if (type < 0 || fd < 0) {
		if (fd >= 0)
			close(fd);
		return type < 0 ? type : fd;
	}
	*ret = fd;
	*rettype = (__u32)type;
	return 0;
}

static int try_storage(struct aw_running *running)
{
	LIBBPF_OPTS(bpf_map_create_opts, map_options, .map_flags = BPF_F_NO_PREALLOC);
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_RAW_TP);
	_cleanup_close_ int btf = -1, map = -1, program = -1;
	__u32 type = 0;
	int err = load_int_btf(&btf, &type);

	if (err < 0)
		return err;
	map_options.btf_fd = btf;
	map_options.btf_key_type_id = map_options.btf_value_type_id = type;
	map = bpf_map_create(BPF_MAP_TYPE_TASK_STORAGE, "aw_probe", sizeof(int), sizeof(int), 0,
			     &map_options);
	if (map < 0)
		return -errno;
	const struct bpf_insn get[] = {
		AW_INSN_CALL(BPF_FUNC_get_current_task_btf),
		AW_INSN_COPY(2, 0),
		AW_INSN_MAP(1, map),
		AW_INSN_SET(3, 0),
		AW_INSN_SET(4, 0),
		AW_INSN_CALL(BPF_FUNC_task_storage_get),
		AW_INSN_RETURN(0),
	};
	err = aw_running_target(running, "task_rename", BPF_TRACE_RAW_TP);
	if (err < 0)
		return err;
	options.attach_btf_id = err;
	program = bpf_prog_load(BPF_PROG_TYPE_TRACING, "aw_probe", "GPL", get, AW_INSN_COUNT(get),
				&options);
	return program < 0 ? -errno : 0;
}

void aw_probe_storage(struct aw_preflight *p, struct aw_probe_row *row)
{
	int err = try_storage(p->running);

	if (err < 0)
		aw_probe_set(row, err == -EPERM ? AW_PROBE_REFUSED : AW_PROBE_MISSING, err,
			     "boot Linux 6.1 or later", "a program cannot use task storage: %s",
			     aw_probe_error_text(err));
	else
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "a program can use it");
}

/* A program that writes to a ring which it finds in a map of maps. */
static int try_rings(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, options);
	_cleanup_close_ int ring = -1, outer = -1, program = -1;
	long page = sysconf(_SC_PAGESIZE);

	ring = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "aw_probe", 0, 0,
			      page > RING_BYTES ? (__u32)page : RING_BYTES, NULL);
	if (ring < 0)
		return -errno;
	options.inner_map_fd = ring;
	outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "aw_probe", 4, 4, 1, &options);
	if (outer < 0)
		return -errno;
	const struct bpf_insn put[] = {
		AW_INSN_STORE(10, -8, 0),
		AW_INSN_COPY(2, 10),
		AW_INSN_ADD(2, -8),
		AW_INSN_MAP(1, outer),
		AW_INSN_CALL(BPF_FUNC_map_lookup_elem),
		AW_INSN_IF(0, 0, 6),
		AW_INSN_COPY(1, 0),
		AW_INSN_COPY(2, 10),
		AW_INSN_ADD(2, -8),
		AW_INSN_SET(3, 8),
		AW_INSN_SET(4, 0),
		AW_INSN_CALL(BPF_FUNC_ringbuf_output),
		AW_INSN_RETURN(0),
	};
	program = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "aw_probe", "GPL", put,
				AW_INSN_COUNT(put), NULL);
	return program < 0 ? -errno : 0;
}

void aw_probe_rings(struct aw_preflight *p, struct aw_probe_row *row)
{
	int err = try_rings();

	if (err < 0)
		aw_probe_set(row, err == -EPERM ? AW_PROBE_REFUSED : AW_PROBE_MISSING, err,
			     "boot Linux 6.1 or later",
			     "a program cannot use a ring buffer from a map of maps: %s",
			     aw_probe_error_text(err));
	else
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "a program can write to one of many");
}

void aw_probe_path_hooks(struct aw_preflight *p, struct aw_probe_row *row)
{
	static const char *const hooks[] = {
		"security_path_mknod",	"security_path_mkdir",	  "security_path_unlink",
		"security_path_rmdir",	"security_path_symlink",  "security_path_link",
		"security_path_rename", "security_path_truncate", "security_path_chmod",
		"security_path_chown",
	};
	const struct btf *kernel = aw_running_btf(p->running);

	for (size_t i = 0; kernel && i < sizeof(hooks) / sizeof(*hooks); i++) {
		if (btf__find_by_name_kind(kernel, hooks[i], BTF_KIND_FUNC) >= 0)
			continue;
		aw_probe_set(row, AW_PROBE_MISSING, -ENOENT,
			     "boot a kernel built with CONFIG_SECURITY_PATH=y",
			     "this kernel has no %s", hooks[i]);
		return;
	}
	if (kernel)
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "all of them are there");
	else
		aw_probe_set(row, AW_PROBE_UNKNOWN, -errno, NULL, "the kernel's BTF is unreadable");
}
