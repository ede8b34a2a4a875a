/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to file systems of the kernel's own, where the path rules allow it. */
#pragma once

#include "row.h"

static int act_setting(const struct scene *s)
{
	return opened(open("/proc/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC));
}

static int act_score(const struct scene *s)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", s->victim);
	return opened(open(path, O_WRONLY | O_CLOEXEC));
}

static int act_device_setting(const struct scene *s)
{
	return opened(open("/sys/kernel/mm/transparent_hugepage/enabled", O_WRONLY | O_CLOEXEC));
}

static int make_and_remove(const char *path)
{
	int err = done(mkdir(path, 0755));

	return err ? err : done(rmdir(path));
}

static int act_cgroup(const struct scene *s)
{
	return make_and_remove("/sys/fs/cgroup/e2e-guard");
}

static int act_enter_cgroup(const struct scene *s)
{
	return opened(open("/sys/fs/cgroup/cgroup.procs", O_WRONLY | O_CLOEXEC));
}

static int act_bpffs(const struct scene *s)
{
	return make_and_remove("/sys/fs/bpf/e2e-guard");
}

static int act_bpffs_rename(const struct scene *s)
{
	int err = done(rename("/sys/fs/bpf/e2e-here", "/sys/fs/bpf/e2e-there"));

	return err ? err : done(rename("/sys/fs/bpf/e2e-there", "/sys/fs/bpf/e2e-here"));
}

static int act_trace_file(const struct scene *s)
{
	char path[PATH_BYTES];

	return opened(open(at(s, "trace/tracing_on", path), O_WRONLY | O_CLOEXEC));
}

#define OPEN  "aw_file_open", "file_open"
#define MKDIR "aw_path_mkdir", "path_mkdir"

static const struct row file_rows[] = {
	{"32-core-pattern", "what runs where a program crashes", OPEN, "guard:proc", EACCES,
	 act_setting, ROOT_ONLY},
	{"11-oom-score", "who is killed without memory", OPEN, "guard:proc", EACCES, act_score},
	{"13-device-setting", "a setting of a device", OPEN, "guard:sysfs", EACCES,
	 act_device_setting, ROOT_ONLY},
	{"12-make-cgroup", "making a cgroup", MKDIR, "guard:cgroup", EACCES, act_cgroup, ROOT_ONLY},
	{"12-enter-cgroup", "moving to a cgroup", OPEN, "guard:cgroup", EACCES, act_enter_cgroup,
	 ROOT_ONLY},
	{"13-pin", "a folder for pins", MKDIR, "guard:bpffs", EACCES, act_bpffs, ROOT_ONLY},
	{"13-rename-pin", "renaming pins", "aw_path_rename", "path_rename", "guard:bpffs", EACCES,
	 act_bpffs_rename, ROOT_ONLY},
	{"13-trace-file", "a file of tracefs", OPEN, "guard:kernel-files", EACCES, act_trace_file,
	 ROOT_ONLY},
};
