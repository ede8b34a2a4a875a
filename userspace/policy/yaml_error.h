/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns libyaml's complaints into diagnoses: the place, and the mend for the mistakes that globs in
 * YAML invite.
 */
#pragma once

#include <stddef.h>
#include <yaml.h>

#include "base/diag.h"

/* Fills reterr from a parser that has just failed; returns −EINVAL, or −ENOMEM. */
int aw_yaml_error(const yaml_parser_t *parser, const char *file, const char *text, size_t length,
		  struct aw_diag *reterr);
