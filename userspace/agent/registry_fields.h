/* SPDX-License-Identifier: Apache-2.0 */
/* The plain texts of a registry file, once for writing and reading. For the registry only. */
#pragma once

#include <stddef.h>

#include "agent/registry.h"

struct aw_registry_text {
	const char *key;
	size_t offset; /* of a const char * in struct aw_registry_entry */
};

extern const struct aw_registry_text aw_registry_texts[];
extern const size_t aw_registry_n_texts;
