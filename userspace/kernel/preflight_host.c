/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probes of what files, mounts and capabilities tell; only the last part of privilege asks bpf().
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "kernel/insn.h"
#include "kernel/preflight_private.h"

#define BTF_FILE      "/sys/kernel/btf/vmlinux"
#define LOCKDOWN_FILE "/sys/kernel/security/lockdown"
#define MOUNTS_FILE   "/proc/self/mounts"
#define BPFFS_DIR     "/sys/fs/bpf"

static int effective_capabilities(uint64_t *ret)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {};

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	*ret = data[0].effective | (uint64_t)data[1].effective << 32;
	return 0;
}

static bool has(uint64_t capabilities, int capability)
{
	return capabilities >> capability & 1;
}

/* Capabilities of a user namespace, or a seccomp filter, show only when bpf() is called. */
void aw_probe_privilege(struct aw_preflight *p, struct aw_probe_row *row)
{
	const struct bpf_insn nothing[] = {AW_INSN_RETURN(0)};
	_cleanup_close_ int fd = -1;
	uint64_t caps = 0;
	int err = effective_capabilities(&caps);

	if (!err && !has(caps, CAP_SYS_ADMIN) &&
	    !(has(caps, CAP_BPF) && has(caps, CAP_PERFMON) && has(caps, CAP_NET_ADMIN)))
		err = -EPERM;
	if (err < 0) {
		aw_probe_set(
			row, AW_PROBE_REFUSED, err, "run it as root: sudo agentwatch …",
			"neither CAP_SYS_ADMIN nor CAP_BPF with CAP_PERFMON and CAP_NET_ADMIN");
		return;
	}
	fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "aw_probe", "GPL", nothing,
			   AW_INSN_COUNT(nothing), NULL);
	if (fd < 0)
		aw_probe_set(row, AW_PROBE_REFUSED, -errno,
			     "run it on the host itself, or in a container without a user "
			     "namespace whose seccomp filter allows bpf()",
			     "the capabilities are there, but bpf() is refused: %s",
			     aw_probe_error_text(-errno));
	else
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "programs may be loaded");
}

void aw_probe_btf(struct aw_preflight *p, struct aw_probe_row *row)
{
	_cleanup_close_ int fd = open(BTF_FILE, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "%s is readable", BTF_FILE);
	else
		aw_probe_set(row, errno == ENOENT ? AW_PROBE_MISSING : AW_PROBE_REFUSED, -errno,
			     errno == ENOENT ? "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y"
					     : "run it as root",
			     "%s: %s", BTF_FILE, strerror(errno));
}

void aw_probe_kallsyms(struct aw_preflight *p, struct aw_probe_row *row)
{
	uint64_t address;
	int err = aw_running_symbol("rename_lock", &address);

	if (!err)
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "their addresses can be read");
	else if (err == -EPERM)
		aw_probe_set(row, AW_PROBE_REFUSED, err,
			     "run it as root; if that is so: sysctl kernel.kptr_restrict=1",
			     "their addresses are hidden");
	else
		aw_probe_set(row, AW_PROBE_MISSING, err,
			     "boot a kernel built with CONFIG_KALLSYMS_ALL=y",
			     "no data symbols are kept (rename_lock): %s", strerror(-err));
}

void aw_probe_bpffs(struct aw_preflight *p, struct aw_probe_row *row)
{
	struct statfs fs;

	if (statfs(BPFFS_DIR, &fs) < 0 || fs.f_type != BPF_FS_MAGIC)
		aw_probe_set(row, AW_PROBE_MISSING, -ENODEV, "mount -t bpf bpf " BPFFS_DIR,
			     "no bpf file system is mounted at %s", BPFFS_DIR);
	else if (access(BPFFS_DIR, W_OK) < 0)
		aw_probe_set(row, AW_PROBE_REFUSED, -errno, "run it as root",
			     "%s cannot be written: %s", BPFFS_DIR, strerror(errno));
	else
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "%s is mounted", BPFFS_DIR);
}

int aw_preflight_cgroup_layout(const char *mounts, enum aw_cgroup_layout *ret, char *retroot,
			       size_t size)
{
	FILE *file = setmntent(mounts, "re");
	bool has_v1 = false, has_v2 = false;
	struct mntent entry;
	char text[4096];

	if (!file)
		return -errno;
	retroot[0] = '\0';
	while (getmntent_r(file, &entry, text, sizeof(text))) {
		if (!strcmp(entry.mnt_type, "cgroup2") && !has_v2) {
			has_v2 = true;
			snprintf(retroot, size, "%s", entry.mnt_dir);
		}
		if (!strcmp(entry.mnt_type, "cgroup"))
			has_v1 = true;
	}
	endmntent(file);
	if (has_v2)
		*ret = has_v1 ? AW_CGROUP_HYBRID : AW_CGROUP_UNIFIED;
	else
		*ret = has_v1 ? AW_CGROUP_V1 : AW_CGROUP_NONE;
	return 0;
}

void aw_probe_cgroup(struct aw_preflight *p, struct aw_probe_row *row)
{
	enum aw_cgroup_layout layout = AW_CGROUP_NONE;
	char root[PATH_MAX];
	int err = aw_preflight_cgroup_layout(MOUNTS_FILE, &layout, root, sizeof(root));

	if (err < 0)
		aw_probe_set(row, AW_PROBE_UNKNOWN, err, "mount -t proc proc /proc", "%s: %s",
			     MOUNTS_FILE, strerror(-err));
	else if (layout == AW_CGROUP_V1)
		aw_probe_set(row, AW_PROBE_MISSING, -ENODEV,
			     "boot with systemd.unified_cgroup_hierarchy=1, or: mkdir -p "
			     "/sys/fs/cgroup/unified && mount -t cgroup2 cgroup2 "
			     "/sys/fs/cgroup/unified",
			     "only cgroup v1 is mounted");
	else if (layout == AW_CGROUP_NONE)
		aw_probe_set(row, AW_PROBE_MISSING, -ENODEV,
			     "mount -t cgroup2 cgroup2 /sys/fs/cgroup", "no cgroup v2 is mounted");
	else if (access(root, W_OK) < 0)
		aw_probe_set(row, AW_PROBE_REFUSED, -errno,
			     "run it as root, on the host or with a writable "
			     "cgroup mount",
			     "%s cannot be written: %s", root, strerror(errno));
	else
		aw_probe_set(row, AW_PROBE_OK, 0, NULL, "%s%s", root,
			     layout == AW_CGROUP_HYBRID ? " (hybrid: v1 controllers beside it)"
							: "");
}

void aw_preflight_bracketed(const char *text, char *ret, size_t size)
{
	const char *open = strchr(text, '[');
	const char *end = open ? strchr(open, ']') : NULL;

	ret[0] = '\0';
	if (end)
		snprintf(ret, size, "%.*s", (int)(end - open - 1), open + 1);
}

void aw_preflight_lockdown(char *ret, size_t size)
{
	_cleanup_fclose_ FILE *file = fopen(LOCKDOWN_FILE, "re");
	char line[128] = "";

	if (file && fgets(line, sizeof(line), file))
		aw_preflight_bracketed(line, ret, size);
	else
		snprintf(ret, size, "none");
}
