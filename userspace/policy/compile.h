/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles a policy into the image that the kernel programs read (abi/policy.h), and asks an image
 * for verdicts with the kernel's own decision (abi/decide.h).
 */
#pragma once

#include "base/diag.h"
#include "policy/policy.h"

struct aw_image {
	struct aw_image_header *head; /* start of one allocation of `bytes` */
	__u64 *cells;		      /* inside the same allocation */
	size_t bytes;
	uint32_t n_cells;
};

struct aw_image *aw_image_free(struct aw_image *image);
AW_DEFINE_CLEANUP(struct aw_image *, aw_image_free);

/*
 * The same meaning gives the same bytes, whatever the order of rules and patterns; the order of
 * subjects and anchors counts.
 * −EINVAL (a lift that lifts nothing), −E2BIG (a limit: reterr names it and the rules), −ENOMEM.
 */
int aw_policy_compile(struct aw_image **ret, const struct aw_policy *policy,
		      struct aw_diag *reterr);

/*
 * Verdict ids. The name is what the kernel programs feed: absolute, or, with anchor ≥ 0, the part
 * below the anchor ("" or "/rest"). 0: no rule matches, nor denies anything below.
 */
uint32_t aw_image_walk_path(const struct aw_image *image, int anchor, const char *name,
			    size_t length);
uint32_t aw_image_walk_net(const struct aw_image *image, const uint8_t address[16], uint16_t port);
/* The same of a host name, in lower case: its addresses at a port, and the question for it. */
uint32_t aw_image_walk_host(const struct aw_image *image, const char *host, size_t length,
			    uint16_t port);
uint32_t aw_image_walk_question(const struct aw_image *image, const char *host, size_t length);

enum aw_verdict aw_image_verdict(const struct aw_image *image, uint32_t vid, uint32_t row_set,
				 enum aw_op op);
/* Whether any verdict depends on a file's conditions. */
bool aw_image_has_conditions(const struct aw_image *image);
/* Whether some process of the agent may change the content of a file with such a name. */
bool aw_image_is_changeable(const struct aw_image *image, uint32_t vid);

/*
 * Classes that a name makes a process a member of: low 16 bits as executable, next 16 as script.
 * Classes that no rule depends on are not compiled and never appear.
 */
uint32_t aw_image_subject_mask(const struct aw_image *image, uint32_t vid);
/* The block of the name; AW_BLOCK_OWN beyond AW_BLOCKS_MAX: see struct aw_image_header. */
uint32_t aw_image_block(const struct aw_image *image, uint32_t vid);

/*
 * Where the verdicts stand for a process in these classes, or one that has lost what they give, and
 * a file of which the conditions (bits of enum aw_condition) are true.
 */
uint32_t aw_image_row_set(const struct aw_image *image, uint16_t mask, bool is_unearned,
			  uint32_t conditions);

/* The set for a process in these classes; 0 (no class) for a mask that cannot be. */
uint32_t aw_image_subject_set(const struct aw_image *image, uint16_t mask);
