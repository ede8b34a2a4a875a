/* SPDX-License-Identifier: Apache-2.0 */
/* Rows 12 and 26: places where others look, and devices behind which everything lies. */
#pragma once

#include "attack.h"

/* Leaves nothing where it came through. */
static int plant(const char *path)
{
	int err = open_path(path, O_WRONLY | O_CREAT | O_EXCL);

	return err ? err : done(unlink(path));
}

#define PLANT(act, path)                      \
	static int act(const struct scene *s) \
	{                                     \
		return plant(path);           \
	}
#define CRONTAB "/var/spool/cron/crontabs/attack"
#define AT_JOB	"/var/spool/cron/atjobs/attack"
#define UNIT	"/etc/systemd/system/attack.service"
#define PROFILE "/etc/profile.d/attack.sh"
#define PRELOAD "/etc/ld.so.preload"
#define RULES	"/etc/udev/rules.d/attack.rules"
#define SHARED	"/dev/shm/attack"
#define COMMON	"/tmp/attack"
PLANT(act_crontab, CRONTAB)
PLANT(act_at_job, AT_JOB)
PLANT(act_unit, UNIT)
PLANT(act_profile, PROFILE)
PLANT(act_preload, PRELOAD)
PLANT(act_rules, RULES)
PLANT(act_shared_memory, SHARED)
PLANT(act_common, COMMON)

static int prepare_places(const struct scene *s)
{
	return RUN("/bin/mkdir", "-p", "/var/spool/cron/crontabs", "/var/spool/cron/atjobs",
		   "/etc/systemd/system", "/etc/profile.d", "/etc/udev/rules.d");
}

static int act_memory(const struct scene *s)
{
	return open_path("/dev/mem", O_RDONLY);
}

static int act_ports(const struct scene *s)
{
	return open_path("/dev/port", O_RDONLY);
}

static int act_kernel_log(const struct scene *s)
{
	return open_path("/dev/kmsg", O_WRONLY);
}

static int act_fuse(const struct scene *s)
{
	return open_path("/dev/fuse", O_RDONLY);
}

static int prepare_fuse(const struct scene *s)
{
	return RUN("/sbin/modprobe", "fuse");
}

static int act_loop(const struct scene *s)
{
	return open_path("/dev/loop-control", O_RDONLY);
}

static int prepare_loop(const struct scene *s)
{
	return RUN("/sbin/modprobe", "loop");
}

static int act_processor(const struct scene *s)
{
	return open_path("/dev/cpu/0/msr", O_RDONLY);
}

static int prepare_processor(const struct scene *s)
{
	return RUN("/sbin/modprobe", "msr");
}

#define PLANTED(path)	 EACCES, "create", path, "none"
#define DEVICE(op, path) EACCES, op, path, "none"

static const struct attack place_attacks[] = {
	{"12-crontab", "a crontab", act_crontab, NULL, ROOT, PLANTED(CRONTAB), prepare_places},
	{"12-at", "a job for at", act_at_job, NULL, ROOT, PLANTED(AT_JOB), prepare_places},
	{"12-unit", "a unit of the service manager", act_unit, NULL, ROOT, PLANTED(UNIT),
	 prepare_places},
	{"12-profile", "a line for everybody's shell", act_profile, NULL, ROOT, PLANTED(PROFILE),
	 prepare_places},
	{"12-preload", "a library for everybody's programs", act_preload, NULL, ROOT,
	 PLANTED(PRELOAD)},
	{"12-udev", "a rule for devices", act_rules, NULL, ROOT, PLANTED(RULES), prepare_places},
	{"12-shared-memory", "a file in shared memory", act_shared_memory, NULL, BOTH,
	 PLANTED(SHARED)},
	{"12-common", "a file where all may write", act_common, NULL, BOTH, PLANTED(COMMON)},
	{"26-memory", "/dev/mem", act_memory, NULL, ROOT, DEVICE("read", "/dev/mem")},
	{"26-ports", "/dev/port", act_ports, NULL, ROOT, DEVICE("read", "/dev/port")},
	{"26-kernel-log", "writing to the kernel's log", act_kernel_log, NULL, ROOT,
	 DEVICE("write", "/dev/kmsg")},
	{"26-fuse", "/dev/fuse", act_fuse, NULL, ROOT, DEVICE("read", "/dev/fuse"), prepare_fuse},
	{"26-loop", "making a loop device", act_loop, NULL, ROOT,
	 DEVICE("read", "/dev/loop-control"), prepare_loop},
	{"26-msr", "registers of the processor", act_processor, NULL, ROOT,
	 DEVICE("read", "/dev/cpu/0/msr"), prepare_processor},
};
