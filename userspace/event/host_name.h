/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host names as events carry them: which bytes are one at all, and which of them a policy can name.
 * What a policy does with a name is in policy/.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * What the kernel may send: 1 to AW_HOST_MAX bytes of printable ASCII, no space, no slash. The
 * labels of a question can hold other bytes than those of a host.
 */
bool aw_host_name_is_valid(const char *name, size_t length);

/*
 * Whether `host:` of a policy can hold it, as itself: labels of a–z, 0–9, "-" and "_" with dots
 * between, and no address. "*.x" is a valid name that somebody can ask for, and would be a pattern.
 */
bool aw_host_name_is_plain(const char *name, size_t length);
