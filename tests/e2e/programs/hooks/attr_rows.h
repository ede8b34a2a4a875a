/* SPDX-License-Identifier: Apache-2.0 */
/* Acts on attributes: mode, owner, times, extended attributes, access lists. */
#pragma once

#include <stdint.h>
#include <sys/xattr.h>

#include "row.h"

static int act_chmod(const struct scene *scene, const char *object)
{
	return done(chmod(object, 0700));
}

static int act_fchmod(const struct scene *scene, const char *object)
{
	int fd = open(object, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = done(fchmod(fd, 0700));
	close(fd);
	return err;
}

static int act_chown(const struct scene *scene, const char *object)
{
	return done(chown(object, (uid_t)-1, getegid()));
}

static int act_utime(const struct scene *scene, const char *object)
{
	struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

	return done(utimensat(AT_FDCWD, object, times, 0));
}

/* tmpfs has user attributes since 6.6 only: where it does not, the act fails after the hook. */
static int act_setxattr(const struct scene *scene, const char *object)
{
	return done(setxattr(object, "user.e2e", "x", 1, 0));
}

static int act_removexattr(const struct scene *scene, const char *object)
{
	return done(removexattr(object, "user.none"));
}

#define ACL_VERSION   2
#define ACL_ENTRIES   3
#define ACL_UNDEFINED 0xffffffffu

struct acl {
	uint32_t version;
	struct {
		uint16_t tag;
		uint16_t permissions;
		uint32_t id;
	} entries[ACL_ENTRIES];
};

/* The access list that says what the mode 0640 does. */
static int act_setacl(const struct scene *scene, const char *object)
{
	static const struct acl acl = {
		.version = ACL_VERSION,
		.entries = {{0x01, 6, ACL_UNDEFINED},
			    {0x04, 4, ACL_UNDEFINED},
			    {0x20, 0, ACL_UNDEFINED}},
	};

	return done(setxattr(object, "system.posix_acl_access", &acl, sizeof(acl), 0));
}

static int act_removeacl(const struct scene *scene, const char *object)
{
	return done(removexattr(object, "system.posix_acl_access"));
}

#define ATTR "attr", "only"

/* Where two names stand, access lists are a hook of their own since 6.2. */
static const struct row attr_rows[] = {
	{"changing a mode", "aw_path_chmod", "path_chmod", ATTR, "mode", NEEDS_FILE, act_chmod},
	{"changing an open file's mode", "aw_path_chmod", "path_chmod", ATTR, "open-mode",
	 NEEDS_FILE, act_fchmod},
	{"changing a group", "aw_path_chown", "path_chown", ATTR, "owner", NEEDS_FILE, act_chown},
	{"setting times", "aw_inode_setattr/aw_inode_setattr_2", "inode_setattr", ATTR, "times",
	 NEEDS_FILE, act_utime},
	{"setting an extended attribute", "aw_inode_setxattr", "inode_setxattr", ATTR, "xattr",
	 NEEDS_FILE, act_setxattr},
	{"removing an extended attribute", "aw_inode_removexattr", "inode_removexattr", ATTR,
	 "no-xattr", NEEDS_FILE, act_removexattr},
	{"setting an access list", "aw_inode_set_acl/aw_inode_setxattr",
	 "inode_set_acl/inode_setxattr", ATTR, "acl", NEEDS_FILE, act_setacl},
	{"removing an access list", "aw_inode_remove_acl/aw_inode_removexattr",
	 "inode_set_acl/inode_removexattr", ATTR, "no-acl", NEEDS_FILE, act_removeacl},
};
