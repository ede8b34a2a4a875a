/* SPDX-License-Identifier: Apache-2.0 */
/* Values of options from their text. All return 0, −EINVAL (no such value) or −ERANGE. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

int aw_option_number(const char *text, uint64_t *ret);
/* "65536", "64K", "16M", "1G". */
int aw_option_bytes(const char *text, uint64_t *ret);
/* "500ms", "90s", "15m", "2h", "1d": one number, one unit. */
int aw_option_duration(const char *text, uint64_t *ret_ms);
/* "NAME=VALUE" with a name; the value may be empty. */
bool aw_option_is_pair(const char *text);
