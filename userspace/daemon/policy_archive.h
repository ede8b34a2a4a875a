/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies that ran on this host since it was booted, by the hash of their compiled form: the
 * source as it was, and what is needed to read it again, so that an event of last week's policy is
 * still explained by that policy.
 */
#pragma once

#include "base/cleanup.h"
#include "base/diag.h"
#include "policy/parse.h"
#include "policy/policy.h"

#define AW_POLICY_ARCHIVE_DIR "/run/agentwatch/policies"

/*
 * Keeps the file at path as DIR/HASH.yaml and how it was read as DIR/HASH.json. anchors: as it was
 * aligned to (policy/align.h), NULL-terminated, or NULL. dir: AW_POLICY_ARCHIVE_DIR; another one in
 * tests. -errno.
 */
int aw_policy_archive_put(const char *dir, const char *hash, const char *path,
			  const struct aw_parse_options *options, const char *const *anchors);

/* The hash of the policy that events call by this id. -ENOENT. */
int aw_policy_archive_find(const char *dir, uint64_t id, char ret[static 65]);

/*
 * Reads it again: from where it was, if that file has not changed, else from the copy. -ENOENT:
 * never seen here; -EINVAL, with reterr: it cannot be read any more (an include has changed).
 */
int aw_policy_archive_get(const char *dir, const char *hash, struct aw_policy **ret,
			  struct aw_diag *reterr);
