/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GRUB's fragment is a shell script that update-grub reads, so what goes into it is checked letter
 * by letter; systemd-boot's command line is one line of which all other words are kept.
 */
#include "kernel/preflight_boot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic_file.h"

#define GRUB_FOLDER   "/etc/default/grub.d"
#define GRUB_FILE     GRUB_FOLDER "/agentwatch.cfg"
#define KERNEL_FILE   "/etc/kernel/cmdline"
#define LSM_PARAMETER "lsm="
#define LSM_LETTERS   "abcdefghijklmnopqrstuvwxyz0123456789_,"

static const char grub_comment[] =
	"# Written by `agentwatch doctor --fix`: this kernel's own list of LSMs, and bpf.\n"
	"# To undo it: remove this file and run update-grub.\n";

static bool is_one_of(const char *word, size_t length, const char *name)
{
	return strlen(name) == length && !strncmp(word, name, length);
}

int aw_boot_lsm_list(const char *current, char *ret, size_t size)
{
	size_t used = 0, length;
	char list[AW_BOOT_LINE_MAX] = "";

	if (!current[0] || strspn(current, LSM_LETTERS) != strlen(current))
		return -EINVAL;
	for (const char *word = current; *word; word += length + (word[length] == ',')) {
		length = strcspn(word, ",");
		if (!length || is_one_of(word, length, "capability") ||
		    is_one_of(word, length, "bpf"))
			continue;
		if (used + length + sizeof(",bpf") > sizeof(list))
			return -E2BIG;
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%.*s,", (int)length,
					 word);
	}
	if (used + sizeof("bpf") > size)
		return -E2BIG;
	snprintf(ret, size, "%sbpf", list);
	return 0;
}

int aw_boot_command_line(const char *line, const char *list, char *ret, size_t size)
{
	char text[AW_BOOT_LINE_MAX];
	size_t used = 0, length;
	int n;

	for (const char *word = line + strspn(line, " \t\n"); *word;
	     word += strspn(word, " \t\n")) {
		length = strcspn(word, " \t\n");
		if (strncmp(word, LSM_PARAMETER, strlen(LSM_PARAMETER))) {
			n = snprintf(text + used, sizeof(text) - used, "%.*s ", (int)length, word);
			if (n < 0 || (size_t)n >= sizeof(text) - used)
				return -E2BIG;
			used += (size_t)n;
		}
		word += length;
	}
	n = snprintf(text + used, sizeof(text) - used, LSM_PARAMETER "%s", list);
	if (n < 0 || (size_t)n >= sizeof(text) - used || used + (size_t)n >= size)
		return -E2BIG;
	memcpy(ret, text, used + (size_t)n + 1);
	return 0;
}

/* All of a small file; "" where there is none. −E2BIG, or −errno. */
static int read_file(const char *path, char *ret, size_t size)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	size_t n;

	ret[0] = '\0';
	if (!file)
		return errno == ENOENT ? 0 : -errno;
	n = fread(ret, 1, size, file);
	if (ferror(file))
		return -EIO;
	if (n == size)
		return -E2BIG;
	ret[n] = '\0';
	return 0;
}

/* Writes `text` unless it is there already. */
static int write_change(struct aw_boot_change *change, const char *text, struct aw_diag *reterr)
{
	char old[2 * AW_BOOT_LINE_MAX];
	int err = read_file(change->path, old, sizeof(old));

	change->was_there = !err && !strcmp(old, text);
	if (change->was_there)
		return 0;
	err = aw_atomic_file_write(change->path, text, strlen(text), 0644);
	if (err < 0)
		return aw_diag_set(reterr, err, change->path, 0, 0,
				   err == -EACCES || err == -EPERM ? "run it as root" : NULL,
				   "cannot be written: %s", strerror(-err));
	return 0;
}

/* Normal boots alone: GRUB's recovery entries stay as they are. */
static int change_grub(const char *root, const char *list, struct aw_boot_change *change,
		       struct aw_diag *reterr)
{
	char text[2 * AW_BOOT_LINE_MAX];

	snprintf(change->path, sizeof(change->path), "%s" GRUB_FILE, root);
	snprintf(change->line, sizeof(change->line),
		 "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT lsm=%s\"", list);
	change->next = "update-grub";
	snprintf(text, sizeof(text), "%s%s\n", grub_comment, change->line);
	return write_change(change, text, reterr);
}

static int change_command_line(const char *root, const char *list, struct aw_boot_change *change,
			       struct aw_diag *reterr)
{
	char old[AW_BOOT_LINE_MAX], text[AW_BOOT_LINE_MAX + 1];
	int err;

	snprintf(change->path, sizeof(change->path), "%s" KERNEL_FILE, root);
	change->next = "kernel-install add \"$(uname -r)\" \"/boot/vmlinuz-$(uname -r)\"";
	err = read_file(change->path, old, sizeof(old));
	if (!err)
		err = aw_boot_command_line(old, list, change->line, sizeof(change->line));
	if (err < 0)
		return aw_diag_set(reterr, err, change->path, 0, 0, NULL, "cannot be changed: %s",
				   strerror(-err));
	snprintf(text, sizeof(text), "%s\n", change->line);
	return write_change(change, text, reterr);
}

static bool exists(const char *root, const char *path)
{
	char whole[PATH_MAX];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	return !access(whole, F_OK);
}

int aw_boot_enable_bpf(const char *root, const char *current,
		       struct aw_boot_change ret[AW_BOOT_CHANGES_MAX], size_t *retn,
		       struct aw_diag *reterr)
{
	char list[1024];
	size_t n = 0;
	int err = aw_boot_lsm_list(current, list, sizeof(list));

	if (err < 0)
		return aw_diag_set(reterr, err, NULL, 0, 0,
				   "mount -t securityfs securityfs /sys/kernel/security",
				   "the kernel's list of LSMs is unknown, so bpf cannot be added");
	if (exists(root, GRUB_FOLDER)) {
		err = change_grub(root, list, &ret[n++], reterr);
		if (err < 0)
			return err;
	}
	if (exists(root, KERNEL_FILE)) {
		err = change_command_line(root, list, &ret[n++], reterr);
		if (err < 0)
			return err;
	}
	if (!n) {
		char hint[sizeof(list) + 64];

		snprintf(hint, sizeof(hint), "boot the kernel with lsm=%.300s", list);
		return aw_diag_set(reterr, -EOPNOTSUPP, NULL, 0, 0, hint,
				   "neither %s nor %s is here", GRUB_FOLDER, KERNEL_FILE);
	}
	*retn = n;
	return 0;
}
