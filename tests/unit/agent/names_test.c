/* SPDX-License-Identifier: Apache-2.0 */
/* What a host says of names: resolv.conf(5) and hosts(5). */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/hosts_file.h"
#include "agent/resolvers.h"

static char path[] = "/tmp/agentwatch-names-XXXXXX";

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void assert_address(const uint8_t address[16], const char *expected)
{
	uint8_t bytes[16];

	assert_int_equal(inet_pton(AF_INET6, expected, bytes), 1);
	assert_memory_equal(address, bytes, sizeof(bytes));
}

static void test_resolvers(void **state)
{
	struct aw_resolver found[AW_RESOLVERS_MAX];

	write_file("# nameserver 1.1.1.1\nsearch example.org\nnameserver 10.0.0.2 # main\n"
		   "nameserver\tfd00::53\nnameserver fe80::1%eth0\nnameserver nonsense\n"
		   "  nameserver 10.0.0.3\n");
	assert_int_equal(aw_resolvers_read(path, found), 3);
	assert_address(found[0].address, "::ffff:10.0.0.2");
	assert_address(found[1].address, "fd00::53");
	assert_address(found[2].address, "fe80::1");
	assert_int_equal(found[2].port, 53);
}

/* As the C library does it: this host itself. */
static void test_no_resolvers(void **state)
{
	struct aw_resolver found[AW_RESOLVERS_MAX];

	write_file("options edns0\n");
	assert_int_equal(aw_resolvers_read(path, found), 1);
	assert_address(found[0].address, "::ffff:127.0.0.1");
	assert_int_equal(aw_resolvers_read("/nonexistent/resolv.conf", found), 1);
	assert_address(found[0].address, "::ffff:127.0.0.1");
}

static void test_too_many_resolvers(void **state)
{
	struct aw_resolver found[AW_RESOLVERS_MAX];
	char text[1024] = "";

	for (int i = 0; i < AW_RESOLVERS_MAX + 3; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "nameserver 10.0.0.%d\n",
			 i);
	write_file(text);
	assert_int_equal(aw_resolvers_read(path, found), AW_RESOLVERS_MAX);
}

static void test_hosts(void **state)
{
	struct aw_hosts hosts;

	write_file("127.0.0.1\tlocalhost\n# 10.0.0.1 comment\n10.0.0.9  Build.Example.org. build # "
		   "x y\n"
		   "fd00::7 six\n0.0.0.0 blocked.example\n:: blocked6.example\nnonsense name\n"
		   "10.0.0.10 bad/name good\n10.0.0.11\n");
	assert_int_equal(aw_hosts_read(path, &hosts), 0);
	assert_int_equal(hosts.n, 5);
	assert_string_equal(hosts.lines[0].name, "localhost");
	assert_string_equal(hosts.lines[1].name, "build.example.org");
	assert_address(hosts.lines[1].address, "::ffff:10.0.0.9");
	assert_string_equal(hosts.lines[2].name, "build");
	assert_string_equal(hosts.lines[3].name, "six");
	assert_address(hosts.lines[3].address, "fd00::7");
	assert_string_equal(hosts.lines[4].name, "good");
	aw_hosts_clear(&hosts);
	assert_int_equal(aw_hosts_read("/nonexistent/hosts", &hosts), 0);
	assert_int_equal(hosts.n, 0);
	aw_hosts_clear(&hosts);
}

static void test_many_hosts(void **state)
{
	FILE *file = fopen(path, "w");
	struct aw_hosts hosts;

	assert_non_null(file);
	for (int i = 0; i < AW_HOSTS_FILE_MAX; i++)
		fprintf(file, "10.0.0.1 a%d b%d\n", i, i);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(aw_hosts_read(path, &hosts), 0);
	assert_int_equal(hosts.n, AW_HOSTS_FILE_MAX);
	assert_string_equal(hosts.lines[AW_HOSTS_FILE_MAX - 1].name, "b511");
	aw_hosts_clear(&hosts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolvers),	   cmocka_unit_test(test_no_resolvers),
		cmocka_unit_test(test_too_many_resolvers), cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_many_hosts),
	};
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
