/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads policy files (YAML, docs/POLICY.md) with their includes into a struct aw_policy. Everything
 * that can be said to be wrong without compiling is said here, with file, line, column and mend.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "policy/policy.h"

struct aw_parse_options {
	const char *home;	      /* what `~/` stands for; NULL: an error where it is used */
	const char *pack_dir;	      /* folder of `pack:NAME` includes; NULL: the installed one */
	const char *const *variables; /* "NAME=VALUE", NULL-terminated; may be NULL */
	bool trust_text;	      /* aw_policy_parse_text may read `administrator: true` */
};

/*
 * 0, −EINVAL (reterr says where and why), −E2BIG (reterr names the limit), −ENOENT and whatever
 * else opening the file or an include gave, −ENOMEM. options may be NULL.
 */
int aw_policy_parse_file(struct aw_policy **ret, const char *path,
			 const struct aw_parse_options *options, struct aw_diag *reterr);

/*
 * Whether a file may say `administrator: true`, which lets it use `forbid`: a regular file that
 * root owns and that neither its group nor others can write.
 */
bool aw_policy_is_administrators(const struct stat *file);
/*
 * The same from memory; name stands for the file in messages. Relative includes are an error, and
 * so is `administrator: true` unless options->trust_text says that the text is the administrator's.
 */
int aw_policy_parse_text(struct aw_policy **ret, const char *name, const char *text, size_t length,
			 const struct aw_parse_options *options, struct aw_diag *reterr);

/*
 * Whether a file may say `administrator: true`, which lets it use `forbid`: a regular file that
 * root owns and that neither its group nor others can write.
 */
bool aw_policy_is_administrators(const struct stat *file);
