/* SPDX-License-Identifier: Apache-2.0 */
/* What the doctor says: verdicts, reasons and mends, for people and for programs. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli/doctor_report.h"
#include "kernel/preflight_private.h"

static const struct aw_doctor_marks marks = {"+", "-", "?"};

/* As aw_cmd_doctor() fills it. */
static struct aw_doctor *diagnose(const struct aw_preflight *preflight)
{
	struct aw_doctor *doctor = calloc(1, sizeof(*doctor));

	doctor->preflight = *preflight;
	strcpy(doctor->preflight.release, "6.99");
	doctor->verdict =
		aw_preflight_choose(&doctor->preflight, &doctor->attach, &doctor->obstacle);
	return doctor;
}

static char *text_of(const struct aw_doctor *doctor)
{
	struct aw_buffer text = {};

	assert_int_equal(aw_doctor_text(doctor, &marks, &text), 0);
	return aw_buffer_take_string(&text);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

static void a_good_host_is_told_in_one_line_a_probe(void **state)
{
	struct aw_preflight preflight = {};
	struct aw_doctor *doctor = diagnose(&preflight);
	char *text = text_of(doctor);
	size_t good = 0;

	for (const char *at = text; (at = strstr(at, "\n+ ")); at++)
		good++;
	assert_int_equal(good, AW_PROBES);
	assert_null(strstr(text, "mend:"));
	assert_has(text, "Verdict: this host can enforce (LSM programs)\n");
	free(text);
	free(doctor);
}

static void bpf_missing_in_the_list_is_told_with_its_mend(void **state)
{
	struct aw_preflight preflight = {.has_idle_lsm = true};
	struct aw_doctor *doctor;
	char *text;

	aw_probe_set(&preflight.rows[AW_PROBE_LSM], AW_PROBE_MISSING, -ENOENT, "do this", "idle");
	doctor = diagnose(&preflight);
	text = text_of(doctor);
	assert_has(text, "- lsm programs");
	assert_has(text, "mend: do this\n");
	assert_has(text, "can enforce (fmod_ret programs: `bpf` is not in lsm=)\n");
	free(text);
	free(doctor);
}

static void a_host_that_refuses_programs_is_told_to_observe_only_and_why(void **state)
{
	struct aw_preflight preflight = {};
	struct aw_doctor *doctor;
	char *text;

	aw_probe_set(&preflight.rows[AW_PROBE_LSM], AW_PROBE_REFUSED, -EPERM, NULL, "refused 1");
	aw_probe_set(&preflight.rows[AW_PROBE_FMOD_RET], AW_PROBE_REFUSED, -EPERM, NULL,
		     "refused 2");
	aw_probe_set(&preflight.rows[AW_PROBE_KALLSYMS], AW_PROBE_MISSING, -ENOENT, NULL, "none");
	doctor = diagnose(&preflight);
	text = text_of(doctor);
	assert_has(text, "only observe files and programs; it enforces addresses\n");
	assert_has(text, "because of fmod_ret programs: refused 2\n");
	free(text);
	free(doctor);
}

static void what_stops_everything_is_told_last_with_its_mend(void **state)
{
	struct aw_preflight preflight = {};
	struct aw_doctor *doctor;
	char *text;

	aw_probe_set(&preflight.rows[AW_PROBE_CGROUP], AW_PROBE_MISSING, -ENODEV, "mount it",
		     "only cgroup v1 is mounted");
	doctor = diagnose(&preflight);
	text = text_of(doctor);
	assert_has(text, "Verdict: this host can neither enforce nor observe\n"
			 "  because of cgroup v2: only cgroup v1 is mounted\n"
			 "  mend: mount it\n");
	free(text);
	free(doctor);
}

static void each_canary_result_is_told_apart(void **state)
{
	const struct aw_canary_row rows[] = {
		{"one", AW_CANARY_PROVED, -EACCES},  {"two", AW_CANARY_NOT_DENIED, 0},
		{"three", AW_CANARY_OTHER, -ENOENT}, {"four", AW_CANARY_NO_CONTROL, -ENOSYS},
		{"five", AW_CANARY_EXEMPT, 0},
	};
	struct aw_preflight preflight = {};
	struct aw_doctor *doctor = diagnose(&preflight);
	char *text;

	memcpy(doctor->canaries, rows, sizeof(rows));
	doctor->n_canaries = sizeof(rows) / sizeof(*rows);
	text = text_of(doctor);
	assert_has(text, "+ one                denied\n");
	assert_has(text, "- two                NOT denied\n");
	assert_has(text, "- three              other error: No such file or directory\n");
	assert_has(text, "? four               not tried: it fails outside too: ");
	assert_has(text, "? five               only observed\n");
	free(text);
	free(doctor);
}

static void a_fix_shows_what_it_wrote_and_what_is_next(void **state)
{
	struct aw_preflight preflight = {.has_idle_lsm = true};
	struct aw_doctor *doctor;
	char *text;

	aw_probe_set(&preflight.rows[AW_PROBE_LSM], AW_PROBE_MISSING, -ENOENT, NULL, "idle");
	doctor = diagnose(&preflight);
	doctor->asked_fix = true;
	doctor->n_changes = 1;
	strcpy(doctor->changes[0].path, "/etc/x");
	strcpy(doctor->changes[0].line, "lsm=a,bpf");
	doctor->changes[0].next = "update-grub";
	text = text_of(doctor);
	assert_has(text, "Written to /etc/x:\n  lsm=a,bpf\n"
			 "Now run, as root: update-grub; then reboot.\n");
	free(text);
	free(doctor);
}

static void json_has_the_same_facts(void **state)
{
	struct aw_preflight preflight = {};
	struct aw_buffer text = {};
	struct aw_doctor *doctor;
	json_t *root, *probes;

	aw_probe_set(&preflight.rows[AW_PROBE_BTF], AW_PROBE_MISSING, -ENOENT, "boot",
		     "no \"BTF\"");
	doctor = diagnose(&preflight);
	assert_int_equal(aw_doctor_json(doctor, &text), 0);
	root = json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_true(json_is_false(json_object_get(root, "can_enforce")));
	assert_true(json_is_null(json_object_get(root, "attach")));
	assert_string_equal(json_string_value(json_object_get(root, "obstacle")),
			    "btf: no \"BTF\"");
	probes = json_object_get(root, "probes");
	assert_int_equal(json_array_size(probes), AW_PROBES);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(probes, AW_PROBE_BTF), "result")),
		"missing");
	json_decref(root);
	aw_buffer_done(&text);
	free(doctor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_host_is_told_in_one_line_a_probe),
		cmocka_unit_test(bpf_missing_in_the_list_is_told_with_its_mend),
		cmocka_unit_test(a_host_that_refuses_programs_is_told_to_observe_only_and_why),
		cmocka_unit_test(what_stops_everything_is_told_last_with_its_mend),
		cmocka_unit_test(each_canary_result_is_told_apart),
		cmocka_unit_test(a_fix_shows_what_it_wrote_and_what_is_next),
		cmocka_unit_test(json_has_the_same_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
