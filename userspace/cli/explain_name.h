/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A path as people write it, as the kernel programs will name it: links followed, and below the
 * innermost anchor that it lies in.
 */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "cli/anchors.h"

struct aw_explain_name {
	int anchor;   /* index in the set, or −1 */
	char *name;   /* absolute, or the part below the anchor; owned */
	char *shown;  /* "${WORKSPACE}/src"; owned */
	bool moved;   /* it is another path than was written: links, relative, … */
	bool missing; /* there is no such thing (yet) */
};

void aw_explain_name_done(struct aw_explain_name *name);

/*
 * follow: what a link at the end points to is meant, not the link itself. Names that are no paths
 * ("@abstract", "memfd:x", "nested:/x") are taken as they are. −EINVAL, with reterr.
 */
int aw_explain_name_find(struct aw_explain_name *ret, const char *path,
			 const struct aw_anchor_set *anchors, bool follow, struct aw_diag *reterr);
