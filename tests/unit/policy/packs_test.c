/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies that are shipped: every one of them parses, and for each pack what it is there for
 * is allowed or denied. Run from the top of the source tree.
 */
#include <fnmatch.h>

#include "policy/explain.h"
#include "policy/parse_helper.h"

enum { HOME, WORKSPACE, NO_ANCHOR = -1 };

static const char *const pack_variables[] = {"RESOLVER=10.0.0.2/32", "NPM_MIRROR=10.0.0.10/32",
					     NULL};

static struct aw_policy *load(const char *path)
{
	static const struct aw_parse_options options = {.pack_dir = "policies",
							.variables = pack_variables};
	struct aw_policy *policy = NULL;
	struct aw_diag d = {0};

	if (aw_policy_parse_file(&policy, path, &options, &d) != 0)
		fail_msg("%s:%d:%d: %s (%s)", d.file, d.line, d.column, d.message, d.hint);
	return policy;
}

static unsigned int n_policies;

static int load_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	if (kind != FTW_F || fnmatch("*.yaml", path, 0) != 0)
		return 0;
	aw_policy_free(load(path));
	n_policies++;
	return 0;
}

static void every_policy_that_is_shipped_parses(void **state)
{
	n_policies = 0;
	assert_int_equal(nftw("policies", load_entry, 8, FTW_PHYS), 0);
	assert_true(n_policies >= 5);
}

struct expectation {
	const char *ops; /* letters of the operations, see op_of */
	int anchor;
	const char *name;
	enum aw_verdict verdict;
};

static enum aw_op op_of(char letter)
{
	static const char letters[] = "rwcdnlaxmu"; /* in the order of enum aw_op */

	return (enum aw_op)(strchr(letters, letter) - letters);
}

static enum aw_verdict verdict_of(const struct aw_policy *policy, enum aw_op op, int anchor,
				  const char *name, uint16_t classes)
{
	struct aw_query query = {.op = op,
				 .name = name,
				 .name_length = strlen(name),
				 .anchor = anchor,
				 .subject_mask = classes};
	struct aw_explanation e;

	aw_policy_explain(policy, &query, &e);
	return e.verdict;
}

static int anchor_index(const struct aw_policy *policy, int anchor)
{
	static const char *const names[] = {[HOME] = "HOME", [WORKSPACE] = "WORKSPACE"};

	for (size_t i = 0; anchor != NO_ANCHOR && i < policy->n_anchors; i++)
		if (strcmp(policy->anchors[i].name, names[anchor]) == 0)
			return (int)i;
	return anchor == NO_ANCHOR ? -1 : AW_ANCHORS_MAX; /* one that no pattern has */
}

static void assert_all(const struct aw_policy *policy, const struct expectation *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (const char *op = rows[i].ops; *op; op++) {
			enum aw_verdict verdict =
				verdict_of(policy, op_of(*op), anchor_index(policy, rows[i].anchor),
					   rows[i].name, 0);

			if (verdict != rows[i].verdict)
				fail_msg("%s %s (anchor %d): %s", aw_op_name(op_of(*op)),
					 rows[i].name, rows[i].anchor, aw_verdict_name(verdict));
		}
	}
}

#define ASSERT_ALL(policy, rows) assert_all(policy, rows, sizeof(rows) / sizeof(*(rows)))

