/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first command of a host: loads the programs, attaches them, and pins maps, links and the
 * programs that are run on demand. Called with the lock taken.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/mount.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agentwatch.skel.h"
#include "kernel/host_private.h"
#include "kernel/programs.h"

#define SCRATCHES_PER_CPU 4

static void skeleton_freep(struct agentwatch_bpf **skeleton)
{
	agentwatch_bpf__destroy(*skeleton);
}

/*
 * libbpf's warnings are not for users: a failure's own message says what could not be loaded. For
 * those who change a program, AGENTWATCH_DEBUG=1 shows why the verifier refused it.
 */
static int print_if_asked(enum libbpf_print_level level, const char *format, va_list arguments)
{
	const char *asked = getenv("AGENTWATCH_DEBUG");

	if (level == LIBBPF_WARN && asked && *asked)
		return vfprintf(stderr, format, arguments);
	return 0;
}

static int make_folders(struct aw_diag *reterr)
{
	static const char *const folders[] = {AW_PIN_DIR, AW_PIN_MAPS, AW_PIN_LINKS, AW_PIN_AGENTS,
					      AW_PIN_PROGRAMS};

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (mkdir(folders[i], 0700) < 0 && errno != EEXIST)
			return aw_diag_set(reterr, -errno, NULL, 0, 0,
					   "mount bpffs: mount -t bpf bpf /sys/fs/bpf",
					   "cannot make %s: %s", folders[i], strerror(errno));
	return 0;
}

static int size_scratches(struct agentwatch_bpf *skeleton)
{
	__u32 entries = 16;
	int cpus = libbpf_num_possible_cpus();

	if (cpus < 0)
		return cpus;
	while (entries < (__u32)cpus * SCRATCHES_PER_CPU)
		entries *= 2;
	skeleton->rodata->aw_scratch_mask = entries - 1;
	if (getrandom((void *)&skeleton->rodata->aw_hash_seed,
		      sizeof(skeleton->rodata->aw_hash_seed), 0) < 0)
		return -errno;
	return bpf_map__set_max_entries(skeleton->maps.aw_scratches, entries)
		       ?: bpf_map__set_max_entries(skeleton->maps.aw_messages, entries);
}

/* Without its address a rename goes unnoticed: a name that is only observed may be a moment old. */
static int find_symbols(struct agentwatch_bpf *skeleton, enum aw_attach attach,
			struct aw_running *running, struct aw_diag *reterr)
{
	const struct btf *btf = aw_running_btf(running);
	uint64_t address, mounts;
	int err = aw_running_symbol("rename_lock", &address);

	skeleton->rodata->aw_has_cast =
		btf && btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) >= 0;
	if (aw_running_symbol("mount_lock", &mounts) == 0)
		skeleton->rodata->aw_mount_lock = mounts;
	if (!err)
		skeleton->rodata->aw_rename_lock = address;
	else if (attach != AW_ATTACH_OBSERVE)
		return aw_diag_set(reterr, err, NULL, 0, 0, "run: agentwatch doctor",
				   "the address of the kernel's rename_lock cannot be read: %s",
				   strerror(-err));
	return 0;
}

/*
 * How the kernel keeps overlays, which the module itself tells: fsopen() has it loaded. Where it is
 * not known, what an agent would reach through an overlay of its own has no name.
 */
static void find_overlay(struct agentwatch_bpf *skeleton, struct aw_running *running)
{
	_cleanup_close_ int fs = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
	uint32_t layers, mounter, mount;

	if (aw_running_offset(running, "overlay", "ovl_fs", "layers", &layers) ||
	    aw_running_offset(running, "overlay", "ovl_fs", "creator_cred", &mounter) ||
	    aw_running_offset(running, "overlay", "ovl_layer", "mnt", &mount))
		return;
	skeleton->rodata->aw_overlay_layers = layers;
	skeleton->rodata->aw_overlay_mounter = mounter;
	skeleton->rodata->aw_overlay_mount = mount;
	skeleton->rodata->aw_overlay_is_known = true;
}

