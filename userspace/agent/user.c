/* SPDX-License-Identifier: Apache-2.0 */
/* Users by name, by number and by what sudo left in the environment. */
#include "agent/user.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NO_ID ((uid_t)-1)

struct aw_user *aw_user_free(struct aw_user *user)
{
	if (!user)
		return NULL;
	free(user->groups);
	free(user->name);
	free(user->home);
	free(user->shell);
	free(user);
	return NULL;
}

/* A whole decimal number that is an id. */
static bool parse_id(const char *text, uid_t *ret)
{
	unsigned long long number;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno != 0 || *end || number >= NO_ID)
		return false;
	*ret = (uid_t)number;
	return true;
}

static int fill_groups(struct aw_user *user, bool is_named)
{
	int n = 64;

	if (!is_named) {
		user->groups = malloc(sizeof(gid_t));
		if (!user->groups)
			return -ENOMEM;
		user->groups[0] = user->gid;
		user->n_groups = 1;
		return 0;
	}
	for (;;) {
		gid_t *groups = reallocarray(user->groups, (size_t)n, sizeof(gid_t));
		int had = n;

		if (!groups)
			return -ENOMEM;
		user->groups = groups;
		if (getgrouplist(user->name, user->gid, groups, &n) >= 0)
			break;
		if (n <= had || n > AW_USER_GROUPS_MAX)
			return -E2BIG;
	}
	user->n_groups = (size_t)n;
	return 0;
}

/* entry NULL: a number that no user has. */
static int make_user(struct aw_user **ret, uid_t uid, gid_t gid, const struct passwd *entry)
{
	_cleanup_(aw_user_freep) struct aw_user *user = calloc(1, sizeof(*user));
	char number[16];
	int r;

	if (!user)
		return -ENOMEM;
	snprintf(number, sizeof(number), "%u", uid);
	user->uid = uid;
	user->gid = gid;
	user->name = strdup(entry ? entry->pw_name : number);
	user->home = strdup(entry && entry->pw_dir[0] == '/' ? entry->pw_dir : "/");
	user->shell = strdup(entry && *entry->pw_shell ? entry->pw_shell : "/bin/sh");
	if (!user->name || !user->home || !user->shell)
		return -ENOMEM;
	r = fill_groups(user, entry != NULL);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(user);
	return 0;
}

static int by_id(struct aw_user **ret, uid_t uid, const gid_t *gid)
{
	const struct passwd *entry = getpwuid(uid);
	gid_t primary = gid ? *gid : entry ? entry->pw_gid : (gid_t)uid;

	return make_user(ret, uid, primary, entry);
}

static int refuse_root(struct aw_diag *reterr, const char *what)
{
	return aw_diag_set(reterr, -EINVAL, NULL, 0, 0,
			   "--user NAME runs it as an ordinary user; --as-root if it must be root",
			   "%s", what);
}

static int by_name(struct aw_user **ret, const char *name, struct aw_diag *reterr)
{
	const struct passwd *entry = getpwnam(name);
	uid_t uid;

	if (!entry && parse_id(name, &uid))
		entry = getpwuid(uid);
	if (!entry)
		return aw_diag_set(reterr, -ENOENT, NULL, 0, 0, NULL, "there is no user \"%s\"",
				   name);
	if (entry->pw_uid == 0)
		return refuse_root(reterr, "--user does not take root");
	return make_user(ret, entry->pw_uid, entry->pw_gid, entry);
}

int aw_user_resolve(struct aw_user **ret, const struct aw_user_request *request,
		    struct aw_diag *reterr)
{
	uid_t uid;
	gid_t gid;

	if (request->name && request->as_root)
		return aw_diag_set(reterr, -EINVAL, NULL, 0, 0, NULL,
				   "--user and --as-root contradict one another");
	if (request->as_root)
		return by_id(ret, 0, NULL);
	if (request->name)
		return by_name(ret, request->name, reterr);
	if (request->real_uid != 0)
		return by_id(ret, request->real_uid, NULL);
	if (!parse_id(request->sudo_uid, &uid) || uid == 0)
		return refuse_root(reterr, "the command would run as root");
	return by_id(ret, uid, parse_id(request->sudo_gid, &gid) ? &gid : NULL);
}

int aw_user_become(const struct aw_user *user)
{
	uid_t real, effective, saved;

	if (geteuid() == user->uid && getuid() == user->uid && user->uid != 0)
		return 0;
	if (setgroups(user->n_groups, user->groups) < 0)
		return -errno;
	if (setresgid(user->gid, user->gid, user->gid) < 0)
		return -errno;
	if (setresuid(user->uid, user->uid, user->uid) < 0)
		return -errno;
	if (getresuid(&real, &effective, &saved) < 0)
		return -errno;
	if (real != user->uid || effective != user->uid || saved != user->uid)
		return -EPERM;
	return 0;
}

int aw_user_set_environment(const struct aw_user *user)
{
	if (setenv("HOME", user->home, 1) < 0 || setenv("USER", user->name, 1) < 0 ||
	    setenv("LOGNAME", user->name, 1) < 0 || setenv("SHELL", user->shell, 1) < 0)
		return -errno;
	return 0;
}
