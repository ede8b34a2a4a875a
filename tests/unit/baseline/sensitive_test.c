/* SPDX-License-Identifier: Apache-2.0 */
/* The list of what no generalised rule may cover: what meets it, literally and through a glob. */
#include "baseline/baseline_fixture.h"

#include <arpa/inet.h>

#include "baseline/sensitive.h"

static struct aw_sensitive_state walk(const struct aw_sensitive_set *set, enum aw_path_root root,
				      const char *path)
{
	struct aw_sensitive_state state = aw_sensitive_start(set, root);

	while (*path == '/') {
		const size_t length = strcspn(++path, "/");

		state = aw_sensitive_step(
			set, &state,
			(struct aw_segment){path, length, strcspn(path, "*?[") < length});
		path += length;
	}
	return state;
}

static const char *hit(enum aw_path_root root, const char *path, enum aw_op op, bool has_home)
{
	struct aw_sensitive_set *set = NULL;
	const struct aw_sensitive *row;
	struct aw_sensitive_state state;

	assert_int_equal(aw_sensitive_new(&set, has_home), 0);
	state = walk(set, root, path);
	row = aw_sensitive_hit(set, &state, 1u << op, !strpbrk(path, "*?["));
	aw_sensitive_free(set);
	return row ? row->id : NULL;
}

static const struct {
	enum aw_path_root root;
	const char *path;
	enum aw_op op;
	const char *id; /* NULL: not sensitive */
} rows[] = {
	{AW_PATH_HOME, "/.ssh/id_ed25519", AW_OP_READ, "secrets.home"},
	{AW_PATH_HOME, "/.ssh", AW_OP_READ, "secrets.home"},
	{AW_PATH_HOME, "/.sshrc", AW_OP_READ, NULL},
	{AW_PATH_HOME, "/.s*/config", AW_OP_READ, "secrets.home"},
	{AW_PATH_HOME, "/*", AW_OP_READ, "secrets.env"},
	{AW_PATH_HOME, "/.bash_history", AW_OP_READ, "secrets.home"},
	{AW_PATH_HOME, "/.bashrc", AW_OP_READ, NULL},
	{AW_PATH_HOME, "/.bashrc", AW_OP_CREATE, "persistence.home"},
	{AW_PATH_HOME, "/.cache/pip/x", AW_OP_WRITE, NULL},
	{AW_PATH_ABSOLUTE, "/root/.ssh/id_rsa", AW_OP_READ, "secrets.home"},
	{AW_PATH_ABSOLUTE, "/home/alice/.aws/credentials", AW_OP_READ, "secrets.home"},
	{AW_PATH_ABSOLUTE, "/home/alice/notes", AW_OP_READ, NULL},
	{AW_PATH_ABSOLUTE, "/home/*/.aws/credentials", AW_OP_READ, "secrets.home"},
	{AW_PATH_ABSOLUTE, "/etc/shadow", AW_OP_READ, "system"},
	{AW_PATH_ABSOLUTE, "/etc/s*", AW_OP_READ, "system"},
	{AW_PATH_ABSOLUTE, "/etc/passwd", AW_OP_READ, NULL},
	{AW_PATH_ABSOLUTE, "/etc/passwd", AW_OP_WRITE, "system"},
	{AW_PATH_ABSOLUTE, "/usr/bin/ssh", AW_OP_EXEC, NULL},
	{AW_PATH_ABSOLUTE, "/run/docker.sock", AW_OP_UNIX, "sockets"},
	{AW_PATH_ABSOLUTE, "/run/user/1000/bus", AW_OP_UNIX, "sockets"},
	{AW_PATH_ABSOLUTE, "/proc/17/environ", AW_OP_READ, "system"},
	{AW_PATH_ABSOLUTE, "/proc/[0-9]*/environ", AW_OP_READ, "system"},
	{AW_PATH_ABSOLUTE, "/proc/[0-9]*/stat", AW_OP_READ, NULL},
	{AW_PATH_ABSOLUTE, "/proc/self/environ", AW_OP_READ, NULL},
	{AW_PATH_ANCHOR, "/deep/down/.env", AW_OP_READ, "secrets.env"},
	{AW_PATH_ANCHOR, "/.env.production", AW_OP_READ, "secrets.env"},
	{AW_PATH_ANCHOR, "/.env.example", AW_OP_READ, NULL},
	{AW_PATH_ANCHOR, "/.env.*", AW_OP_READ, "secrets.env"},
	{AW_PATH_ANCHOR, "/.env", AW_OP_WRITE, NULL},
	{AW_PATH_ANCHOR, "/.env", AW_OP_RENAME, "secrets.env"},
	{AW_PATH_ANCHOR, "/r/.git/hooks/pre-commit", AW_OP_CREATE, "persistence.git"},
	{AW_PATH_ANCHOR, "/r/.git/hooks/pre-commit", AW_OP_DELETE, NULL},
	{AW_PATH_ANCHOR, "/r/.git/hooks/pre-commit.sample", AW_OP_CREATE, NULL},
	{AW_PATH_ANCHOR, "/r/.git/hooks", AW_OP_CREATE, NULL},
	{AW_PATH_ANCHOR, "/r/.git/hooks", AW_OP_RENAME, "persistence.git"},
	{AW_PATH_ANCHOR, "/r/.git", AW_OP_RENAME, "persistence.git-folder"},
	{AW_PATH_ANCHOR, "/r/.git/objects/ab/cd", AW_OP_CREATE, NULL},
	{AW_PATH_ANCHOR, "/.ssh/id_rsa", AW_OP_READ, NULL}, /* the agent's own, in its workspace */
	{AW_PATH_HOME, "/r/.git/config", AW_OP_WRITE, "persistence.git"},
};

