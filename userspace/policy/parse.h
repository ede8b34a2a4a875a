/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads policy files (YAML, docs/POLICY.md) with their includes into a struct aw_policy. Everything
 * that can be said to be wrong without compiling is said here, with file, line, column and mend.
 */
#pragma once

#include "base/diag.h"
#include "policy/policy.h"

struct aw_parse_options {
	const char *home;	      /* what `~/` stands for; NULL: an error where it is used */
	const char *pack_dir;	      /* folder of `pack:NAME` includes; NULL: the installed one */
	const char *const *variables; /* "NAME=VALUE", NULL-terminated; may be NULL */
};

/* 0, −EINVAL (reterr says where and why), −ENOENT, −ENOMEM, … */
int aw_policy_parse_file(struct aw_policy **ret, const char *path,
			 const struct aw_parse_options *options, struct aw_diag *reterr);
/* The same from memory; name stands for the file in messages. Relative includes are an error. */
int aw_policy_parse_text(struct aw_policy **ret, const char *name, const char *text, size_t length,
			 const struct aw_parse_options *options, struct aw_diag *reterr);
