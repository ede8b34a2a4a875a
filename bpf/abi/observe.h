/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the observer is told of anchors: where no hook hands it the folder itself, it finds an
 * anchor by the beginning of a name. Key and value of a trie by longest prefix, written by
 * userspace.
 */
#pragma once

#include "agent.h"

#define AW_ANCHOR_NAME_BYTES 240 /* a longer folder's name is not known as an anchor */
#define AW_ANCHOR_NAMES_MAX  8192

struct aw_anchor_name_key {
	__u32 prefix_bits; /* of what follows */
	__u32 agent;	   /* slot */
	__u32 anchor;	   /* that the name is below, or AW_ANCHOR_NONE: it is absolute */
	char name[AW_ANCHOR_NAME_BYTES]; /* the folder's, with a slash at its end */
};

struct aw_anchor_name {
	__u32 anchor;
	__u32 length; /* bytes that the anchor stands for: the name without that slash */
};

#define AW_ANCHOR_NAME_BITS(bytes) (8 * (2 * sizeof(__u32) + (bytes)))