static void each_path_meets_the_list_as_it_should(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *id = hit(rows[i].root, rows[i].path, rows[i].op, false);

		if (!id != !rows[i].id || (id && strcmp(id, rows[i].id) != 0))
			fail_msg("%s: %s, not %s", rows[i].path, id ? id : "nothing",
				 rows[i].id ? rows[i].id : "nothing");
	}
}

static void with_a_home_of_its_own_other_homes_are_strangers(void **state)
{
	assert_null(hit(AW_PATH_ABSOLUTE, "/home/bob/notes", AW_OP_READ, false));
	assert_string_equal(hit(AW_PATH_ABSOLUTE, "/home/bob/notes", AW_OP_READ, true),
			    "strangers");
}

static void what_lies_below_a_folder_is_known_from_the_folder(void **unused)
{
	struct aw_sensitive_set *set = NULL;
	struct aw_sensitive_state state;

	assert_int_equal(aw_sensitive_new(&set, false), 0);
	state = walk(set, AW_PATH_HOME, "/.config");
	assert_true(aw_sensitive_lies_below(set, &state));
	state = walk(set, AW_PATH_ABSOLUTE, "/home");
	assert_true(aw_sensitive_lies_below(set, &state));
	state = walk(set, AW_PATH_HOME, "/.cache");
	assert_false(aw_sensitive_lies_below(set, &state));
	state = walk(set, AW_PATH_ANCHOR, "/r");
	assert_false(aw_sensitive_lies_below(set, &state));
	aw_sensitive_free(set);
}

static void a_glob_is_wider_than_its_names_only_where_something_enforced_is_met(void **unused)
{
	struct aw_sensitive_set *set = NULL;
	struct aw_sensitive_state wide, narrow;

	assert_int_equal(aw_sensitive_new(&set, false), 0);
	wide = walk(set, AW_PATH_ABSOLUTE, "/tmp/ss*");
	narrow = walk(set, AW_PATH_ABSOLUTE, "/tmp/ssx");
	assert_true(aw_sensitive_is_wider(set, &wide, &narrow, false)); /* /tmp/ssh-…/agent.1 */
	assert_false(aw_sensitive_is_wider(set, &wide, &narrow, true)); /* not a name in /tmp */
	wide = walk(set, AW_PATH_ABSOLUTE, "/tmp/cc*");
	narrow = walk(set, AW_PATH_ABSOLUTE, "/tmp/cc1");
	assert_false(aw_sensitive_is_wider(set, &wide, &narrow, false));
	aw_sensitive_free(set);
}

static bool is_sensitive_address(const char *text)
{
	uint8_t address[16] = {[10] = 0xff, [11] = 0xff};

	if (inet_pton(AF_INET, text, address + 12) != 1)
		assert_int_equal(inet_pton(AF_INET6, text, address), 1);
	return aw_sensitive_address(address);
}

static void metadata_addresses_are_known_in_every_form(void **state)
{
	static const char *const sensitive[] = {
		"169.254.169.254", "169.254.1.1",  "100.100.100.200",	 "168.63.129.16",
		"192.0.0.192",	   "0.0.0.0",	   "224.0.0.1",		 "fe80::1",
		"fd00:ec2::254",   "fd20:ce::254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::",
		"ff02::1",
	};
	static const char *const others[] = {"10.0.0.1",  "192.0.2.1",	     "2001:db8::1",
					     "127.0.0.1", "100.100.100.201", "::1"};

	for (size_t i = 0; i < sizeof(sensitive) / sizeof(sensitive[0]); i++)
		if (!is_sensitive_address(sensitive[i]))
			fail_msg("%s", sensitive[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (is_sensitive_address(others[i]))
			fail_msg("%s", others[i]);
}

static void rows_of_one_id_stand_together_and_agree(void **state)
{
	for (size_t i = 0; i < aw_sensitive_n_rows; i++)
		for (size_t k = i + 1; k < aw_sensitive_n_rows; k++) {
			const struct aw_sensitive *a = &aw_sensitive_rows[i];
			const struct aw_sensitive *b = &aw_sensitive_rows[k];

			if (a->place != AW_PLACE_ANYWHERE || a->is_exception ||
			    strcmp(a->id, b->id) != 0)
				continue;
			assert_string_equal(aw_sensitive_rows[k - 1].id, a->id);
			assert_int_equal(b->place, a->place);
			/* One denial for all: it has the operations of the first. */
			assert_int_equal(b->is_exception ? b->ops & ~a->ops : b->ops ^ a->ops, 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_path_meets_the_list_as_it_should),
		cmocka_unit_test(with_a_home_of_its_own_other_homes_are_strangers),
		cmocka_unit_test(what_lies_below_a_folder_is_known_from_the_folder),
		cmocka_unit_test(
			a_glob_is_wider_than_its_names_only_where_something_enforced_is_met),
		cmocka_unit_test(metadata_addresses_are_known_in_every_form),
		cmocka_unit_test(rows_of_one_id_stand_together_and_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
