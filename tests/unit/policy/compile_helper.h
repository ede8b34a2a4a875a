/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles policies that must compile. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/compile_fixture.h"

static inline struct aw_image *compile(const struct aw_policy *policy)
{
	struct aw_image *image = NULL;
	struct aw_diag diag = {};

	if (aw_policy_compile(&image, policy, &diag) < 0)
		fail_msg("%s", diag.message);
	return image;
}
