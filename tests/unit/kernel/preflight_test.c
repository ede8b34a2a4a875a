/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from the probes' answers, and what they read from the host's files. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/atomic_file.h"
#include "kernel/preflight.h"
#include "kernel/preflight_private.h"

/* Every probe ok, but for the one. */
static struct aw_preflight all_but(enum aw_probe probe, enum aw_probe_result result)
{
	struct aw_preflight p = {};

	if (probe < AW_PROBES)
		aw_probe_set(&p.rows[probe], result, -EPERM, "the mend", "the detail");
	return p;
}

static void assert_chosen(const struct aw_preflight *p, enum aw_attach expected)
{
	enum aw_attach attach = AW_ATTACHES;

	assert_int_equal(aw_preflight_choose(p, &attach, NULL), 0);
	assert_int_equal(attach, expected);
}

static void lsm_programs_come_first(void **state)
{
	struct aw_preflight p = all_but(AW_PROBES, AW_PROBE_OK);

	assert_chosen(&p, AW_ATTACH_LSM);
}

static void fmod_ret_serves_where_lsm_programs_are_not_called(void **state)
{
	struct aw_preflight p = all_but(AW_PROBE_LSM, AW_PROBE_MISSING);

	assert_chosen(&p, AW_ATTACH_FMOD_RET);
}

static void a_refused_lsm_and_fmod_ret_leave_observing(void **state)
{
	struct aw_preflight p = all_but(AW_PROBE_LSM, AW_PROBE_REFUSED);

	p.rows[AW_PROBE_FMOD_RET].result = AW_PROBE_REFUSED;
	assert_chosen(&p, AW_ATTACH_OBSERVE);
}

static void an_unknown_answer_does_not_count_as_ok(void **state)
{
	struct aw_preflight p = all_but(AW_PROBE_LSM, AW_PROBE_UNKNOWN);

	assert_chosen(&p, AW_ATTACH_FMOD_RET);
}

static void names_that_may_be_outdated_are_not_enforced(void **state)
{
	struct aw_preflight p = all_but(AW_PROBE_KALLSYMS, AW_PROBE_MISSING);

	assert_chosen(&p, AW_ATTACH_OBSERVE);
}

static void without_path_hooks_nothing_is_enforced(void **state)
{
	struct aw_preflight p = all_but(AW_PROBE_PATH_HOOKS, AW_PROBE_MISSING);

	assert_chosen(&p, AW_ATTACH_OBSERVE);
}

static void what_observing_needs_is_not_needed_to_enforce(void **state)
{
	struct aw_preflight p = all_but(AW_PROBE_SYSCALLS, AW_PROBE_MISSING);

	p.rows[AW_PROBE_ADDRESS].result = AW_PROBE_REFUSED;
	assert_chosen(&p, AW_ATTACH_LSM);
}

static void missing_privilege_is_told_as_such(void **state)
{
	struct aw_preflight p = all_but(AW_PROBE_PRIVILEGE, AW_PROBE_REFUSED);
	enum aw_attach attach = AW_ATTACHES;
	struct aw_diag diag = {};

	assert_int_equal(aw_preflight_choose(&p, &attach, &diag), -EPERM);
	assert_int_equal(attach, AW_ATTACHES);
	assert_string_equal(diag.message, "privilege: the detail");
	assert_string_equal(diag.hint, "the mend");
}

static void each_common_part_is_needed_and_named(void **state)
{
	const enum aw_probe parts[] = {AW_PROBE_BTF,	AW_PROBE_READ,	     AW_PROBE_BPFFS,
				       AW_PROBE_CGROUP, AW_PROBE_LOOP,	     AW_PROBE_STORAGE,
				       AW_PROBE_RINGS,	AW_PROBE_TRACEPOINT, AW_PROBE_ITERATOR,
				       AW_PROBE_PACKETS};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		struct aw_preflight p = all_but(parts[i], AW_PROBE_MISSING);
		struct aw_diag diag = {};
		enum aw_attach attach;

		assert_int_equal(aw_preflight_choose(&p, &attach, &diag), -EOPNOTSUPP);
		assert_non_null(strstr(diag.message, aw_probe_name(parts[i])));
		assert_int_equal(aw_preflight_obstacle(&p, AW_ATTACH_OBSERVE), parts[i]);
	}
}