/* What git, make, gcc, python, perl and bash opened on a stock system. */
static void linux_read_lets_ordinary_programs_read_the_system(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = load("policies/base/linux-read.yaml");
	static const struct expectation rows[] = {
		{"rm", NO_ANCHOR, "/usr/lib/x86_64-linux-gnu/libc.so.6", AW_VERDICT_ALLOW},
		{"rm", NO_ANCHOR, "/usr/lib/gcc/x86_64-linux-gnu/12/cc1", AW_VERDICT_ALLOW},
		{"rm", NO_ANCHOR, "/lib64/ld-linux-x86-64.so.2", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/usr/share/zoneinfo/Etc/UTC", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/usr/share/git-core/templates/hooks", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/etc/ld.so.cache", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/etc/passwd", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/etc/nsswitch.conf", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/etc/resolv.conf", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/run/systemd/resolve/stub-resolv.conf", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/etc/gitconfig", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/etc/profile.d/x.sh", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/etc/ssl/openssl.cnf", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/etc/ssl/certs/ca-certificates.crt", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/etc/python3.11/sitecustomize.py", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/proc/self/maps", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/proc/self/fd", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/proc/self/cmdline", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/proc/self/cgroup", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/proc/cpuinfo", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/proc/filesystems", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/sys/fs/cgroup/a/b/memory.max", AW_VERDICT_ALLOW},
		{"r", NO_ANCHOR, "/sys/devices/system/cpu/online", AW_VERDICT_ALLOW},
		{"rw", NO_ANCHOR, "/dev/null", AW_VERDICT_ALLOW},
		{"rw", NO_ANCHOR, "/dev/tty", AW_VERDICT_ALLOW},
		{"rwcdl", NO_ANCHOR, "/dev/shm/sem.xGfJ56", AW_VERDICT_ALLOW},
		{"rw", NO_ANCHOR, "pipe:", AW_VERDICT_ALLOW},
	};

	ASSERT_ALL(policy, rows);
}

static void linux_read_gives_no_more_than_that(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy = load("policies/base/linux-read.yaml");
	static const struct expectation rows[] = {
		{"wcdnlax", NO_ANCHOR, "/usr/lib/x86_64-linux-gnu/libc.so.6", AW_VERDICT_NONE},
		{"x", NO_ANCHOR, "/usr/bin/git", AW_VERDICT_NONE},
		{"r", NO_ANCHOR, "/etc/shadow", AW_VERDICT_NONE},
		{"r", NO_ANCHOR, "/etc/ssl/private/key.pem", AW_VERDICT_NONE},
		{"r", NO_ANCHOR, "/root/.ssh/id_rsa", AW_VERDICT_NONE},
		{"r", NO_ANCHOR, "/home/ci", AW_VERDICT_NONE},
		{"r", NO_ANCHOR, "/proc/self/environ", AW_VERDICT_NONE},
		{"rw", NO_ANCHOR, "/proc/self/mem", AW_VERDICT_NONE},
		{"r", NO_ANCHOR, "/proc/self/task/7/environ", AW_VERDICT_NONE},
		{"r", NO_ANCHOR, "/proc/1/maps", AW_VERDICT_NONE},
		{"rw", NO_ANCHOR, "/dev/pts/0", AW_VERDICT_NONE},
		{"rw", NO_ANCHOR, "/dev/sda", AW_VERDICT_NONE},
		{"w", NO_ANCHOR, "/proc/sys/kernel/hostname", AW_VERDICT_NONE},
		{"xm", NO_ANCHOR, "memfd:x", AW_VERDICT_NONE},
		{"u", NO_ANCHOR, "/run/docker.sock", AW_VERDICT_NONE},
		{"r", HOME, "/x", AW_VERDICT_NONE},
	};

	ASSERT_ALL(policy, rows);
}

static void secrets_are_denied_by_name_and_templates_are_not(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		load("policies/base/deny-secrets.yaml");
	static const struct expectation rows[] = {
		{"rwcdnlaxm", HOME, "/.ssh/id_ed25519", AW_VERDICT_DENY},
		{"n", HOME, "/.ssh", AW_VERDICT_DENY},
		{"r", HOME, "/.gnupg/private-keys-v1.d/k.key", AW_VERDICT_DENY},
		{"r", HOME, "/.aws/credentials", AW_VERDICT_DENY},
		{"r", HOME, "/.config/gcloud/credentials.db", AW_VERDICT_DENY},
		{"r", HOME, "/.kube/config", AW_VERDICT_DENY},
		{"r", HOME, "/.docker/config.json", AW_VERDICT_DENY},
		{"r", HOME, "/.git-credentials", AW_VERDICT_DENY},
		{"r", HOME, "/.netrc", AW_VERDICT_DENY},
		{"r", HOME, "/.npmrc", AW_VERDICT_DENY},
		{"r", HOME, "/.cargo/credentials.toml", AW_VERDICT_DENY},
		{"r", HOME, "/.vault-token", AW_VERDICT_DENY},
		{"r", HOME, "/.password-store/x.gpg", AW_VERDICT_DENY},
		{"r", HOME, "/.mozilla/firefox/p/logins.json", AW_VERDICT_DENY},
		{"r", HOME, "/.config/google-chrome/Default/Cookies", AW_VERDICT_DENY},
		{"r", HOME, "/.bash_history", AW_VERDICT_DENY},
		{"r", HOME, "/.sshrc", AW_VERDICT_NONE},
		{"r", WORKSPACE, "/.ssh/config", AW_VERDICT_NONE},
		{"rl", WORKSPACE, "/.env", AW_VERDICT_DENY},
		{"r", WORKSPACE, "/a/b/.env.production", AW_VERDICT_DENY},
		{"r", NO_ANCHOR, "/srv/app/.env", AW_VERDICT_DENY},
		{"r", WORKSPACE, "/.env.example", AW_VERDICT_ALLOW},
		{"r", WORKSPACE, "/a/.env.sample", AW_VERDICT_ALLOW},
		{"r", WORKSPACE, "/.env.examples", AW_VERDICT_DENY},
		{"r", WORKSPACE, "/gha-creds-1a.json", AW_VERDICT_DENY},
		{"r", NO_ANCHOR, "/etc/shadow", AW_VERDICT_DENY},
		{"r", NO_ANCHOR, "/etc/gshadow-", AW_VERDICT_DENY},
		{"r", NO_ANCHOR, "/etc/sudoers", AW_VERDICT_DENY},
		{"r", NO_ANCHOR, "/etc/sudoers.d/ci", AW_VERDICT_DENY},
		{"r", NO_ANCHOR, "/etc/ssl/private/a/key.pem", AW_VERDICT_DENY},
		{"r", NO_ANCHOR, "/etc/ssl/certs/a.pem", AW_VERDICT_NONE},
	};

	ASSERT_ALL(policy, rows);
}

static void sockets_of_helpers_are_denied(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		load("policies/base/deny-sockets.yaml");
	static const struct expectation rows[] = {
		{"u", NO_ANCHOR, "/run/docker.sock", AW_VERDICT_DENY},
		{"u", HOME, "/.docker/run/docker.sock", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "/run/user/1000/podman/podman.sock", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "/run/containerd/containerd.sock", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "/run/crio/crio.sock", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "/run/buildkit/buildkitd.sock", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "/run/dbus/system_bus_socket", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "/run/user/1000/bus", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "/run/systemd/private", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "/run/systemd/notify", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "/run/snapd.socket", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "/run/user/1000/gnupg/S.gpg-agent", AW_VERDICT_DENY},
		{"u", HOME, "/.gnupg/S.gpg-agent.ssh", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "/tmp/ssh-abc/agent.12", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "/tmp/.X11-unix/X0", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "@/tmp/.X11-unix/X0", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "/run/user/1000/wayland-0", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "/run/agentwatch/control.sock", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "@anything/at all", AW_VERDICT_DENY},
		{"u", NO_ANCHOR, "/run/postgresql/.s.PGSQL.5432", AW_VERDICT_NONE},
		{"u", WORKSPACE, "/server.sock", AW_VERDICT_NONE},
		{"rw", NO_ANCHOR, "/run/docker.sock", AW_VERDICT_NONE},
	};

	ASSERT_ALL(policy, rows);
}

static void the_c_build_agent_builds_and_no_more(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		load("policies/examples/c-build.yaml");
	static const struct expectation rows[] = {
		{"rwcdnlaxm", WORKSPACE, "/src/main.c", AW_VERDICT_ALLOW},
		{"x", NO_ANCHOR, "/usr/bin/make", AW_VERDICT_ALLOW},
		{"x", NO_ANCHOR, "/usr/lib/gcc/x86_64-linux-gnu/12/cc1", AW_VERDICT_ALLOW},
		{"x", NO_ANCHOR, "/usr/lib/git-core/git-remote-https", AW_VERDICT_ALLOW},
		{"x", NO_ANCHOR, "/usr/bin/sudo", AW_VERDICT_DENY},
		{"rwcd", NO_ANCHOR, "/tmp/ccFeSzBY.cdtor.o", AW_VERDICT_ALLOW},
		{"rx", NO_ANCHOR, "/tmp/evil", AW_VERDICT_NONE},
		{"w", WORKSPACE, "/.git/hooks/pre-commit", AW_VERDICT_FLAG},
		{"r", WORKSPACE, "/.env", AW_VERDICT_DENY},
		{"r", HOME, "/.ssh/id_rsa", AW_VERDICT_DENY},
		{"r", HOME, "/.gitconfig", AW_VERDICT_ALLOW},
		{"w", HOME, "/.bashrc", AW_VERDICT_NONE},
		{"u", NO_ANCHOR, "/run/docker.sock", AW_VERDICT_DENY},
	};

	ASSERT_ALL(policy, rows);
}

static void the_node_agent_keeps_install_scripts_off_the_network(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		load("policies/examples/node-agent.yaml");
	struct aw_query query = {.op = AW_OP_TCP, .anchor = -1, .port = 443};
	static const uint8_t mirror[16] = {[10] = 0xff, [11] = 0xff, 10, 0, 0, 10};
	struct aw_explanation e;
	int parent = -1;

	memcpy(query.address, mirror, sizeof(mirror));
	aw_policy_explain(policy, &query, &e);
	assert_int_equal(e.verdict, AW_VERDICT_ALLOW);
	for (size_t i = 0; i < policy->n_subjects; i++)
		if (strcmp(policy->subjects[i].name, "npm-scripts") == 0) {
			query.subject_mask = (uint16_t)(1u << i);
			parent = policy->subjects[i].parent;
		}
	assert_string_equal(policy->subjects[parent].name, "npm");
	aw_policy_explain(policy, &query, &e);
	assert_int_equal(e.verdict, AW_VERDICT_DENY);
	assert_string_equal(e.decides->id, "net.install-scripts");
	query.subject_mask = 0;
	query.port = 80;
	aw_policy_explain(policy, &query, &e);
	assert_int_equal(e.verdict, AW_VERDICT_NONE);
}

static void the_node_agent_reports_and_denies_what_would_persist(void **state)
{
	_cleanup_(aw_policy_freep) struct aw_policy *policy =
		load("policies/examples/node-agent.yaml");
	static const struct expectation rows[] = {
		{"wc", WORKSPACE, "/.husky/pre-commit", AW_VERDICT_FLAG},
		{"w", WORKSPACE, "/.git/config", AW_VERDICT_FLAG},
		{"wc", HOME, "/.bashrc", AW_VERDICT_DENY},
		{"wc", HOME, "/.config/systemd/user/x.service", AW_VERDICT_DENY},
		{"rwc", HOME, "/.npm/_cacache/index", AW_VERDICT_ALLOW},
		{"m", HOME, "/.npm/_cacache/index", AW_VERDICT_NONE},
		{"r", HOME, "/.npmrc", AW_VERDICT_DENY},
		{"r", HOME, "/.gitconfig", AW_VERDICT_NONE}, /* only git does */
		{"r", WORKSPACE, "/.npm-publish-token", AW_VERDICT_ASK},
		{"rwx", WORKSPACE, "/node_modules/.bin/jest", AW_VERDICT_ALLOW},
	};

	ASSERT_ALL(policy, rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_policy_that_is_shipped_parses),
		cmocka_unit_test(linux_read_lets_ordinary_programs_read_the_system),
		cmocka_unit_test(linux_read_gives_no_more_than_that),
		cmocka_unit_test(secrets_are_denied_by_name_and_templates_are_not),
		cmocka_unit_test(sockets_of_helpers_are_denied),
		cmocka_unit_test(the_c_build_agent_builds_and_no_more),
		cmocka_unit_test(the_node_agent_keeps_install_scripts_off_the_network),
		cmocka_unit_test(the_node_agent_reports_and_denies_what_would_persist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
