/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the doctor's findings are shown. Finds nothing out and changes nothing.
 */
#pragma once

#include "base/buffer.h"
#include "kernel/canary.h"
#include "kernel/preflight.h"
#include "kernel/preflight_boot.h"

struct aw_doctor {
	struct aw_preflight preflight;
	int verdict;		 /* of aw_preflight_choose(): 0, or −errno with obstacle filled */
	enum aw_attach attach;	 /* where verdict is 0 */
	struct aw_diag obstacle; /* what keeps this host from even observing */
	struct aw_canary_row canaries[AW_CANARIES_MAX];
	size_t n_canaries;
	struct aw_boot_change changes[AW_BOOT_CHANGES_MAX];
	size_t n_changes;
	bool asked_fix;
};

/* "this host can enforce (LSM programs)" */
const char *aw_doctor_verdict(const struct aw_doctor *doctor);

/* Signs in front of lines, in UTF-8 where the locale has it. */
struct aw_doctor_marks {
	const char *good;
	const char *bad;
	const char *unknown;
};
const struct aw_doctor_marks *aw_doctor_marks(void);

int aw_doctor_text(const struct aw_doctor *doctor, const struct aw_doctor_marks *marks,
		   struct aw_buffer *ret);
int aw_doctor_json(const struct aw_doctor *doctor, struct aw_buffer *ret);
