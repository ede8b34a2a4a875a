/* SPDX-License-Identifier: Apache-2.0 */
/* The boot parameter: the kernel's own list and bpf, written once, and nothing else changed. */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/atomic_file.h"
#include "kernel/preflight_boot.h"

#define LIST "lockdown,capability,landlock,yama,apparmor,ima,evm"

struct fixture {
	char root[64];
	struct aw_boot_change changes[AW_BOOT_CHANGES_MAX];
	size_t n;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->root, "/tmp/aw-boot-XXXXXX");
	*state = f;
	return mkdtemp(f->root) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	nftw(f->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

static void make_folder(const struct fixture *f, const char *path)
{
	char whole[256], *slash;

	snprintf(whole, sizeof(whole), "%s%s/", f->root, path);
	for (slash = strchr(whole + strlen(f->root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(!mkdir(whole, 0755) || errno == EEXIST);
		*slash = '/';
	}
}

static void write_text(const struct fixture *f, const char *path, const char *text)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s%s", f->root, path);
	assert_int_equal(aw_atomic_file_write(whole, text, strlen(text), 0600), 0);
}

static void assert_text(const struct fixture *f, const char *path, const char *expected)
{
	char whole[256], text[8192];
	FILE *file;
	size_t n;

	snprintf(whole, sizeof(whole), "%s%s", f->root, path);
	file = fopen(whole, "r");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	assert_string_equal(text, expected);
}

static ino_t inode_of(const struct fixture *f, const char *path)
{
	struct stat st;
	char whole[256];

	snprintf(whole, sizeof(whole), "%s%s", f->root, path);
	assert_int_equal(stat(whole, &st), 0);
	return st.st_ino;
}

static int enable(struct fixture *f)
{
	return aw_boot_enable_bpf(f->root, LIST, f->changes, &f->n, NULL);
}

static void the_list_keeps_its_order_and_ends_with_bpf(void **state)
{
	char list[128];

	assert_int_equal(aw_boot_lsm_list(LIST, list, sizeof(list)), 0);
	assert_string_equal(list, "lockdown,landlock,yama,apparmor,ima,evm,bpf");
}

static void bpf_is_never_there_twice(void **state)
{
	char list[128];

	assert_int_equal(aw_boot_lsm_list("bpf,yama", list, sizeof(list)), 0);
	assert_string_equal(list, "yama,bpf");
	assert_int_equal(aw_boot_lsm_list("capability", list, sizeof(list)), 0);
	assert_string_equal(list, "bpf");
}

/* What is written is read by a shell. */
static void what_is_no_list_is_refused(void **state)
{
	const char *const wrong[] = {"", "yama,$(reboot)", "yama apparmor", "yama\"", "Yama"};
	char list[128] = "unchanged";

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(aw_boot_lsm_list(wrong[i], list, sizeof(list)), -EINVAL);
	assert_int_equal(aw_boot_lsm_list("yama,apparmor", list, 8), -E2BIG);
	assert_string_equal(list, "unchanged");
}

static void a_command_line_keeps_its_other_words(void **state)
{
	char line[128];

	assert_int_equal(aw_boot_command_line(" root=/dev/sda1  lsm=yama quiet\n", "yama,bpf", line,
					      sizeof(line)),
			 0);
	assert_string_equal(line, "root=/dev/sda1 quiet lsm=yama,bpf");
	assert_int_equal(aw_boot_command_line("", "bpf", line, sizeof(line)), 0);
	assert_string_equal(line, "lsm=bpf");
	assert_int_equal(aw_boot_command_line("lsm.debug lsmx", "bpf", line, sizeof(line)), 0);
	assert_string_equal(line, "lsm.debug lsmx lsm=bpf");
	assert_int_equal(aw_boot_command_line("quiet", "bpf", line, 8), -E2BIG);
}

static void grub_gets_a_fragment_of_its_own(void **state)
{
	struct fixture *f = *state;

	make_folder(f, "/etc/default/grub.d");
	write_text(f, "/etc/default/grub.d/other.cfg", "OTHER=1\n");
	assert_int_equal(enable(f), 0);
	assert_int_equal(f->n, 1);
	assert_false(f->changes[0].was_there);
	assert_string_equal(f->changes[0].next, "update-grub");
	assert_string_equal(f->changes[0].line,
			    "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT "
			    "lsm=lockdown,landlock,yama,apparmor,ima,evm,bpf\"");
	assert_text(f, "/etc/default/grub.d/agentwatch.cfg",
		    "# Written by `agentwatch doctor --fix`: this kernel's own list of LSMs, and "
		    "bpf.\n"
		    "# To undo it: remove this file and run update-grub.\n"
		    "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT "
		    "lsm=lockdown,landlock,yama,apparmor,ima,evm,bpf\"\n");
	assert_text(f, "/etc/default/grub.d/other.cfg", "OTHER=1\n");
}

static void systemd_boots_line_is_changed_in_place(void **state)
{
	struct fixture *f = *state;

	make_folder(f, "/etc/kernel");
	write_text(f, "/etc/kernel/cmdline", "root=UUID=1 rw quiet\n");
	assert_int_equal(enable(f), 0);
	assert_int_equal(f->n, 1);
	assert_text(f, "/etc/kernel/cmdline",
		    "root=UUID=1 rw quiet lsm=lockdown,landlock,yama,apparmor,ima,evm,bpf\n");
}

static void where_both_are_there_both_are_changed(void **state)
{
	struct fixture *f = *state;

	make_folder(f, "/etc/kernel");
	make_folder(f, "/etc/default/grub.d");
	write_text(f, "/etc/kernel/cmdline", "quiet\n");
	assert_int_equal(enable(f), 0);
	assert_int_equal(f->n, 2);
}

static void a_second_time_writes_nothing(void **state)
{
	struct fixture *f = *state;
	ino_t grub, line;

	make_folder(f, "/etc/kernel");
	make_folder(f, "/etc/default/grub.d");
	write_text(f, "/etc/kernel/cmdline", "quiet\n");
	assert_int_equal(enable(f), 0);
	grub = inode_of(f, "/etc/default/grub.d/agentwatch.cfg");
	line = inode_of(f, "/etc/kernel/cmdline");
	assert_int_equal(enable(f), 0);
	assert_true(f->changes[0].was_there && f->changes[1].was_there);
	assert_int_equal(inode_of(f, "/etc/default/grub.d/agentwatch.cfg"), grub);
	assert_int_equal(inode_of(f, "/etc/kernel/cmdline"), line);
}

static void an_unknown_boot_loader_is_told_what_to_do(void **state)
{
	struct fixture *f = *state;
	struct aw_diag diag = {};

	assert_int_equal(aw_boot_enable_bpf(f->root, LIST, f->changes, &f->n, &diag), -EOPNOTSUPP);
	assert_string_equal(diag.hint, "boot the kernel with "
				       "lsm=lockdown,landlock,yama,apparmor,ima,evm,bpf");
}

static void an_unknown_list_is_never_written(void **state)
{
	struct fixture *f = *state;
	char path[256];

	make_folder(f, "/etc/default/grub.d");
	assert_int_equal(aw_boot_enable_bpf(f->root, "", f->changes, &f->n, NULL), -EINVAL);
	snprintf(path, sizeof(path), "%s/etc/default/grub.d/agentwatch.cfg", f->root);
	assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_keeps_its_order_and_ends_with_bpf),
		cmocka_unit_test(bpf_is_never_there_twice),
		cmocka_unit_test(what_is_no_list_is_refused),
		cmocka_unit_test(a_command_line_keeps_its_other_words),
		cmocka_unit_test_setup_teardown(grub_gets_a_fragment_of_its_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(systemd_boots_line_is_changed_in_place, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(where_both_are_there_both_are_changed, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_second_time_writes_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_unknown_boot_loader_is_told_what_to_do, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_unknown_list_is_never_written, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