static void the_obstacle_of_each_way_is_its_own(void **state)
{
	struct aw_preflight p = all_but(AW_PROBE_LSM, AW_PROBE_MISSING);

	assert_int_equal(aw_preflight_obstacle(&p, AW_ATTACH_LSM), AW_PROBE_LSM);
	assert_int_equal(aw_preflight_obstacle(&p, AW_ATTACH_FMOD_RET), AW_PROBES);
	p.rows[AW_PROBE_ADDRESS].result = AW_PROBE_REFUSED;
	assert_int_equal(aw_preflight_obstacle(&p, AW_ATTACH_OBSERVE), AW_PROBE_ADDRESS);
}

static void every_probe_has_a_name_and_a_purpose(void **state)
{
	for (enum aw_probe i = 0; i < AW_PROBES; i++) {
		assert_true(aw_probe_name(i)[0]);
		assert_true(aw_probe_purpose(i)[0]);
	}
}

/* In a process of its own, which gives up root. */
static void without_privilege_nothing_is_tried(void **state)
{
	struct aw_running running = {};
	struct aw_preflight p;
	enum aw_attach attach;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		if (!geteuid() && setresuid(65534, 65534, 65534) < 0)
			_exit(1);
		aw_preflight_run(&running, &p);
		if (p.rows[AW_PROBE_PRIVILEGE].result != AW_PROBE_REFUSED)
			_exit(2);
		if (p.rows[AW_PROBE_LSM].result != AW_PROBE_UNKNOWN ||
		    p.rows[AW_PROBE_ADDRESS].result != AW_PROBE_UNKNOWN)
			_exit(3);
		_exit(aw_preflight_choose(&p, &attach, NULL) == -EPERM ? 0 : 4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static enum aw_cgroup_layout layout_of(const char *mounts, char *root, size_t size)
{
	char path[] = "/tmp/aw-preflight-XXXXXX";
	int fd = mkstemp(path);
	enum aw_cgroup_layout layout = AW_CGROUP_NONE;

	assert_true(fd >= 0);
	assert_int_equal(aw_atomic_file_write_all(fd, mounts, strlen(mounts)), 0);
	close(fd);
	assert_int_equal(aw_preflight_cgroup_layout(path, &layout, root, size), 0);
	unlink(path);
	return layout;
}

static void cgroup_layouts_are_told_apart(void **state)
{
	char root[256];

	assert_int_equal(layout_of("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", root, sizeof(root)),
			 AW_CGROUP_UNIFIED);
	assert_string_equal(root, "/sys/fs/cgroup");
	assert_int_equal(layout_of("cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n"
				   "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n",
				   root, sizeof(root)),
			 AW_CGROUP_HYBRID);
	assert_string_equal(root, "/sys/fs/cgroup/unified");
	assert_int_equal(
		layout_of("cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n", root, sizeof(root)),
		AW_CGROUP_V1);
	assert_string_equal(root, "");
	assert_int_equal(layout_of("tmpfs /sys/fs/cgroup tmpfs rw 0 0\n", root, sizeof(root)),
			 AW_CGROUP_NONE);
}

static void the_mode_in_force_is_the_one_in_brackets(void **state)
{
	char mode[32];

	aw_preflight_bracketed("none [integrity] confidentiality\n", mode, sizeof(mode));
	assert_string_equal(mode, "integrity");
	aw_preflight_bracketed("[none] integrity confidentiality\n", mode, sizeof(mode));
	assert_string_equal(mode, "none");
	aw_preflight_bracketed("none [integrity", mode, sizeof(mode));
	assert_string_equal(mode, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lsm_programs_come_first),
		cmocka_unit_test(fmod_ret_serves_where_lsm_programs_are_not_called),
		cmocka_unit_test(a_refused_lsm_and_fmod_ret_leave_observing),
		cmocka_unit_test(an_unknown_answer_does_not_count_as_ok),
		cmocka_unit_test(names_that_may_be_outdated_are_not_enforced),
		cmocka_unit_test(without_path_hooks_nothing_is_enforced),
		cmocka_unit_test(what_observing_needs_is_not_needed_to_enforce),
		cmocka_unit_test(missing_privilege_is_told_as_such),
		cmocka_unit_test(each_common_part_is_needed_and_named),
		cmocka_unit_test(the_obstacle_of_each_way_is_its_own),
		cmocka_unit_test(every_probe_has_a_name_and_a_purpose),
		cmocka_unit_test(without_privilege_nothing_is_tried),
		cmocka_unit_test(cgroup_layouts_are_told_apart),
		cmocka_unit_test(the_mode_in_force_is_the_one_in_brackets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
