/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings before something dangerous is allowed by hand. */
#include "event_fixture.h"

#include "event/why_sensitive.h"

static const char *ask(enum aw_op op, const char *anchor, const char *name)
{
	static const uint8_t none[16];
	struct aw_bytes bytes = {name, strlen(name)};

	return aw_why_sensitive(NULL, op, anchor, bytes, none);
}

static void credentials_and_startup_files_are_warned_of(void **state)
{
	assert_non_null(ask(AW_OP_READ, "HOME", "/.ssh/id_ed25519"));
	assert_non_null(ask(AW_OP_READ, "HOME", "/.aws/credentials"));
	assert_non_null(ask(AW_OP_WRITE, "HOME", "/.bashrc"));
	assert_non_null(ask(AW_OP_READ, "WORKSPACE", "/app/.env"));
	assert_non_null(ask(AW_OP_WRITE, "WORKSPACE", "/.git/hooks/pre-commit"));
	assert_non_null(ask(AW_OP_READ, NULL, "/etc/shadow"));
	assert_non_null(ask(AW_OP_UNIX, NULL, "/run/docker.sock"));
	assert_non_null(ask(AW_OP_READ, NULL, "/home/other/.ssh/id_rsa"));
}

static void ordinary_files_are_not(void **state)
{
	assert_null(ask(AW_OP_READ, "HOME", "/notes.txt"));
	assert_null(ask(AW_OP_WRITE, "WORKSPACE", "/src/main.c"));
	assert_null(ask(AW_OP_READ, NULL, "/usr/lib/x.so"));
	assert_null(ask(AW_OP_READ, "WORKSPACE", ""));
	assert_null(ask(AW_OP_EXEC, NULL, "memfd:x"));
}

static void addresses_of_cloud_metadata_are_warned_of(void **state)
{
	static const uint8_t metadata[16] = {[10] = 0xff, 0xff, 169, 254, 169, 254};
	static const uint8_t other[16] = {[10] = 0xff, 0xff, 93, 184, 216, 34};
	struct aw_bytes none = {};

	assert_non_null(aw_why_sensitive(NULL, AW_OP_TCP, NULL, none, metadata));
	assert_null(aw_why_sensitive(NULL, AW_OP_TCP, NULL, none, other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(credentials_and_startup_files_are_warned_of),
		cmocka_unit_test(ordinary_files_are_not),
		cmocka_unit_test(addresses_of_cloud_metadata_are_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
