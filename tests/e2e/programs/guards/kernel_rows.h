/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities, and what reaches into the kernel. */
#pragma once

#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "row.h"

#define LOG_SIZE 10 /* SYSLOG_ACTION_SIZE_BUFFER */

static int act_host_name(const struct scene *s)
{
	char name[256] = "";

	gethostname(name, sizeof(name) - 1);
	return done(sethostname(name, strlen(name)));
}

static int act_chroot(const struct scene *s)
{
	return done(chroot("/"));
}

static int act_make_device(const struct scene *s)
{
	char path[PATH_BYTES];
	int err = done(mknod(at(s, "device", path), S_IFCHR | 0600, makedev(1, 3)));

	if (!err)
		unlink(path);
	return err;
}

/* Sending from an address that is another's. */
static int act_transparent(const struct scene *s)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), yes = 1, err;

	err = done(setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &yes, sizeof(yes)));
	close(fd);
	return err;
}

static int act_interface(const struct scene *s)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;
	struct ifreq request = {.ifr_name = "lo"};

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return -STATUS_LOST;
	err = done(ioctl(fd, SIOCSIFFLAGS, &request));
	close(fd);
	return err;
}

static int act_remove_module(const struct scene *s)
{
	int err = done(syscall(SYS_delete_module, "e2e_none", O_NONBLOCK));

	return err == -ENOENT ? 0 : err;
}

static int act_reboot_key(const struct scene *s)
{
	return done(reboot(RB_DISABLE_CAD));
}

static int act_clock(const struct scene *s)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return done(clock_settime(CLOCK_REALTIME, &now));
}

static int act_bpf(const struct scene *s)
{
	const char *path = "/sys/fs/bpf/e2e-none";
	union bpf_attr attributes;
	int err;

	memset(&attributes, 0, sizeof(attributes));
	attributes.pathname = (uintptr_t)path;
	err = done(syscall(SYS_bpf, BPF_OBJ_GET, &attributes, sizeof(attributes)));
	return err == -ENOENT ? 0 : err;
}

static int act_perf(const struct scene *s)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attributes),
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.exclude_kernel = 1,
		.disabled = 1,
	};

	return opened((int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}

/* What is no module is refused once it is read. */
static int act_module_file(const struct scene *s)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), err;

	err = done(syscall(SYS_finit_module, fd, "", 0));
	close(fd);
	return err == -ENOEXEC || err == -EINVAL || err == -ELIBBAD ? 0 : err;
}

static int act_module_memory(const struct scene *s)
{
	char nothing[4096] = "";
	int err = done(syscall(SYS_init_module, nothing, sizeof(nothing), ""));

	return err == -ENOEXEC ? 0 : err;
}

static int act_kexec(const struct scene *s)
{
	return done(syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

/* A program in a format that is nobody's: a module is asked for each time. */
static int act_module_request(const struct scene *s)
{
	const char *const format = "\x7f\x80\x81\x82";
	char path[PATH_BYTES], *const argv[] = {path, NULL};
	int fd = open(at(s, "format", path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755), err;

	err = done(write(fd, format, strlen(format)));
	close(fd);
	if (!err)
		err = done(execv(path, argv));
	unlink(path);
	return err;
}

static int act_key(const struct scene *s)
{
	return done(syscall(SYS_add_key, "user", "e2e", "x", 1, KEY_SPEC_PROCESS_KEYRING));
}

static int act_log(const struct scene *s)
{
	return done(klogctl(LOG_SIZE, NULL, 0));
}

#define CAPABLE(name) "aw_capable", "capable", "guard:capability/" name, EPERM

static const struct row kernel_rows[] = {
	{"13-host-name", "naming the host", CAPABLE("sys_admin"), act_host_name, ROOT_ONLY},
	{"3-chroot", "changing the root", CAPABLE("sys_chroot"), act_chroot, ROOT_ONLY},
	{"26-mknod-device", "making a device", CAPABLE("mknod"), act_make_device, ROOT_ONLY},
	{"17-transparent", "sending as another host", CAPABLE("net_raw"), act_transparent,
	 ROOT_ONLY},
	{"13-interface", "configuring the network", CAPABLE("net_admin"), act_interface, ROOT_ONLY},
	{"13-remove-module", "removing a module", CAPABLE("sys_module"), act_remove_module,
	 ROOT_ONLY},
	{"13-reboot", "saying what keys reboot", CAPABLE("sys_boot"), act_reboot_key, ROOT_ONLY},
	{"13-clock", "setting the clock", CAPABLE("sys_time"), act_clock, ROOT_ONLY},
	{"13-bpf", "bpf(2)", "aw_bpf", "bpf", "guard:bpf", EPERM, act_bpf},
	{"13-perf", "performance events", "aw_perf_event_open", "perf_event_open", "guard:perf",
	 EACCES, act_perf},
	{"13-module-file", "a module from a file", "aw_kernel_read_file", "kernel_read_file",
	 "guard:module", EPERM, act_module_file, ROOT_ONLY, BEHIND},
	{"13-module-memory", "a module from memory", "aw_kernel_load_data", "kernel_load_data",
	 "guard:module", EPERM, act_module_memory, ROOT_ONLY, BEHIND},
	{"13-kexec", "kexec", "aw_kernel_load_data", "kernel_load_data", "guard:kexec", EPERM,
	 act_kexec, ROOT_ONLY, BEHIND},
	{"32-module-request", "having a module loaded", "aw_kernel_module_request",
	 "kernel_module_request", "guard:module/request", 0, act_module_request},
	{"35-key", "adding a key", "aw_key_permission", "key_permission", "guard:keys", EACCES,
	 act_key},
	{"13-kernel-log", "the kernel's log", "aw_syslog", "syslog", "guard:kernel-log", EPERM,
	 act_log},
};
