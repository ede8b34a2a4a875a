/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text and JSON of the findings. A mend is only shown where it would change what this host can do;
 * programs get all of them.
 */
#include "cli/doctor_report.h"

#include <langinfo.h>
#include <locale.h>
#include <string.h>

#include "base/json.h"

#define NAME_COLUMNS 18

const struct aw_doctor_marks *aw_doctor_marks(void)
{
	static const struct aw_doctor_marks utf8 = {"\xe2\x9c\x93", "\xe2\x9c\x97", "?"};
	static const struct aw_doctor_marks ascii = {"ok", "--", "??"};
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool has_utf8 = locale && !strcmp(nl_langinfo_l(CODESET, locale), "UTF-8");

	if (locale)
		freelocale(locale);
	return has_utf8 ? &utf8 : &ascii;
}

const char *aw_doctor_verdict(const struct aw_doctor *doctor)
{
	if (doctor->verdict)
		return "this host can neither enforce nor observe";
	if (doctor->attach == AW_ATTACH_LSM)
		return "this host can enforce (LSM programs)";
	if (doctor->attach == AW_ATTACH_FMOD_RET)
		return doctor->preflight.has_idle_lsm
			       ? "this host can enforce (fmod_ret programs: `bpf` is not in lsm=)"
			       : "this host can enforce (fmod_ret programs)";
	return "this host can only observe files and programs; it enforces addresses";
}

static const char *mark_of(const struct aw_doctor_marks *marks, enum aw_probe_result result)
{
	if (result == AW_PROBE_UNKNOWN)
		return marks->unknown;
	return result == AW_PROBE_OK ? marks->good : marks->bad;
}

/* What matters of a row depends on what is in use: without an effect, a mend is only noise. */
static bool wants_mend(const struct aw_doctor *doctor, enum aw_probe probe)
{
	const struct aw_probe_row *row = &doctor->preflight.rows[probe];

	if (row->result == AW_PROBE_OK || !row->mend[0])
		return false;
	if (!doctor->verdict && doctor->attach == AW_ATTACH_LSM)
		return probe != AW_PROBE_FMOD_RET && probe != AW_PROBE_ADDRESS &&
		       probe != AW_PROBE_SYSCALLS;
	return true;
}

static void text_row(const struct aw_doctor *doctor, const struct aw_doctor_marks *marks,
		     enum aw_probe probe, struct aw_buffer *ret)
{
	const struct aw_probe_row *row = &doctor->preflight.rows[probe];

	aw_buffer_append_format(ret, "%s %-*s %s (to %s)\n", mark_of(marks, row->result),
				NAME_COLUMNS, aw_probe_name(probe), row->detail,
				aw_probe_purpose(probe));
	if (wants_mend(doctor, probe))
		aw_buffer_append_format(ret, "   mend: %s\n", row->mend);
}

static void text_canaries(const struct aw_doctor *doctor, const struct aw_doctor_marks *marks,
			  struct aw_buffer *ret)
{
	if (doctor->n_canaries)
		aw_buffer_append_string(ret, "\nTried in a cgroup where nothing is allowed:\n");
	for (size_t i = 0; i < doctor->n_canaries; i++) {
		const struct aw_canary_row *row = &doctor->canaries[i];
		const char *mark = row->result == AW_CANARY_PROVED ? marks->good : marks->bad;

		if (row->result == AW_CANARY_NO_CONTROL || row->result == AW_CANARY_EXEMPT)
			mark = marks->unknown;
		aw_buffer_append_format(ret, "%s %-*s %s", mark, NAME_COLUMNS, row->name,
					aw_canary_result_name(row->result));
		if (row->result == AW_CANARY_NO_CONTROL)
			aw_buffer_append_format(ret, ": it fails outside too: %s",
						strerror(-row->error));
		if (row->result == AW_CANARY_OTHER)
			aw_buffer_append_format(ret, ": %s", strerror(-row->error));
		aw_buffer_append_char(ret, '\n');
	}
}

static void text_changes(const struct aw_doctor *doctor, struct aw_buffer *ret)
{
	if (doctor->asked_fix && !doctor->preflight.has_idle_lsm)
		aw_buffer_append_string(ret, "\nNothing to fix: a boot parameter would not change "
					     "what LSM programs can do here.\n");
	for (size_t i = 0; i < doctor->n_changes; i++) {
		const struct aw_boot_change *change = &doctor->changes[i];

		aw_buffer_append_format(ret, "\n%s %s:\n  %s\nNow run, as root: %s; then reboot.\n",
					change->was_there ? "Already in" : "Written to",
					change->path, change->line, change->next);
	}
}

