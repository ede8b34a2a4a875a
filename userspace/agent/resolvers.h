/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name servers that a host's programs ask, as resolv.conf(5) lists them.
 */
#pragma once

#include <stddef.h>

#include "abi/agent.h"

#define AW_RESOLV_CONF	 "/etc/resolv.conf"
#define AW_RESOLVER_PORT 53

/*
 * Up to AW_RESOLVERS_MAX of them, in order; 127.0.0.1 where the file is missing or names none, as
 * the C library does it. Lines that cannot be read are passed over. Returns how many.
 */
size_t aw_resolvers_read(const char *path, struct aw_resolver ret[AW_RESOLVERS_MAX]);
