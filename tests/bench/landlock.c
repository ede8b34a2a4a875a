/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command under a Landlock ruleset that says what the policy of tests/bench/run says, as a
 * yardstick:
 *
 *   landlock PORT ACCESS=FOLDER… -- COMMAND [ARGUMENT…]
 *
 * ACCESS is `all` or `use` (read and execute). TCP may connect to PORT alone, where the kernel's
 * Landlock knows of ports (6.7 and later).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define USE \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ALL ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define FILE_ACCESS \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)

/* Newer than Debian 12's headers. */
#define ACCESS_NET_CONNECT_TCP (1ull << 1)
#define RULE_NET_PORT	       2
#define ABI_WITH_PORTS	       4

struct ruleset {
	uint64_t files;
	uint64_t ports;
};

struct port_rule {
	uint64_t access;
	uint64_t port;
};

static void die(const char *what)
{
	fprintf(stderr, "landlock: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void add_folder(int ruleset, const char *text)
{
	struct landlock_path_beneath_attr rule = {};
	const char *folder = strchr(text, '=');
	struct stat st;

	if (!folder || (strncmp(text, "all=", 4) && strncmp(text, "use=", 4))) {
		errno = EINVAL;
		die(text);
	}
	rule.allowed_access = *text == 'a' ? ALL : USE;
	rule.parent_fd = open(folder + 1, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0 || fstat(rule.parent_fd, &st))
		die(folder + 1);
	/* To a file, only what can be done to files is a rule. */
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= FILE_ACCESS;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		die(folder + 1);
	close(rule.parent_fd);
}

int main(int argc, char **argv)
{
	struct ruleset attributes = {.files = ALL};
	struct port_rule port = {.access = ACCESS_NET_CONNECT_TCP};
	int abi =
		(int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	size_t size = sizeof(attributes);
	int ruleset, i;

	if (abi < ABI_WITH_PORTS)
		size = sizeof(attributes.files);
	else
		attributes.ports = ACCESS_NET_CONNECT_TCP;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
	if (ruleset < 0)
		die("no ruleset");
	port.port = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	if (abi >= ABI_WITH_PORTS &&
	    syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &port, 0))
		die("port");
	for (i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
		add_folder(ruleset, argv[i]);
	if (i + 1 >= argc) {
		fprintf(stderr, "Usage: landlock PORT ACCESS=FOLDER... -- COMMAND [ARGUMENT...]\n");
		return 2;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0))
		die("restrict");
	execv(argv[i + 1], argv + i + 1);
	die(argv[i + 1]);
}