static int pin_map(struct bpf_map *map, struct aw_diag *reterr)
{
	const char *name = bpf_map__name(map);
	char path[256];
	int err;

	if (strncmp(name, "aw_", 3))
		return 0; /* .rodata lives with its programs */
	snprintf(path, sizeof(path), "%s/%s", AW_PIN_MAPS, name);
	err = bpf_map__pin(map, path);
	if (err < 0)
		return aw_diag_set(reterr, err, NULL, 0, 0, NULL, "cannot pin %s: %s", path,
				   strerror(-err));
	return 0;
}

static int attach_and_pin(struct bpf_program *program, enum aw_attach attach,
			  struct aw_diag *reterr)
{
	const char *name = bpf_program__name(program);
	struct bpf_link *link = NULL;
	char path[256];
	int err;

	if (!bpf_program__autoload(program))
		return 0;
	err = aw_program_attach(program, attach, &link);
	if (err < 0)
		return aw_diag_set(reterr, err, NULL, 0, 0, "run: agentwatch doctor",
				   "cannot attach %s: %s", name, strerror(-err));
	if (link) {
		snprintf(path, sizeof(path), "%s/%s", AW_PIN_LINKS, name);
		err = bpf_link__pin(link, path);
		bpf_link__destroy(link); /* the pin keeps it */
	} else {
		snprintf(path, sizeof(path), "%s/%s", AW_PIN_PROGRAMS, name);
		err = bpf_program__pin(program, path);
	}
	if (err < 0)
		return aw_diag_set(reterr, err, NULL, 0, 0, NULL, "cannot pin %s: %s", path,
				   strerror(-err));
	return 0;
}

static int pin_all(struct agentwatch_bpf *skeleton, enum aw_attach attach, struct aw_diag *reterr)
{
	struct aw_host_info info = {.state = AW_HOST_READY, .abi = AW_HOST_ABI, .attach = attach};
	struct bpf_program *program;
	struct bpf_map *map;
	__u32 zero = 0;
	int err;

	bpf_object__for_each_map(map, skeleton->obj)
	{
		err = pin_map(map, reterr);
		if (err < 0)
			return err;
	}
	bpf_object__for_each_program(program, skeleton->obj)
	{
		err = attach_and_pin(program, attach, reterr);
		if (err < 0)
			return err;
	}
	err = bpf_map_update_elem(bpf_map__fd(skeleton->maps.aw_host_info), &zero, &info, BPF_ANY);
	if (err < 0)
		return aw_diag_set(reterr, err, NULL, 0, 0, NULL, "cannot write aw_host_info: %s",
				   strerror(-err));
	return 0;
}

int aw_host_load(enum aw_attach attach, struct aw_running *running, struct aw_diag *reterr)
{
	__attribute__((cleanup(skeleton_freep))) struct agentwatch_bpf *skeleton = NULL;
	int err;

	libbpf_set_print(print_if_asked);
	err = make_folders(reterr);
	if (err < 0)
		return err;
	skeleton = agentwatch_bpf__open();
	if (!skeleton)
		return aw_diag_set(reterr, -errno, NULL, 0, 0, NULL, "cannot open the programs: %s",
				   strerror(errno));
	err = size_scratches(skeleton);
	if (err < 0)
		return aw_diag_set(reterr, err, NULL, 0, 0, NULL, "cannot size the maps: %s",
				   strerror(-err));
	find_overlay(skeleton, running);
	err = find_symbols(skeleton, attach, running, reterr);
	if (err < 0)
		return err;
	err = aw_programs_select(skeleton->obj, attach, running, reterr);
	if (err < 0)
		return err;
	err = agentwatch_bpf__load(skeleton);
	if (err < 0)
		return aw_diag_set(reterr, err, NULL, 0, 0, "run: agentwatch doctor",
				   "the kernel refuses the programs (%s): %s",
				   aw_attach_name(attach), strerror(-err));
	err = pin_all(skeleton, attach, reterr);
	if (err < 0)
		aw_pins_remove();
	return err;
}
