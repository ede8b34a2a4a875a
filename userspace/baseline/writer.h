/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which process records a run, as text in the store: so that a run without an end can be told to be
 * still running or to have been cut off.
 */
#pragma once

#include <stdbool.h>

#define AW_BASELINE_WRITER_MAX 96

/* "BOOT_ID PID START_TICKS" of this process; "" where /proc does not tell. */
void aw_baseline_writer_self(char buffer[AW_BASELINE_WRITER_MAX]);

/* Whether that process still lives, on this boot of this host. */
bool aw_baseline_writer_lives(const char *writer);
