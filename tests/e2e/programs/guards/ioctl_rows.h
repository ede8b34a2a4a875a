/* SPDX-License-Identifier: Apache-2.0 */
/* ioctl(2) by command. What the file at hand does not know is refused after it was asked. */
#pragma once

#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "row.h"

#define IOCTL_OF_32_BITS 54

/* In a terminal of its own, which is its controlling one. */
static int act_terminal_input(const struct scene *s)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), terminal;
	char name[64], byte = 'x';

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    ptsname_r(master, name, sizeof(name)))
		return -STATUS_LOST;
	setsid();
	terminal = open(name, O_RDWR | O_CLOEXEC);
	return terminal < 0 ? -STATUS_LOST : done(ioctl(terminal, TIOCSTI, &byte));
}

static int open_folder(const struct scene *s)
{
	return open(s->work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int act_flags(const struct scene *s)
{
	int fd = open_folder(s), flags = 0;

	return done(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

static int act_project(const struct scene *s)
{
	struct fsxattr attributes = {0};

	return done(ioctl(open_folder(s), FS_IOC_FSSETXATTR, &attributes));
}

static int act_loop(const struct scene *s)
{
	return done(ioctl(open_folder(s), LOOP_SET_FD, 0));
}

static int act_snapshot(const struct scene *s)
{
	struct btrfs_ioctl_vol_args arguments = {.name = "snapshot"};

	return done(ioctl(open_folder(s), BTRFS_IOC_SNAP_CREATE, &arguments));
}

static int act_owner_by_command(const struct scene *s)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -STATUS_LOST : done(ioctl(fd, FIOSETOWN, &s->victim));
}

/* As a program of 32 bits calls it: a hook of its own. */
static int act_flags_by_32_bits(const struct scene *s)
{
	int result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(IOCTL_OF_32_BITS), "b"(open_folder(s)), "c"(FS_IOC32_SETFLAGS),
			   "d"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	return result < 0 ? result : 0;
}

#define IOCTL "aw_file_ioctl", "file_ioctl"

static const struct row ioctl_rows[] = {
	{"31-terminal-input", "putting input into a terminal", IOCTL, "guard:terminal", EPERM,
	 act_terminal_input},
	{"33-flags", "flags by a descriptor for reading", IOCTL, "guard:file-flags", EPERM,
	 act_flags},
	{"33-flags-32", "the same as a program of 32 bits", "aw_file_ioctl_compat", "file_ioctl",
	 "guard:file-flags", EPERM, act_flags_by_32_bits},
	{"33-project", "a project by a descriptor for reading", IOCTL, "guard:file-flags", EPERM,
	 act_project},
	{"33-loop", "a disk of a file", IOCTL, "guard:loop", EPERM, act_loop},
	{"33-snapshot", "a snapshot", IOCTL, "guard:snapshot", EPERM, act_snapshot},
	{"11-signal-owner-ioctl", "having a process outside signalled, by ioctl", IOCTL,
	 "guard:signal/owner", EPERM, act_owner_by_command},
};