/* What stands between this host and the strongest way. */
static void text_because(const struct aw_doctor *doctor, struct aw_buffer *ret)
{
	const struct aw_preflight *p = &doctor->preflight;
	enum aw_probe obstacle;

	if (doctor->verdict) {
		aw_buffer_append_format(ret, "  because of %s\n", doctor->obstacle.message);
		if (doctor->obstacle.hint[0])
			aw_buffer_append_format(ret, "  mend: %s\n", doctor->obstacle.hint);
	} else if (doctor->attach == AW_ATTACH_OBSERVE) {
		obstacle = p->rows[AW_PROBE_FMOD_RET].result == AW_PROBE_OK
				   ? aw_preflight_obstacle(p, AW_ATTACH_FMOD_RET)
				   : AW_PROBE_FMOD_RET;
		aw_buffer_append_format(ret, "  because of %s: %s\n", aw_probe_name(obstacle),
					p->rows[obstacle].detail);
	}
}

int aw_doctor_text(const struct aw_doctor *doctor, const struct aw_doctor_marks *marks,
		   struct aw_buffer *ret)
{
	aw_buffer_append_format(ret, "Linux %s, lsm=%s\n\n", doctor->preflight.release,
				doctor->preflight.lsm_list[0] ? doctor->preflight.lsm_list
							      : "(unknown)");
	for (enum aw_probe probe = 0; probe < AW_PROBES; probe++)
		text_row(doctor, marks, probe, ret);
	text_canaries(doctor, marks, ret);
	text_changes(doctor, ret);
	aw_buffer_append_format(ret, "\nVerdict: %s\n", aw_doctor_verdict(doctor));
	text_because(doctor, ret);
	return ret->error;
}

static void json_probes(const struct aw_doctor *doctor, struct aw_json *json)
{
	aw_json_field_array(json, "probes");
	for (enum aw_probe probe = 0; probe < AW_PROBES; probe++) {
		const struct aw_probe_row *row = &doctor->preflight.rows[probe];

		aw_json_begin_object(json);
		aw_json_field_string(json, "name", aw_probe_name(probe));
		aw_json_field_string(json, "purpose", aw_probe_purpose(probe));
		aw_json_field_string(json, "result", aw_probe_result_name(row->result));
		aw_json_field_i64(json, "error", row->error);
		aw_json_field_string(json, "detail", row->detail);
		aw_json_field_string(json, "mend", row->mend[0] ? row->mend : NULL);
		aw_json_end_object(json);
	}
	aw_json_end_array(json);
}

static void json_canaries(const struct aw_doctor *doctor, struct aw_json *json)
{
	aw_json_field_array(json, "canaries");
	for (size_t i = 0; i < doctor->n_canaries; i++) {
		aw_json_begin_object(json);
		aw_json_field_string(json, "name", doctor->canaries[i].name);
		aw_json_field_string(json, "result",
				     aw_canary_result_name(doctor->canaries[i].result));
		aw_json_field_i64(json, "error", doctor->canaries[i].error);
		aw_json_end_object(json);
	}
	aw_json_end_array(json);
}

static void json_changes(const struct aw_doctor *doctor, struct aw_json *json)
{
	aw_json_field_array(json, "changes");
	for (size_t i = 0; i < doctor->n_changes; i++) {
		aw_json_begin_object(json);
		aw_json_field_string(json, "path", doctor->changes[i].path);
		aw_json_field_string(json, "line", doctor->changes[i].line);
		aw_json_field_string(json, "next", doctor->changes[i].next);
		aw_json_field_bool(json, "was_there", doctor->changes[i].was_there);
		aw_json_end_object(json);
	}
	aw_json_end_array(json);
}

int aw_doctor_json(const struct aw_doctor *doctor, struct aw_buffer *ret)
{
	struct aw_json json;

	aw_json_init(&json, ret);
	aw_json_begin_object(&json);
	aw_json_field_string(&json, "release", doctor->preflight.release);
	aw_json_field_string(&json, "lsm",
			     doctor->preflight.lsm_list[0] ? doctor->preflight.lsm_list : NULL);
	aw_json_field_string(&json, "attach",
			     doctor->verdict ? NULL : aw_attach_name(doctor->attach));
	aw_json_field_bool(&json, "can_enforce",
			   !doctor->verdict && doctor->attach != AW_ATTACH_OBSERVE);
	aw_json_field_bool(&json, "can_observe", !doctor->verdict);
	aw_json_field_string(&json, "verdict", aw_doctor_verdict(doctor));
	aw_json_field_string(&json, "obstacle", doctor->verdict ? doctor->obstacle.message : NULL);
	json_probes(doctor, &json);
	json_canaries(doctor, &json);
	json_changes(doctor, &json);
	aw_json_end_object(&json);
	aw_buffer_append_char(ret, '\n');
	return aw_json_finish(&json);
}
