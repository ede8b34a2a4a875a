/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting until no program that is running now runs any more: what such a program may have read
 * before a change is then in nobody's hands.
 */
#pragma once

/* Takes one grace period of the kernel, some 20 ms. −errno: nothing was waited for. */
int aw_programs_quiesce(void);
